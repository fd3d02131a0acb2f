#ifndef MP_THREAD_H
#define MP_THREAD_H

/*
 * thread: what a thread knows of the requests that are attached to it.
 *
 * Requests on one thread nest: the stack of frames has the outermost first.
 * A frame holds values and no pointer, for a request may be freed without an
 * end.  What ended elsewhere, or never, is dropped from the stack when that is
 * noticed: see mp_thread_ring() and mp_thread_drop_dead().
 *
 * Peaks: jemalloc has one peak a thread, so a reset for an inner request would
 * lose the outer's.  Before each reset the peak so far is folded into every
 * frame, as a height: bytes allocated minus bytes freed by this thread ever.
 */

#include "core/heap.h"
#include "core/overlap.h"
#include "core/record.h"

#include <stdbool.h>
#include <stdint.h>

#define MP_THREAD_FRAMES 8

struct mp_frame {
	uint64_t number; /* of the request, see overlap.h */
	int64_t high; /* the greatest height when last folded, or MP_UNKNOWN */
	uint32_t session;
	uint32_t nested; /* requests of the same session begun above it */
};

/* Our whole share of each thread's static TLS: a program that dlopen()s us has
   little to give. */
struct mp_thread {
	const uint64_t *allocated; /* jemalloc's counters of this thread */
	const uint64_t *freed;
	uint64_t reset_allocated; /* both, at the last reset of the peak */
	uint64_t reset_freed;
	uint32_t token;	 /* of the process that this belongs to; 0: none */
	uint32_t serial; /* no other thread of the process has it */
	int32_t tid;
	uint16_t bell;
	uint8_t depth;
	bool counts; /* whether `allocated` and `freed` are a jemalloc's */
	struct mp_frame frames[MP_THREAD_FRAMES];
};

/* initial-exec: a library may otherwise have to call __tls_get_addr(). */
extern _Thread_local struct mp_thread mp_thread_self
	__attribute__((tls_model("initial-exec")));

/* The doorbells; a thread answers the one of its serial. */
#define MP_THREAD_BELLS 1024
extern _Atomic uint16_t mp_thread_bells[MP_THREAD_BELLS];

__attribute__((cold, noinline)) void mp_thread_init(uint32_t token);
__attribute__((cold, noinline)) void mp_thread_answer(void);

/* This thread, with its counters known and no frame of a parent's. */
static inline struct mp_thread *mp_thread_get(uint32_t token)
{
	struct mp_thread *t = &mp_thread_self;

	if (__builtin_expect(t->token != token, 0))
		mp_thread_init(token);
	if (__builtin_expect(
		    atomic_load_explicit(
			    &mp_thread_bells[t->serial % MP_THREAD_BELLS],
			    memory_order_acquire) != t->bell,
		    0))
		mp_thread_answer();
	return t;
}

/*
 * Tell the thread `serial` that a request which is attached to it went on
 * elsewhere.  It forgets all its frames then, as may others: what is attached
 * there has no peak, and may count its own inner requests as others.
 */
void mp_thread_ring(uint32_t serial);

static inline int64_t mp_thread_height(const struct mp_thread *t)
{
	return (int64_t)(*t->allocated - *t->freed);
}

/* Raise every frame to the peak since the last reset. */
void mp_thread_fold(struct mp_thread *t);

/* Take a frame out, from wherever it is. */
void mp_thread_remove(struct mp_thread *t, unsigned index);

/* Where nothing was allocated and nothing freed since the last reset, there is
   nothing to reset. */
static inline void mp_thread_reset_peak(struct mp_thread *t)
{
	if (*t->allocated == t->reset_allocated && *t->freed == t->reset_freed)
		return;
	mp_heap_peak_reset();
	t->reset_allocated = *t->allocated;
	t->reset_freed = *t->freed;
}

/* Attach a request: its frame goes on top.  Where it is measured, peaks start
   anew. */
static inline void mp_thread_push(struct mp_thread *t, uint64_t number,
				  uint32_t session, bool measured)
{
	struct mp_frame *top;

	measured = measured && t->counts;
	if (measured) {
		if (t->depth > 0)
			mp_thread_fold(t);
		mp_thread_reset_peak(t);
	}
	/* The outermost goes: most likely it was never ended. */
	if (t->depth == MP_THREAD_FRAMES)
		mp_thread_remove(t, 0);
	top = &t->frames[t->depth++];
	top->number = number;
	top->high = measured ? mp_thread_height(t) : MP_UNKNOWN;
	top->session = session;
	top->nested = 0;
}

/*
 * Detach a request: fold the peak so far, take its frame out from wherever it
 * is, and store it in `*ret`.  False where there is none (any more).
 */
static inline bool mp_thread_pop(struct mp_thread *t, uint64_t number,
				 uint32_t session, struct mp_frame *ret)
{
	for (unsigned i = t->depth; i-- > 0;) {
		struct mp_frame *f = &t->frames[i];

		if (f->number != number || f->session != session)
			continue;
		if (f->high != MP_UNKNOWN)
			mp_thread_fold(t);
		*ret = *f;
		if (i == t->depth - 1u)
			t->depth--;
		else
			mp_thread_remove(t, i);
		return true;
	}
	return false;
}

/* Drop the frames of requests that `overlap` has given up. */
void mp_thread_drop_dead(struct mp_thread *t, uint32_t session,
			 const struct mp_overlap *overlap);

/* Count one more nested request in each frame of this session, and return how
   many frames that are. */
uint32_t mp_thread_nest(struct mp_thread *t, uint32_t session);

#endif
