#ifndef MP_OVERLAP_H
#define MP_OVERLAP_H

/*
 * overlap: how many other requests shared any moment with this one.
 *
 * One atomic word holds how many requests were begun, ever, in its upper half,
 * and how many are in flight in its lower half; so one addition begins a
 * request and one subtraction ends it, and both tell the two numbers at that
 * instant.  A request shared a moment with those in flight when it began and
 * with those begun until it ended.  The upper half wraps and nothing minds:
 * only differences of it are used.
 *
 * A request that is never ended must not count for ever.  Requests are also
 * counted by the epoch that they were begun in, an eighth of `abandon_after`;
 * an epoch that is older than `abandon_after` is given up with what is left in
 * it.  No request needs a slot for that, and nothing points to it.
 *
 * A request's number is its epoch and the low 32 bits of its place in the
 * order of begins; no two of a session that are in flight share one.
 */

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#define MP_OVERLAP_EPOCHS	16 /* kept at once */
#define MP_OVERLAP_EPOCHS_ALIVE 8  /* in `abandon_after` */

struct mp_overlap {
	_Alignas(64) _Atomic uint64_t word; /* begun << 32 | in flight */
	/* epoch << 32 | in flight, of the epochs that end in the same four
	   bits.  Their counts sum up to the word's, but for a request that is
	   just being begun or ended. */
	_Alignas(64) _Atomic uint64_t epochs[MP_OVERLAP_EPOCHS];
	_Alignas(64) _Atomic uint64_t begun; /* all 64 bits, when last looked */
	_Atomic uint64_t abandoned;	     /* given up and not ended since */
	int64_t epoch_ns;
};

struct mp_overlap_begun {
	uint64_t number;
	uint32_t others; /* in flight when it began */
};

void mp_overlap_init(struct mp_overlap *o, int64_t abandon_after_ns);

/* Count a request in, at the time `now_ns`. */
struct mp_overlap_begun mp_overlap_begin(struct mp_overlap *o, int64_t now_ns);

/* What the word tells when a request is counted out. */
struct mp_overlap_ended {
	bool late;  /* it had been given up: nothing else holds */
	bool twice; /* a copy of it was ended before: nothing else holds, and
		       nothing was counted */
	uint32_t begun_meanwhile; /* requests begun since it began */
	uint32_t in_flight;	  /* others, right after */
};

struct mp_overlap_ended mp_overlap_end(struct mp_overlap *o, uint64_t number);

/* Whether the request `number`, if it was not ended, is still counted. */
bool mp_overlap_counts(const struct mp_overlap *o, uint64_t number);

/*
 * Give up the epochs that are too old at `now_ns`.  To be called now and then,
 * at least once in 2^32 requests, which `begun` counts on.
 */
void mp_overlap_sweep(struct mp_overlap *o, int64_t now_ns);

static inline uint64_t mp_overlap_word(const struct mp_overlap *o)
{
	return atomic_load_explicit(&o->word, memory_order_seq_cst);
}

static inline uint32_t mp_overlap_in_flight(uint64_t word)
{
	return (uint32_t)word;
}

static inline uint32_t mp_overlap_begun_low(uint64_t word)
{
	return (uint32_t)(word >> 32);
}

/* How many requests were begun, all 64 bits. */
uint64_t mp_overlap_begun_total(struct mp_overlap *o);

#endif
