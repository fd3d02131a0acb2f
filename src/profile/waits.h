#ifndef MP_WAITS_H
#define MP_WAITS_H

/*
 * waits: how much time the looks at one thread give to the stacks they saw.
 *
 * The time off the CPU between two looks, by the thread's CPU clock, belongs to
 * those of the two that saw the thread wait, half each if both did; what is
 * before the first look, and behind the last, to that one.  Where neither look
 * saw it wait, the time is given to nobody.  So what is given never exceeds the
 * time off the CPU, and each stack gets its share of it on average, however
 * seldom one looks.
 */

#include "profile/fold.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What a look saw. */
struct mp_look {
	bool waits;
	bool cut;     /* the root of the stack is missing */
	size_t depth; /* 0: it waits, nobody knows where */
	uintptr_t pcs[MP_FOLD_FRAMES_MAX];
};

struct mp_waits {
	struct mp_fold *fold;
	int64_t last_ns; /* of the last look, or of the beginning */
	int64_t last_cpu_ns;
	int64_t owed_ns;    /* CPU time that is more than what passed */
	int64_t value_ns;   /* what `last` has so far */
	int64_t blocked_ns; /* what the fold was given */
	struct mp_look last;
};

/* Times are those of one monotonic clock, and of the thread's CPU clock, which
   is read first at the beginning, and last later; negative CPU time is
   unknown. */
void mp_waits_begin(struct mp_waits *w, struct mp_fold *fold, int64_t now_ns,
		    int64_t cpu_ns);

/* Add a look; the one before is in the fold then. */
void mp_waits_look(struct mp_waits *w, const struct mp_look *look,
		   int64_t now_ns, int64_t cpu_ns);

void mp_waits_end(struct mp_waits *w, int64_t now_ns, int64_t cpu_ns);

#endif
