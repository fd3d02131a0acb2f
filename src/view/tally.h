#ifndef MP_TALLY_H
#define MP_TALLY_H

/*
 * tally: sums by key, the keys in the order in which they came.
 *
 * Adding cannot fail alone: the first error sticks, is left in `err`, and what
 * is added from then on is lost and has the position 0.
 */

#include "view/arena.h"
#include "view/index.h"

struct mp_tally_sum {
	const void *key; /* a copy */
	size_t len;
	uint64_t count;
	uint64_t value;
	uint64_t mark; /* the user's own; 0 at first */
};

/* All zero bytes are an empty one. */
struct mp_tally {
	struct mp_tally_sum *sums;
	size_t count;
	size_t room;
	int err;
	struct mp_arena arena;
	struct mp_index index;
};

/* Add to the sum of `len` bytes of `key`, and return its position.  An empty
   key may be null. */
uint32_t mp_tally_add(struct mp_tally *t, const void *key, size_t len,
		      uint64_t count, uint64_t value);

void mp_tally_release(struct mp_tally *t);

#endif
