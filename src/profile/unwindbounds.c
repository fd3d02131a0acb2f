/* unwindbounds: where threads' stacks lie, asked for once a thread. */

#include "profile/unwind.h"

#include <pthread.h>

#define PAGE_BITS 12
#define PAGE	  ((uintptr_t)1 << PAGE_BITS)

/* Pages of addresses, of which there are less than this; and of one stack. */
#define HIGH_BITS 36
#define SIZE_BITS 28

/* Static TLS is scarce, so both bounds are in one word: the number of the page
   behind the stack, and above it how many there are.  0: not yet known. */
static _Thread_local uint64_t packed __attribute__((tls_model("initial-exec")));

static int ask(struct mp_stack_bounds *ret)
{
	pthread_attr_t attributes;
	void *low;
	size_t size;
	int err = pthread_getattr_np(pthread_self(), &attributes);

	if (err)
		return -err;
	err = pthread_attr_getstack(&attributes, &low, &size);
	pthread_attr_destroy(&attributes);
	if (err)
		return -err;
	/* What shares a page with the stack can be read as well as it. */
	ret->low = (uintptr_t)low & ~(PAGE - 1);
	ret->high = ((uintptr_t)low + size + PAGE - 1) & ~(PAGE - 1);
	return 0;
}

int mp_unwind_bounds(struct mp_stack_bounds *ret)
{
	uint64_t high, size;
	int err;

	if (!packed) {
		struct mp_stack_bounds bounds;

		err = ask(&bounds);
		if (err)
			return err;
		high = bounds.high >> PAGE_BITS;
		size = (bounds.high - bounds.low) >> PAGE_BITS;
		if (size >> SIZE_BITS)
			size = ((uint64_t)1 << SIZE_BITS) - 1;
		packed = size << HIGH_BITS | high;
	}
	high = packed & (((uint64_t)1 << HIGH_BITS) - 1);
	size = packed >> HIGH_BITS;
	ret->high = high << PAGE_BITS;
	ret->low = (high - size) << PAGE_BITS;
	return 0;
}
