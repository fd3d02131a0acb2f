#ifndef MP_SLICE_H
#define MP_SLICE_H

/*
 * slice: a stretch of a request on one thread, between attach and detach.
 *
 * jemalloc counts by thread; what a request allocated is the sum over its
 * slices of what their threads allocated meanwhile.  In the header, for an
 * event loop opens and closes one around each callback.
 */

#include "core/request.h"
#include "core/thread.h"

/* Open a slice of `r`, which has none open, on this thread. */
static inline void mp_slice_open(struct mp_request *r, struct mp_thread *t)
{
	mp_thread_push(t, r->number, r->serial, r->flags & MP_REQUEST_MEASURED);
	r->thread = t->serial;
	r->flags |= MP_REQUEST_ATTACHED;
	r->slice_allocated = *t->allocated;
	r->slice_freed = *t->freed;
}

/*
 * Close the slice of `r`, which has one open, and add it up.  Where it is open
 * on another thread, what that thread counted is lost.
 *
 * Peaks are heights: what the slice reached above its start, on top of what
 * the slices before had kept.
 */
static inline void mp_slice_close(struct mp_request *r, struct mp_thread *t)
{
	uint64_t allocated = *t->allocated, freed = *t->freed;
	struct mp_frame frame;
	int64_t kept, peak;

	r->flags &= ~(uint32_t)MP_REQUEST_ATTACHED;
	if (r->thread != t->serial) {
		mp_thread_ring(r->thread);
		r->flags |= MP_REQUEST_NO_COUNTERS | MP_REQUEST_NO_PEAK;
		return;
	}
	if (!mp_thread_pop(t, r->number, r->serial, &frame)) {
		frame.high = MP_UNKNOWN;
		frame.nested = 0;
	}
	r->nested += frame.nested;
	if (!(r->flags & MP_REQUEST_MEASURED))
		return;
	if (!t->counts) {
		r->flags |= MP_REQUEST_NO_COUNTERS | MP_REQUEST_NO_PEAK;
		return;
	}

	kept = r->allocated - r->freed;
	r->allocated += (int64_t)(allocated - r->slice_allocated);
	r->freed += (int64_t)(freed - r->slice_freed);
	if (frame.high == MP_UNKNOWN) {
		r->flags |= MP_REQUEST_NO_PEAK;
		return;
	}
	peak = kept + frame.high -
	       (int64_t)(r->slice_allocated - r->slice_freed);
	if (r->peak < peak)
		r->peak = peak;
	/* jemalloc looks every 64 KiB; this much is certain. */
	if (r->peak < r->allocated - r->freed)
		r->peak = r->allocated - r->freed;
}

#endif
