#include "profile/unwind.h"

#include "profile/arch.h"
#include "profile/loader.h"
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

/* A walk and where its frames go. */
struct errand {
	struct mp_walk *w;
	uintptr_t *pcs;
	size_t max, n;
	bool cut;
};

static int walk_once(struct dl_phdr_info *info, size_t size, void *data)
{
	struct errand *e = data;

	(void)info;
	(void)size;
	e->n = walk(e->w, e->pcs, e->max, &e->cut);
	return 1;
}

/*
 * The modules of a thread's own frames stay while it runs in them.  Of another
 * thread, which may go on, and of words that only look like addresses of code,
 * that is not so: but nothing is unmapped while the linker tells of modules.
 */
size_t mp_unwind_blocked(uintptr_t pc, uintptr_t sp,
			 struct mp_stack_bounds bounds, uintptr_t *pcs,
			 size_t max, bool *cut)
{
	struct mp_walk w = {
		.known = { bounds },
		.stacks = 1,
		.search = true,
	};
	struct errand e = { .w = &w, .pcs = pcs, .max = max, .cut = true };

	w.registers.r[MP_REG_PC] = pc;
	w.registers.r[MP_REG_SP] = sp;
	w.registers.known = 1u << MP_REG_PC | 1u << MP_REG_SP;
	mp_loader_iterate(walk_once, &e);
	*cut = e.cut;
	return e.n;
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
