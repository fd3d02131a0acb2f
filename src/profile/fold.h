#ifndef MP_FOLD_H
#define MP_FOLD_H

/*
 * fold: a bounded table of stacks, equal ones counted in place.
 *
 * It lies in memory that the caller maps once; nothing is allocated.  A signal
 * handler may add, and other threads may: they exclude each other by a lock
 * that nobody waits for.  Who does not get it, or finds no room, counts what it
 * had as lost.  So for each fold, samples + lost is what was added.
 *
 * Memory is touched only where stacks are stored, and the pages of it behind
 * the last stack stay as the kernel gave them.
 */

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

#define MP_FOLD_SIZE_MIN 65536 /* bytes of memory that init() wants at least */

/* Frames of a stack that are kept: the leaf's. */
#define MP_FOLD_FRAMES_MAX 128

/* Pages that one fold tells apart: more than one only in a run's. */
#define MP_FOLD_PAGES 1024

enum mp_fold_kind {
	MP_FOLD_CPU,	   /* it ran there */
	MP_FOLD_BLOCKED,   /* it waited there */
	MP_FOLD_QUEUED,	   /* it could run, and waited for a CPU */
	MP_FOLD_UNSAMPLED, /* nobody looked */
};

/* One stack, as stored.  No two of a page have the same kind and frames. */
struct mp_fold_stack {
	uint64_t samples;
	uint64_t value; /* nanoseconds */
	uint64_t hash;
	uint32_t next; /* of the same page, or 0 */
	uint32_t slot; /* of the index: where it is found */
	uint16_t page;
	uint8_t kind; /* enum mp_fold_kind */
	uint8_t depth;
	uintptr_t pcs[]; /* leaf first */
};

/*
 * The lock guards all but `lost` and `cut`.  Stacks are named by the number of
 * words in front of them, counted from the fold's beginning; 0 is none.
 */
struct mp_fold {
	_Atomic uint32_t locked;
	uint32_t slot_count;  /* of the index; a power of two */
	uint32_t stack_count; /* at most three quarters of it */
	uint32_t page_count;  /* pages that have, or had, stacks */
	uint64_t used, size;  /* words */
	uint64_t samples;
	_Atomic uint64_t lost; /* samples */
	_Atomic uint64_t cut;  /* stacks whose root is missing */
	uint32_t first[MP_FOLD_PAGES], last[MP_FOLD_PAGES];
};

/*
 * Make a fold of `size` bytes of memory, aligned as a page and all zeros.  It
 * ends with the memory.
 */
struct mp_fold *mp_fold_init(void *memory, size_t size);

/* Empty it.  Nobody may be adding. */
void mp_fold_reset(struct mp_fold *f);

/*
 * Count a stack: `depth` program counters, leaf first, of which the first
 * MP_FOLD_FRAMES_MAX are kept; none where none are known.  Async-signal-safe.
 */
void mp_fold_add(struct mp_fold *f, enum mp_fold_kind kind,
		 const uintptr_t *pcs, size_t depth, uint64_t samples,
		 uint64_t value);

/* Count samples of which there is no stack to add.  Async-signal-safe. */
static inline void mp_fold_lose(struct mp_fold *f, uint64_t samples)
{
	atomic_fetch_add_explicit(&f->lost, samples, memory_order_relaxed);
}

/* Count a stack that is deeper than what was added of it.
   Async-signal-safe. */
static inline void mp_fold_count_cut(struct mp_fold *f)
{
	atomic_fetch_add_explicit(&f->cut, 1, memory_order_relaxed);
}

/*
 * Add all that `from` holds, of whatever page, to `into` as stacks of `page`,
 * which is below MP_FOLD_PAGES; the value of the first that `from` has becomes
 * `more` than it is.  Nobody may be adding to `from`; who merges into the same
 * fold takes turns.
 */
void mp_fold_merge(struct mp_fold *into, const struct mp_fold *from,
		   uint32_t page, uint64_t more);

/*
 * The stacks of a page in the order in which they were first added, null behind
 * the last one:
 *
 *	for (s = mp_fold_first(f, page); s; s = mp_fold_next(f, s))
 *
 * Nobody may be adding.
 */
const struct mp_fold_stack *mp_fold_first(const struct mp_fold *f,
					  uint32_t page);
const struct mp_fold_stack *mp_fold_next(const struct mp_fold *f,
					 const struct mp_fold_stack *s);

#endif
