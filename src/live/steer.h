#ifndef MP_STEER_H
#define MP_STEER_H

/*
 * steer: tells a running process to pause, to go on, to reopen its log.
 *
 * By pwrite(2) into its recorder; the process sees it with its next request,
 * and its children inherit a pause.  Each returns 1, or 0 where it is so
 * already, or a negative errno value.
 */

#include "live/live.h"

/* Requests that begin from now on are not measured. */
int mp_steer_pause(const struct mp_live *live);

/* They are measured again. */
int mp_steer_resume(const struct mp_live *live);

/* The log is opened anew, as after rotation. */
int mp_steer_reopen(const struct mp_live *live);

#endif
