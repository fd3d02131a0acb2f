#ifndef MP_WALK_H
#define MP_WALK_H

/* walk: frame by frame from the leaf to where the thread began. */

#include "profile/arch.h"
#include "profile/stackview.h"

struct mp_walk {
	struct mp_registers registers; /* of the frame at hand */
	struct mp_stack_view stack;
	struct mp_stack_bounds known[2]; /* stacks that it may be on */
	int stacks;
	bool feel;   /* a stack that is none of them is felt for */
	bool called; /* the frame at hand called the one before it */
	bool search; /* a frame pointer that is not known is searched for */
};

enum mp_walk_end {
	MP_WALK_WHOLE, /* to the frame that nobody called */
	MP_WALK_LOST,  /* nothing sure follows */
	MP_WALK_CUT,   /* `max` frames, and more behind */
};

/* Store the PCs of `*start` and those behind it. */
enum mp_walk_end mp_walk(const struct mp_walk *start, uintptr_t *pcs,
			 size_t max, size_t *ret_n);

/* To the caller of the frame at hand.  Fails with -ENOENT where there is none,
   else where it is not known. */
int mp_walk_step(struct mp_walk *w);

#endif
