#ifndef MP_NOTEGROUPS_H
#define MP_NOTEGROUPS_H

/*
 * notegroups: external calls of the same text from the same place, as one.
 *
 * What took most comes first: one slow call, or a quick one that was repeated.
 */

#include "view/calls.h"

struct mp_notegroup {
	const uint32_t *notes; /* indices, the earliest first */
	size_t count;	       /* at least 1 */
	uint64_t total_ns;
	uint64_t slowest_ns;
};

struct mp_notegroups {
	struct mp_notegroup *groups;
	size_t count;
	uint32_t *order; /* of all notes; what the groups point into */
};

/* How long a note took; 0 where it ends before it begins, or one of both is
   not known. */
uint64_t mp_notegroups_time(const struct mp_view_note *note);

/* The sum, or the largest number where it is larger than that. */
uint64_t mp_notegroups_sum(uint64_t a, uint64_t b);

/* Fails with -ENOMEM.  What it points to is freed by mp_notegroups_release(). */
int mp_notegroups_build(const struct mp_calls *c, struct mp_notegroups *ret);
void mp_notegroups_release(struct mp_notegroups *g);

#endif
