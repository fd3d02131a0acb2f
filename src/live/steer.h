#ifndef MP_STEER_H
#define MP_STEER_H

/*
 * steer: tells a running process to pause, to go on, to reopen its log.
 *
 * By pwrite(2) into its recorder; the process sees it with its next request,
 * and its children inherit a pause.  Each returns 1, or 0 where it is so
 * already, or a negative errno value.
 */

#include "core/recorder_layout.h"
#include "live/live.h"

#include <limits.h>

/* Requests that begin from now on are not measured. */
int mp_steer_pause(const struct mp_live *live);

/* They are measured again. */
int mp_steer_resume(const struct mp_live *live);

/* The log is opened anew, as after rotation. */
int mp_steer_reopen(const struct mp_live *live);

/* Whether the process makes profiles of requests: 0, else -EPERM, or as pread(2)
   fails. */
int mp_steer_makes_profiles(const struct mp_live *live);

/*
 * Some of the requests that begin from now on are profiled.  Takes the place of
 * the order before, and stores the serial of this one, which no order before
 * had; waits for others who do the same.  Fails as the above does, too.
 */
int mp_steer_profile(const struct mp_live *live,
		     const struct mp_recorder_wish *wish, uint32_t *ret_serial);

/* Take an order back, if it is still that one. */
int mp_steer_profile_no_more(const struct mp_live *live, uint32_t serial);

/* What became of an order. */
struct mp_steer_profiled {
	uint32_t taken;	  /* requests */
	uint32_t failed;  /* those whose profile was lost */
	uint32_t written; /* files */
	bool overtaken;	  /* by a later order; when that one counts, this one is
			     not counted any more */
};

/* Look at it.  Returns 0 or a negative errno value. */
int mp_steer_look(const struct mp_live *live, uint32_t serial,
		  struct mp_steer_profiled *ret);

/* Store the path of the order's file `number`, from 0, in `ret`, which has room
   for PATH_MAX bytes.  Returns 1, or 0 where its name is not kept any more. */
int mp_steer_file(const struct mp_live *live, uint32_t serial, uint32_t number,
		  char *ret);

#endif
