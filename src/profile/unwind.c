#include "profile/unwind.h"

#include "profile/arch.h"
#include "profile/walk.h"

#include <signal.h>
#include <ucontext.h>

static size_t walk(struct mp_walk *w, uintptr_t *pcs, size_t max, bool *cut)
{
	size_t n;

	w->stack = mp_stack_view(w->registers.r[MP_REG_SP], w->known, w->stacks,
				 w->feel);
	*cut = mp_walk(w, pcs, max, &n) == MP_WALK_CUT;
	return n;
}

/* The stack that this thread handles signals on, as it was before this one. */
static struct mp_stack_bounds handlers_stack(const ucontext_t *uc)
{
	struct mp_stack_bounds bounds = { 0, 0 };

	if (!(uc->uc_stack.ss_flags & SS_DISABLE)) {
		bounds.low = (uintptr_t)uc->uc_stack.ss_sp;
		bounds.high = bounds.low + uc->uc_stack.ss_size;
	}
	return bounds;
}

size_t mp_unwind_signal(const void *ucontext, struct mp_stack_bounds bounds,
			uintptr_t *pcs, size_t max, bool *cut)
{
	struct mp_walk w = {
		.known = { bounds, handlers_stack(ucontext) },
		.stacks = 2,
		.feel = true,
	};

	mp_arch_interrupted(ucontext, &w.registers);
	return walk(&w, pcs, max, cut);
}

size_t mp_unwind_blocked(uintptr_t pc, uintptr_t sp,
			 struct mp_stack_bounds bounds, uintptr_t *pcs,
			 size_t max, bool *cut)
{
	struct mp_walk w = {
		.known = { bounds },
		.stacks = 1,
		.search = true,
	};

	w.registers.r[MP_REG_PC] = pc;
	w.registers.r[MP_REG_SP] = sp;
	w.registers.known = 1u << MP_REG_PC | 1u << MP_REG_SP;
	return walk(&w, pcs, max, cut);
}

__attribute__((noinline)) size_t mp_unwind_here(uintptr_t *pcs, size_t max,
						bool *cut)
{
	struct mp_walk w = { .stacks = 1, .feel = true };

	if (mp_unwind_bounds(&w.known[0]))
		w.stacks = 0;
	mp_arch_here(&w.registers);
	w.stack = mp_stack_view(w.registers.r[MP_REG_SP], w.known, w.stacks,
				w.feel);
	*cut = false;
	if (mp_walk_step(&w))
		return 0;
	return walk(&w, pcs, max, cut);
}
