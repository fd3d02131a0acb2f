#ifndef MP_SEQ_H
#define MP_SEQ_H

/*
 * seq: a few numbers that one thread publishes and any thread reads together.
 *
 * A sequence counter with one writer at a time: odd while it writes.  Nobody
 * waits: a second writer gives up, and a reader that met a writer has nothing.
 * (Boehm, "Can Seqlocks Get Along With Programming Language Memory Models?",
 * MSPC 2012: the numbers are atomics; they are stored with release and loaded
 * with acquire, so that no fence is needed.)
 */

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

struct mp_seq {
	_Atomic uint32_t n;
};

/* Begin to write; false where somebody else is writing. */
static inline bool mp_seq_write_begin(struct mp_seq *seq)
{
	uint32_t n = atomic_load_explicit(&seq->n, memory_order_relaxed);

	return !(n & 1) && atomic_compare_exchange_strong_explicit(
				   &seq->n, &n, n + 1, memory_order_acquire,
				   memory_order_relaxed);
}

static inline void mp_seq_write_end(struct mp_seq *seq)
{
	uint32_t n = atomic_load_explicit(&seq->n, memory_order_relaxed);

	atomic_store_explicit(&seq->n, n + 1, memory_order_release);
}

/* Store and load one of the numbers. */
static inline void mp_seq_put(_Atomic int64_t *to, int64_t v)
{
	atomic_store_explicit(to, v, memory_order_release);
}

static inline int64_t mp_seq_get(const _Atomic int64_t *from)
{
	return atomic_load_explicit(from, memory_order_acquire);
}

static inline uint32_t mp_seq_read_begin(const struct mp_seq *seq)
{
	return atomic_load_explicit(&seq->n, memory_order_acquire);
}

/* Whether all that was loaded since read_begin() belongs together. */
static inline bool mp_seq_read_ok(const struct mp_seq *seq, uint32_t began)
{
	return !(began & 1) &&
	       atomic_load_explicit(&seq->n, memory_order_relaxed) == began;
}

#endif
