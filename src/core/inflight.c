#include "core/inflight.h"

#include <string.h>

static void put_page(struct mp_recorder_slot *slot, const struct mp_request *r)
{
	slot->page_len = (uint16_t)r->page_len;
	memcpy(slot->page, r->page, r->page_len);
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

struct mp_recorder_slot *mp_inflight_ending(struct memprof *mp,
					    const struct mp_request *r,
					    const struct mp_record *record,
					    int64_t now_ns)
{
	struct mp_recorder_slot *slot = mp_slot_change(mp->recorder, r->slot);

	if (!slot)
		return NULL;
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
	mp_slot_changed(slot, MP_RECORDER_ENDING);
	return slot;
}
