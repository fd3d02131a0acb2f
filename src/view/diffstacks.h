#ifndef MP_DIFFSTACKS_H
#define MP_DIFFSTACKS_H

/* diffstacks: the stacks of two profiles, those of both as one. */

#include "view/calldiff.h"

struct mp_diffstack {
	const struct mp_stack *stack; /* of the first profile that has it */
	struct mp_change change;
};

struct mp_diffstacks {
	struct mp_diffstack *list; /* in the order of the profiles */
	size_t count;
};

/* Fails with -ENOMEM.  What it points to is freed by mp_diffstacks_release(),
   or belongs to `d`. */
int mp_diffstacks_build(const struct mp_calldiff *d, struct mp_diffstacks *ret);
void mp_diffstacks_release(struct mp_diffstacks *s);

#endif
