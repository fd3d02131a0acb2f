#ifndef MP_RING_H
#define MP_RING_H

/* ring: copies of the last so many lines. */

#include "core/record.h"

/* Invariant: `count` lines are held, the oldest at `first`. */
struct mp_ring {
	char **lines;
	size_t size, count, first;
};

/* Room for `size` lines; none is fine.  Fails with -ENOMEM. */
int mp_ring_init(struct mp_ring *ring, size_t size);

/* Add a line; the oldest goes where there is no room.  Fails with -ENOMEM, and
   the ring is then as it was. */
int mp_ring_add(struct mp_ring *ring, struct mp_text line);

/* The `i`th line, from the oldest on; a string. */
const char *mp_ring_at(const struct mp_ring *ring, size_t i);

/* Forget all lines. */
void mp_ring_clear(struct mp_ring *ring);

void mp_ring_release(struct mp_ring *ring);

#endif
