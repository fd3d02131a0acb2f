#include "core/slot.h"

static void sweep_one(struct mp_recorder *r, uint32_t index,
		      const struct mp_overlap *overlap)
{
	struct mp_recorder_slot *slot = mp_slot_at(r, index);
	uint64_t word = atomic_load_explicit(&slot->word, memory_order_acquire);
	uint64_t number =
		atomic_load_explicit(&slot->number, memory_order_acquire);

	/* The exchange below says whether `number` was this generation's. */
	if (mp_recorder_state(word) != MP_RECORDER_IN_FLIGHT ||
	    (mp_recorder_sequence(word) & 1) ||
	    mp_overlap_counts(overlap, number))
		return;
	mp_slot_drop(r, (struct mp_slot_ref){
				.index = index,
				.generation = mp_recorder_generation(word) });
}

void mp_slot_sweep(struct mp_recorder *r, uint32_t slot_count,
		   const struct mp_overlap *overlap)
{
	for (uint32_t i = 0; i < slot_count / 64; i++) {
		uint64_t taken = atomic_load_explicit(&r->taken[i],
						      memory_order_relaxed);

		for (; taken; taken &= taken - 1)
			sweep_one(r, i * 64 + (uint32_t)__builtin_ctzll(taken),
				  overlap);
	}
}

struct mp_record mp_slot_record(const struct mp_recorder *r,
				const struct mp_recorder_slot *slot)
{
	return (struct mp_record){
		.timestamp_us = slot->begin_real_us,
		.page_id = { slot->page, slot->page_len },
		.oops_id = { slot->oops, slot->oops_len },
		.duration_us = slot->duration_us,
		.start_vss = slot->start.vss,
		.start_rss = slot->start.rss,
		.end_vss = slot->end.vss,
		.end_rss = slot->end.rss,
		.vss_delta = slot->vss_delta,
		.rss_delta = slot->rss_delta,
		.allocated = slot->allocated,
		.freed = slot->freed,
		.peak = slot->peak,
		.overlap = slot->overlap,
		.heap_allocated = slot->heap_allocated,
		.heap_active = slot->heap_active,
		.heap_resident = slot->heap_resident,
		.pid = r->pid,
		.tid = slot->tid,
		.host = { r->host, r->host_len },
	};
}
