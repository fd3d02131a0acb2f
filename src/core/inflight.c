#include "core/inflight.h"

#include <string.h>

/* Who is killed meanwhile leaves no page, rather than a part of two. */
static void put_page(struct mp_recorder_slot *slot, const struct mp_request *r)
{
	slot->page_len = 0;
	atomic_signal_fence(memory_order_seq_cst);
	memcpy(slot->page, r->page, r->page_len);
	atomic_signal_fence(memory_order_seq_cst);
	slot->page_len = (uint16_t)r->page_len;
}

static void put_slices(struct mp_recorder_slot *slot,
		       const struct mp_request *r)
{
	bool lost = r->flags & MP_REQUEST_NO_COUNTERS;

	slot->allocated = lost ? MP_UNKNOWN : r->allocated;
	slot->freed = lost ? MP_UNKNOWN : r->freed;
	slot->peak = r->flags & MP_REQUEST_NO_PEAK ? MP_UNKNOWN : r->peak;
}

void mp_inflight_begin(struct memprof *mp, struct mp_request *r,
		       const struct mp_thread *t)
{
	uint32_t slot_count = mp_session_slots(mp);
	struct mp_recorder_slot *slot =
		mp_slot_claim(mp->recorder, slot_count, t->serial, &r->slot);

	if (!slot) {
		if (slot_count)
			mp_recorder_count(&mp->recorder->counts.slotless);
		return;
	}
	atomic_store_explicit(&slot->number, r->number, memory_order_relaxed);
	slot->begin_real_us = r->begin_real_us;
	slot->begin_mono_ns = r->begin_mono_ns;
	slot->start = r->start;
	put_slices(slot, r);
	slot->tid = t->tid;
	slot->flags =
		r->flags & MP_REQUEST_MEASURED ? 0 : MP_RECORDER_UNMEASURED;
	put_page(slot, r);
	mp_slot_publish(slot, r->slot);
}

void mp_inflight_page(struct mp_request *r)
{
	struct mp_recorder_slot *slot =
		mp_slot_change(r->session->recorder, r->slot);

	if (!slot)
		return;
	put_page(slot, r);
	mp_slot_changed(slot, MP_RECORDER_IN_FLIGHT);
}

void mp_inflight_slices(struct mp_request *r)
{
	struct mp_recorder_slot *slot =
		mp_slot_change(r->session->recorder, r->slot);

	if (!slot)
		return;
	put_slices(slot, r);
	mp_slot_changed(slot, MP_RECORDER_IN_FLIGHT);
}

/* All that the end adds to what is known since the begin. */
static void put_end(struct mp_recorder_slot *slot, const struct memprof *mp,
		    const struct mp_record *record, int64_t now_ns)
{
	slot->allocated = record->allocated;
	slot->freed = record->freed;
	slot->peak = record->peak;
	slot->tid = (int32_t)record->tid;
	slot->end_mono_ns = now_ns;
	slot->duration_us = record->duration_us;
	slot->end.vss = record->end_vss;
	slot->end.rss = record->end_rss;
	slot->vss_delta = record->vss_delta;
	slot->rss_delta = record->rss_delta;
	slot->overlap = record->overlap;
	slot->heap_allocated = record->heap_allocated;
	slot->heap_active = record->heap_active;
	slot->heap_resident = record->heap_resident;
	slot->mark = mp_recorder_mark(mp->recorder);
	slot->oops_len = (uint16_t)record->oops_id.len;
	memcpy(slot->oops, record->oops_id.p, record->oops_id.len);
}

struct mp_recorder_slot *mp_inflight_ending(struct memprof *mp,
					    const struct mp_request *r,
					    const struct mp_record *record,
					    int64_t now_ns)
{
	struct mp_recorder_slot *slot = mp_slot_change(mp->recorder, r->slot);

	if (!slot)
		return NULL;
	put_end(slot, mp, record, now_ns);
	mp_slot_changed(slot, MP_RECORDER_ENDING);
	return slot;
}

/* A record without a slot gets one now, if any is free. */
static bool leave_late(struct memprof *mp, const struct mp_record *record,
		       int64_t now_ns)
{
	struct mp_slot_ref ref;
	struct mp_recorder_slot *slot =
		mp_slot_claim(mp->recorder, mp_session_slots(mp),
			      (uint32_t)record->tid, &ref);

	if (!slot)
		return false;
	/* In this slot it was never in flight. */
	atomic_store_explicit(&slot->number, 0, memory_order_relaxed);
	slot->begin_real_us = record->timestamp_us;
	slot->begin_mono_ns = now_ns;
	slot->start.vss = record->start_vss;
	slot->start.rss = record->start_rss;
	slot->flags = 0;
	slot->page_len = (uint16_t)record->page_id.len;
	memcpy(slot->page, record->page_id.p, record->page_id.len);
	put_end(slot, mp, record, now_ns);
	mp_slot_publish_ending(slot, ref);
	mp_writer_give(&mp->writer, mp->recorder, ref.index);
	return true;
}

bool mp_inflight_leave(struct memprof *mp, const struct mp_request *r,
		       const struct mp_record *record, int64_t now_ns)
{
	if (!r || !mp_inflight_ending(mp, r, record, now_ns))
		return leave_late(mp, record, now_ns);
	mp_writer_give(&mp->writer, mp->recorder, r->slot.index);
	return true;
}
