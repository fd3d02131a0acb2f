#ifndef MP_UNWIND_H
#define MP_UNWIND_H

/*
 * unwind: the program counters of a stack, leaf first.
 *
 * Signal handlers call this: no lock, no malloc, no stdio, nothing that a
 * thread can be interrupted in.  It never fails its host: of a stack that is
 * corrupt, or of code without a description, it gives the frames that it is
 * sure of.  What it reads lies within the bounds of the stack, or in the segment
 * of a loaded module that holds its `.eh_frame`.
 *
 * Frames are told by `.eh_frame` (x86-64), and where code has none, as what a
 * JIT made, or on another architecture, by the chain of frame pointers.
 *
 * Each PC lies inside the instruction that ran or that called: of a return
 * address it is the byte before.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MP_UNWIND_MAX 128 /* frames that are worth room */

/* From the lowest address to the one behind the highest. */
struct mp_stack_bounds {
	uintptr_t low, high;
};

/*
 * Where this thread's stack lies; remembered in the thread.  The first call in
 * a thread may allocate and read a file: not in a handler.  Errors: of
 * pthread_getattr_np(3).
 */
int mp_unwind_bounds(struct mp_stack_bounds *ret);

/*
 * The functions below store up to `max` PCs in `pcs` and return their number.
 * `*cut` tells whether the stack goes on behind them.
 */

/* The stack that the signal with this `ucontext` met, in the thread with these
   bounds.  A stack elsewhere, as a fiber's, is felt for page by page. */
size_t mp_unwind_signal(const void *ucontext, struct mp_stack_bounds bounds,
			uintptr_t *pcs, size_t max, bool *cut);

/*
 * The stack of another thread that blocks at `pc` with `sp`.  It must not end
 * meanwhile; if it runs on, the answer is garbage, but an answer.  Where a
 * frame needs the frame pointer, which nobody tells, it is searched for.  Nobody
 * loads or closes a module meanwhile, nor forks: not in a handler.
 */
size_t mp_unwind_blocked(uintptr_t pc, uintptr_t sp,
			 struct mp_stack_bounds bounds, uintptr_t *pcs,
			 size_t max, bool *cut);

/* The stack of the caller, from its call of this.  Not in a handler. */
size_t mp_unwind_here(uintptr_t *pcs, size_t max, bool *cut);

/*
 * Forget what is known of code if modules came or went since the last call.
 * Not in a handler.  What goes and comes between two calls at one address may
 * give wrong frames, never a bad read.
 */
void mp_unwind_refresh(void);

#endif
