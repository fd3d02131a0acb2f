#ifndef MP_OUTSIDE_H
#define MP_OUTSIDE_H

/*
 * outside: the ledger of growth while no request was in flight.
 *
 * The request that ends last notes the process's size and how many requests
 * had been begun; the one that begins next compares.  A gap counts only where
 * it is sure: both readings were taken while that request was alone, and
 * nobody was begun between.  Small gaps add up until they are worth a line, in
 * either direction, so that the lines sum up to what really happened.
 *
 * `busy` guards the rest; it is tried, never waited for: where it is taken,
 * the gap is not sure.
 */

#include "core/statm.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

/* The process at one end of a gap. */
struct mp_outside_end {
	uint32_t begun; /* requests begun so far, low 32 bits */
	int64_t mono_ns;
	int64_t real_us;
	struct mp_statm size;
};

struct mp_outside {
	atomic_flag busy;
	bool open; /* `since` holds: no request in flight */
	struct mp_outside_end since;
	uint32_t gaps; /* with a change, summed up below, in no line yet */
	int64_t first_real_us;
	int64_t gaps_ns;
	int64_t vss_delta;
	int64_t rss_delta;
	_Alignas(64) _Atomic uint64_t unsure; /* gaps not counted */
};

/* Growth that is worth a line. */
struct mp_outside_growth {
	int64_t real_us; /* when the first gap began */
	int64_t ns;	 /* all gaps together */
	int64_t vss_delta;
	int64_t rss_delta;
	bool one_gap; /* then `start` is the size before it */
	struct mp_statm start;
};

/* Begin with the gap from open to the first request. */
void mp_outside_init(struct mp_outside *o, struct mp_outside_end now);

/* The last request in flight ended, and `now` was read while it was alone. */
void mp_outside_open(struct mp_outside *o, struct mp_outside_end now);

/*
 * A request began while none was in flight, and `now` was read while it was
 * alone.  True where growth has reached `threshold` bytes: then it is in
 * `*ret`, and summing up starts anew.
 */
bool mp_outside_close(struct mp_outside *o, struct mp_outside_end now,
		      uint64_t threshold, struct mp_outside_growth *ret);

/* A gap ended that could not be read. */
static inline void mp_outside_unsure(struct mp_outside *o)
{
	atomic_fetch_add_explicit(&o->unsure, 1, memory_order_relaxed);
}

#endif
