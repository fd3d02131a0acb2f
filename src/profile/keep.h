#ifndef MP_KEEP_H
#define MP_KEEP_H

/*
 * keep: what becomes of a session's profiles that are over.
 *
 * A request's becomes a file of its own, in `profile_dir`, or a part of the
 * run's, or both; those of a section's stretches become one file.  What adds up
 * is written when the session is closed or the process ends.
 *
 * Nobody adds to a profile that comes here.  Not for signal handlers; no
 * cancellation point.
 */

#include "core/escape.h"
#include "profile/profile.h"
#include "profile/profiledir.h"
#include "profile/profsum.h"

#include <stdbool.h>
#include <stdint.h>

#define MP_KEEP_SECTIONS 32 /* names of them */

struct mp_request;

struct mp_section {
	uint32_t name_len;
	char name[MP_ESCAPE_MAX]; /* escaped */
	struct mp_profsum sum;
};

struct mp_keep {
	bool to_dir, to_run;
	int32_t opener; /* the process that opened the session */
	struct mp_profiledir dir;
	struct mp_bounds reports; /* of `oops_dir` */
	uint32_t outputs; /* bits of mp_outputs that files are wanted in, too */
	struct mp_profsum run;

	/* Guarded by `sections_latch`, and mapped when first needed. */
	_Atomic uint32_t sections_latch;
	uint32_t section_count;
	struct mp_section *sections;
};

/* At open; and in a forked child, which begins with nothing. */
void mp_keep_open(struct memprof *mp);
void mp_keep_renew(struct memprof *mp);

/* A request's, when all is known of it. */
void mp_keep_request(struct memprof *mp, const struct mp_request *r,
		     const struct mp_profile *p, const char *oops_id);

/* A stretch's of the section that `p->name` names. */
void mp_keep_section(struct memprof *mp, const struct mp_profile *p);

/* Write what was added up, and begin anew. */
void mp_keep_finish(struct memprof *mp);

/* At close, behind that: wait for what is made of the files, not for long. */
void mp_keep_close(struct memprof *mp);

/* Count a profile that could not be had or kept, for this reason. */
void mp_keep_fail(struct memprof *mp, int err);

#endif
