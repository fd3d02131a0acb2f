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
 *
 * Of that time, what the thread waited for a free CPU is no stack's: it is added
 * up as one that is queued, without frames.  The kernel counts such a wait when
 * it is over, so a part of it may have been given away by then, and is taken
 * back from what nobody has, or from what follows.
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

/*
 * What the clocks say: a monotonic one; the thread's CPU clock, which is read
 * before that one at the beginning, and behind it later; and how long the thread
 * has waited for a CPU so far.  The last two are negative where not known.
 */
struct mp_waits_time {
	int64_t mono_ns, cpu_ns, queued_ns;
};

struct mp_waits {
	struct mp_fold *fold;
	struct mp_waits_time before; /* of the last look, or of the beginning */
	int64_t owed_ns;	/* CPU time that is more than what passed */
	int64_t owed_queued_ns; /* of waits for a CPU; the same */
	int64_t value_ns;	/* what `last` has so far */
	int64_t nobodys_ns;	/* time off the CPU that was given to nobody */
	int64_t blocked_ns, queued_ns; /* what is given to stacks */
	struct mp_look last;
};

void mp_waits_begin(struct mp_waits *w, struct mp_fold *fold,
		    struct mp_waits_time now);

/* Add a look; the one before is in the fold then. */
void mp_waits_look(struct mp_waits *w, const struct mp_look *look,
		   struct mp_waits_time now);

void mp_waits_end(struct mp_waits *w, struct mp_waits_time now);

#endif
