#ifndef MP_STACKVIEW_H
#define MP_STACKVIEW_H

/*
 * stackview: the part of a stack that may be read, and reading it.
 *
 * Of a thread's own stack that is all from below the stack pointer to the end.
 * Of one whose bounds nobody knows, pages are added one after the other, each
 * once the kernel has said that it can be read.
 */

#include "profile/unwind.h"

#include <stdbool.h>
#include <stdint.h>

/* What reads stacks of others, and of functions that left them, is no business
   of the sanitizers'. */
#ifndef MP_UNSANITIZED
#define MP_UNSANITIZED __attribute__((no_sanitize("address", "thread")))
#endif

struct mp_stack_view {
	uintptr_t low, high;
	unsigned pages; /* how many may still be added */
};

/* The stack that `sp` is on: one of the `n` in `known`, or what is felt for if
   `feel` says so; else nothing. */
struct mp_stack_view mp_stack_view(uintptr_t sp,
				   const struct mp_stack_bounds *known, int n,
				   bool feel);

/* Add pages until 8 bytes at `address` are in the view. */
__attribute__((cold, noinline)) bool mp_stack_grow(struct mp_stack_view *view,
						   uintptr_t address);

typedef uint64_t mp_stack_word __attribute__((may_alias, aligned(1)));

/* The 8 bytes at `address`; false where the view does not have them. */
MP_UNSANITIZED static inline bool
mp_stack_read(struct mp_stack_view *view, uintptr_t address, uint64_t *ret)
{
	if (__builtin_expect(address < view->low || address >= view->high ||
				     view->high - address < sizeof(*ret),
			     0) &&
	    !mp_stack_grow(view, address))
		return false;
	*ret = *(const volatile mp_stack_word *)address;
	return true;
}

#endif
