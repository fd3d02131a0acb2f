#ifndef MP_OWN_H
#define MP_OWN_H

/* own: the lines that tell of no request that was measured to its end: those of
   memprof itself, and what was in flight at a kill. */

#include "core/record.h"

enum mp_own {
	MP_OWN_NONE, /* a request */
	MP_OWN_STARTED,
	MP_OWN_STOPPED,
	MP_OWN_OUTSIDE,
	MP_OWN_SKIPPED,
	MP_OWN_RECOVERED,
	MP_OWN_UNKNOWN,	   /* in parentheses, and none of these */
	MP_OWN_UNFINISHED, /* a request in flight when its process was killed */
};

/* mp_own_kind() of any line. */
enum mp_own mp_own_find(const struct mp_record *r, enum mp_record_form form);

/* What a line is.  Launchpad's forms have none of memprof's own.  Most are of
   requests, and seen to be. */
static inline enum mp_own mp_own_kind(const struct mp_record *r,
				      enum mp_record_form form)
{
	if (!mp_record_is_own(r) &&
	    r->oops_id.len != sizeof(MP_RECORD_UNFINISHED) - 1)
		return MP_OWN_NONE;
	return mp_own_find(r, form);
}

/* What the oops_id of a `(skipped)` line says. */
struct mp_skipped {
	int64_t sampled;   /* requests left out by `sample_one_in` */
	int64_t threshold; /* requests left out by `log_threshold` */
	int64_t one_in;	   /* `sample_one_in` */
	int64_t paused;	   /* requests that began while memprof was paused */
};

/* Read `sampled=N,threshold=M,one_in=K`, and `,paused=P` where it is there.
   Fails with -EINVAL. */
int mp_skipped_parse(struct mp_text oops_id, struct mp_skipped *ret);

/* Whether the oops_id of a `(recovered)` line tells its eight counts. */
bool mp_recovered_is_valid(struct mp_text oops_id);

#endif
