#include "profile/stackcopy.h"

#define WORD sizeof(uintptr_t)

/* The x86-64 ABI lets a function use this much below its stack pointer. */
#define RED_ZONE 128

/*
 * By volatile words: else the compiler makes a memcpy() of it, in which a
 * sanitizer looks for the races that this copy means.
 */
__attribute__((no_sanitize("address", "thread"))) static void
copy(const volatile uintptr_t *from, size_t words, uintptr_t *to)
{
	uintptr_t begin = (uintptr_t)from, shift = (uintptr_t)to - begin;

	for (size_t i = 0; i < words; i++) {
		uintptr_t word = from[i];

		if (word - begin <= words * WORD)
			word += shift;
		to[i] = word;
	}
}

bool mp_stackcopy_take(uintptr_t sp, struct mp_stack_bounds bounds, void *room,
		       struct mp_stackcopy *ret)
{
	uintptr_t from, to, size;

	if (sp < bounds.low || sp >= bounds.high)
		return false;
	from = sp - bounds.low < RED_ZONE ? bounds.low : sp - RED_ZONE;
	from = (from + WORD - 1) / WORD * WORD;
	if (from >= bounds.high)
		return false;
	size = (bounds.high - from) / WORD * WORD;
	ret->cut = size > MP_STACKCOPY_MAX;
	if (ret->cut)
		size = MP_STACKCOPY_MAX;
	to = (uintptr_t)room + from % 4096;
	copy((const volatile uintptr_t *)from, size / WORD, (uintptr_t *)to);
	ret->sp = sp - from + to;
	ret->bounds = (struct mp_stack_bounds){ to, to + size };
	return true;
}
