#include "core/overlap.h"

#define ONE_BEGUN (UINT64_C(1) << 32)

void mp_overlap_init(struct mp_overlap *o, int64_t abandon_after_ns)
{
	atomic_store(&o->word, 0);
	for (unsigned i = 0; i < MP_OVERLAP_EPOCHS; i++)
		atomic_store(&o->epochs[i], 0);
	atomic_store(&o->begun, 0);
	atomic_store(&o->abandoned, 0);
	o->epoch_ns = abandon_after_ns / MP_OVERLAP_EPOCHS_ALIVE;
}

/* Epochs begin at 1, so that 0 is none.  32 bits last for 17 years of the
   shortest, an eighth of a second. */
static uint32_t epoch_at(const struct mp_overlap *o, int64_t now_ns)
{
	/* It is shared memory that others may write to, or was just zeroed
	   under a call that comes too late. */
	int64_t epoch_ns = o->epoch_ns;

	return epoch_ns > 0 ? (uint32_t)(now_ns / epoch_ns) + 1 : 1;
}

static uint32_t epoch_of(uint64_t number)
{
	return (uint32_t)(number >> 32);
}

static bool is_older(uint32_t epoch, uint32_t than)
{
	return (int32_t)(epoch - than) < 0;
}

/* Take what is left in an epoch out of the word; it is gone from `epochs`. */
static void give_up(struct mp_overlap *o, uint64_t epoch)
{
	uint32_t left = (uint32_t)epoch;

	if (!left)
		return;
	atomic_fetch_sub(&o->word, left);
	atomic_fetch_add_explicit(&o->abandoned, left, memory_order_relaxed);
}

/* Count a request in under `epoch`, and return the epoch that it got: a later
   one where this thread was held up for so long that its own is gone. */
static uint32_t count_in(struct mp_overlap *o, uint32_t epoch)
{
	_Atomic uint64_t *place = &o->epochs[epoch % MP_OVERLAP_EPOCHS];
	uint64_t was = atomic_load_explicit(place, memory_order_relaxed);
	uint64_t fresh;

	do {
		if (was && is_older(epoch, epoch_of(was)))
			epoch = epoch_of(was);
		fresh = epoch_of(was) == epoch ? was + 1
					       : (uint64_t)epoch << 32 | 1;
	} while (!atomic_compare_exchange_weak(place, &was, fresh));
	if (epoch_of(was) != epoch)
		give_up(o, was);
	return epoch;
}

struct mp_overlap_begun mp_overlap_begin(struct mp_overlap *o, int64_t now_ns)
{
	uint32_t epoch = epoch_at(o, now_ns);
	uint64_t before = atomic_fetch_add(&o->word, ONE_BEGUN + 1);

	epoch = count_in(o, epoch);
	return (struct mp_overlap_begun){
		.number = (uint64_t)epoch << 32 | mp_overlap_begun_low(before),
		.others = mp_overlap_in_flight(before),
	};
}

/* Count out a request that had been given up. */
static struct mp_overlap_ended end_late(struct mp_overlap *o)
{
	uint64_t was =
		atomic_load_explicit(&o->abandoned, memory_order_relaxed);

	do {
		if (!was)
			return (struct mp_overlap_ended){ .twice = true };
	} while (!atomic_compare_exchange_weak(&o->abandoned, &was, was - 1));
	return (struct mp_overlap_ended){ .late = true };
}

struct mp_overlap_ended mp_overlap_end(struct mp_overlap *o, uint64_t number)
{
	uint32_t epoch = epoch_of(number);
	_Atomic uint64_t *place = &o->epochs[epoch % MP_OVERLAP_EPOCHS];
	uint64_t was = atomic_load_explicit(place, memory_order_relaxed);
	uint64_t before;

	do {
		if (epoch_of(was) != epoch)
			return end_late(o);
		if (!(uint32_t)was)
			return (struct mp_overlap_ended){ .twice = true };
	} while (!atomic_compare_exchange_weak(place, &was, was - 1));

	before = atomic_fetch_sub(&o->word, 1);
	return (struct mp_overlap_ended){
		.begun_meanwhile =
			mp_overlap_begun_low(before) - (uint32_t)number - 1,
		.in_flight = mp_overlap_in_flight(before) - 1,
	};
}

bool mp_overlap_counts(const struct mp_overlap *o, uint64_t number)
{
	uint32_t epoch = epoch_of(number);

	return epoch_of(atomic_load(&o->epochs[epoch % MP_OVERLAP_EPOCHS])) ==
	       epoch;
}

void mp_overlap_sweep(struct mp_overlap *o, int64_t now_ns)
{
	uint32_t epoch = epoch_at(o, now_ns);

	for (unsigned i = 0; i < MP_OVERLAP_EPOCHS; i++) {
		uint64_t was = atomic_load(&o->epochs[i]);

		/* Its last request is as old as `abandon_after`. */
		if (was &&
		    is_older(epoch_of(was), epoch - MP_OVERLAP_EPOCHS_ALIVE) &&
		    atomic_compare_exchange_strong(&o->epochs[i], &was, 0))
			give_up(o, was);
	}
	mp_overlap_begun_total(o);
}

uint64_t mp_overlap_begun_total(struct mp_overlap *o)
{
	uint64_t seen = atomic_load(&o->begun), now;

	do {
		uint32_t low = mp_overlap_begun_low(mp_overlap_word(o));

		now = seen + (uint32_t)(low - (uint32_t)seen);
	} while (!atomic_compare_exchange_weak(&o->begun, &seen, now));
	return now;
}
