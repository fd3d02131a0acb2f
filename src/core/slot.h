#ifndef MP_SLOT_H
#define MP_SLOT_H

/*
 * slot: one request's place in the recorder, from its begin until it is logged.
 * recorder_layout.h says what is in it, and what its states are.
 *
 * Who has claimed a slot writes it; others only read it, and the sweep frees
 * it.  A request knows its slot by place and generation, values both, for it
 * may be moved and copied, freed, or ended when it was given up long ago: then
 * the slot's word says that it is not the request's any more, and the request
 * goes on without one.
 *
 * A claimed slot is filled while it is still FREE, which nobody reads.  After
 * that each change begins with an odd word, taken by compare and exchange, so
 * that of two who believe it theirs one writes.  Nobody waits.
 */

#include "core/record.h"
#include "core/recorder_layout.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

struct mp_slot_ref {
	uint32_t index;
	uint32_t generation; /* 0: no slot */
};

static inline struct mp_recorder_slot *mp_slot_at(struct mp_recorder *r,
						  uint32_t index)
{
	return (struct mp_recorder_slot *)(r + 1) + index;
}

/* ---- begin ---- */

/*
 * Take a free one of `slot_count` slots, looking first where `hint` says, and
 * return it to be filled; its address is good until it is freed.  Null, and no
 * reference, where there is none.
 */
static inline struct mp_recorder_slot *mp_slot_claim(struct mp_recorder *r,
						     uint32_t slot_count,
						     uint32_t hint,
						     struct mp_slot_ref *ret)
{
	uint32_t words = slot_count / 64;

	for (uint32_t i = 0; i < words; i++) {
		uint32_t at = (hint + i) % words;
		uint64_t taken = atomic_load_explicit(&r->taken[at],
						      memory_order_relaxed);

		while (~taken) {
			uint32_t bit = (uint32_t)__builtin_ctzll(~taken);
			uint64_t mask = UINT64_C(1) << bit;
			struct mp_recorder_slot *slot;
			uint32_t generation;

			taken = atomic_fetch_or_explicit(&r->taken[at], mask,
							 memory_order_acquire);
			if (taken & mask)
				continue;
			slot = mp_slot_at(r, at * 64 + bit);
			generation =
				mp_recorder_generation(atomic_load_explicit(
					&slot->word, memory_order_relaxed));
			ret->index = at * 64 + bit;
			ret->generation = generation + 1 ? generation + 1 : 1;
			return slot;
		}
	}
	ret->index = 0;
	ret->generation = 0;
	return NULL;
}

/* A claimed slot is filled with a record, which is to be written. */
static inline void mp_slot_publish_ending(struct mp_recorder_slot *slot,
					  struct mp_slot_ref ref)
{
	atomic_store_explicit(
		&slot->word,
		mp_recorder_word(ref.generation, 0, MP_RECORDER_ENDING),
		memory_order_release);
}

/* A claimed slot is filled, and is a request in flight from here. */
static inline void mp_slot_publish(struct mp_recorder_slot *slot,
				   struct mp_slot_ref ref)
{
	atomic_store_explicit(
		&slot->word,
		mp_recorder_word(ref.generation, 0, MP_RECORDER_IN_FLIGHT),
		memory_order_release);
}

/* ---- while it is in flight ---- */

/*
 * Begin to change the slot of a request in flight; null where the request has
 * none, or has it no more.
 */
static inline struct mp_recorder_slot *mp_slot_change(struct mp_recorder *r,
						      struct mp_slot_ref ref)
{
	struct mp_recorder_slot *slot;
	uint64_t word;

	if (!ref.generation)
		return NULL;
	slot = mp_slot_at(r, ref.index);
	word = atomic_load_explicit(&slot->word, memory_order_relaxed);
	if (mp_recorder_generation(word) != ref.generation ||
	    mp_recorder_state(word) != MP_RECORDER_IN_FLIGHT ||
	    (mp_recorder_sequence(word) & 1) ||
	    !atomic_compare_exchange_strong_explicit(
		    &slot->word, &word,
		    mp_recorder_word(ref.generation,
				     mp_recorder_sequence(word) + 1,
				     MP_RECORDER_IN_FLIGHT),
		    memory_order_acquire, memory_order_relaxed))
		return NULL;
	/* What follows is stored after the odd word. */
	atomic_thread_fence(memory_order_release);
	return slot;
}

/* The change is made; the slot's state is `state` now. */
static inline void mp_slot_changed(struct mp_recorder_slot *slot,
				   enum mp_recorder_state state)
{
	uint64_t word = atomic_load_explicit(&slot->word, memory_order_relaxed);

	atomic_store_explicit(&slot->word,
			      mp_recorder_word(mp_recorder_generation(word),
					       mp_recorder_sequence(word) + 1,
					       state),
			      memory_order_release);
}

/* Whether a request had a slot, and has it no more. */
static inline bool mp_slot_is_lost(struct mp_recorder *r,
				   struct mp_slot_ref ref)
{
	uint64_t word;

	if (!ref.generation)
		return false;
	word = atomic_load_explicit(&mp_slot_at(r, ref.index)->word,
				    memory_order_relaxed);
	return mp_recorder_generation(word) != ref.generation ||
	       mp_recorder_state(word) != MP_RECORDER_IN_FLIGHT;
}

/* ---- the end ---- */

/* A slot that is ENDING is in the log, or was dropped. */
static inline void mp_slot_logged(struct mp_recorder_slot *slot)
{
	uint64_t word = atomic_load_explicit(&slot->word, memory_order_relaxed);

	atomic_store_explicit(&slot->word,
			      mp_recorder_word(mp_recorder_generation(word),
					       mp_recorder_sequence(word),
					       MP_RECORDER_LOGGED),
			      memory_order_release);
}

/* Make a slot free again whose word is `word` and can't change otherwise. */
static inline void mp_slot_release(struct mp_recorder *r, uint32_t index)
{
	struct mp_recorder_slot *slot = mp_slot_at(r, index);
	uint64_t word = atomic_load_explicit(&slot->word, memory_order_relaxed);

	atomic_store_explicit(&slot->word,
			      mp_recorder_word(mp_recorder_generation(word), 0,
					       MP_RECORDER_FREE),
			      memory_order_release);
	atomic_fetch_and_explicit(&r->taken[index / 64],
				  ~(UINT64_C(1) << index % 64),
				  memory_order_release);
}

/* Free the slot of a request in flight that leads to no line; does nothing
   where it is not the request's any more. */
static inline void mp_slot_drop(struct mp_recorder *r, struct mp_slot_ref ref)
{
	if (mp_slot_change(r, ref))
		mp_slot_release(r, ref.index);
}

/* Free the slots of requests in flight that `overlap` has given up. */
void mp_slot_sweep(struct mp_recorder *r, uint32_t slot_count,
		   const struct mp_overlap *overlap);

/* The record that a slot holds from ENDING on.  Its texts point into the slot
   and the header. */
struct mp_record mp_slot_record(const struct mp_recorder *r,
				const struct mp_recorder_slot *slot);

#endif
