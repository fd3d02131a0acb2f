#include "report/ring.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

int mp_ring_init(struct mp_ring *ring, size_t size)
{
	char **lines = calloc(size + 1, sizeof(*lines));

	if (!lines)
		return -ENOMEM;
	*ring = (struct mp_ring){ .lines = lines, .size = size };
	return 0;
}

int mp_ring_add(struct mp_ring *ring, struct mp_text line)
{
	char *copy, **place;

	if (ring->size == 0)
		return 0;
	copy = strndup(line.p, line.len);
	if (!copy)
		return -ENOMEM;
	place = &ring->lines[(ring->first + ring->count) % ring->size];
	if (ring->count < ring->size) {
		ring->count++;
	} else {
		free(*place);
		ring->first = (ring->first + 1) % ring->size;
	}
	*place = copy;
	return 0;
}

const char *mp_ring_at(const struct mp_ring *ring, size_t i)
{
	return ring->lines[(ring->first + i) % ring->size];
}

void mp_ring_clear(struct mp_ring *ring)
{
	for (size_t i = 0; i < ring->count; i++)
		free(ring->lines[(ring->first + i) % ring->size]);
	ring->first = ring->count = 0;
}

void mp_ring_release(struct mp_ring *ring)
{
	mp_ring_clear(ring);
	free(ring->lines);
}
