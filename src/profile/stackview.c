#include "profile/stackview.h"

#include "profile/arch.h"

#define PAGE \
	4096u /* the smallest; what can be read is so in greater ones too */

/* 1 MiB: more than fibers have. */
#define PAGES 256

struct mp_stack_view mp_stack_view(uintptr_t sp,
				   const struct mp_stack_bounds *known, int n,
				   bool feel)
{
	struct mp_stack_view view = { 0, 0, 0 };
	uintptr_t low = sp < MP_RED_ZONE ? 0 : sp - MP_RED_ZONE;

	for (int i = 0; i < n; i++) {
		if (sp < known[i].low || sp >= known[i].high)
			continue;
		view.low = low < known[i].low ? known[i].low : low;
		view.high = known[i].high;
		return view;
	}
	if (feel) {
		view.low = low & ~(uintptr_t)(PAGE - 1);
		view.high = view.low;
		view.pages = PAGES;
	}
	return view;
}

bool mp_stack_grow(struct mp_stack_view *view, uintptr_t address)
{
	if (address < view->low || address > UINTPTR_MAX - sizeof(uint64_t))
		return false;
	while (view->high < address + sizeof(uint64_t)) {
		/* Never through what is no stack for sure. */
		if (view->pages == 0 || !mp_arch_readable(view->high))
			return false;
		view->pages--;
		view->high += PAGE;
	}
	return true;
}
