#include "core/slice.h"

void mp_slice_open(struct mp_request *r, struct mp_thread *t)
{
	mp_thread_push(t, r->number, r->serial, r->flags & MP_REQUEST_MEASURED);
	r->thread = t->serial;
	r->flags |= MP_REQUEST_ATTACHED;
	r->slice_allocated = *t->allocated;
	r->slice_freed = *t->freed;
}

void mp_slice_close(struct mp_request *r, struct mp_thread *t)
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
