#ifndef MP_STACKCOPY_H
#define MP_STACKCOPY_H

/*
 * stackcopy: the stack of another thread, copied, to be walked without it.
 *
 * Copying takes about a microsecond, walking many: so only the copy has to
 * keep the thread from ending.  Words that point into the stack are made to
 * point into the copy, so that frames found by a saved frame pointer are found
 * there as well; those that only look so are no return addresses, and nothing
 * else is read.
 */

#include "profile/unwind.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Of deeper stacks the root is missing. */
#define MP_STACKCOPY_MAX (256 * 1024)

/* What a copy needs: it begins at the same place in a page as the stack. */
#define MP_STACKCOPY_ROOM (MP_STACKCOPY_MAX + 4096)

struct mp_stackcopy {
	uintptr_t sp;
	struct mp_stack_bounds bounds;
	bool cut; /* not all is there: the root may be missing */
};

/*
 * Copy what lies above `sp`, and the red zone below it, to `room`, which is a
 * page's beginning.  Returns false where `sp` is not in this stack.
 */
bool mp_stackcopy_take(uintptr_t sp, struct mp_stack_bounds bounds, void *room,
		       struct mp_stackcopy *ret);

#endif
