#include "view/index.h"

#include <errno.h>
#include <stdlib.h>

#define FIRST_SIZE 64

struct mp_index_slot {
	uint32_t hash;
	uint32_t at; /* plus 1, which leaves 0 for a free slot */
};

uint32_t mp_index_find(const struct mp_index *x, uint64_t hash,
		       bool (*equal)(const void *user, uint32_t at),
		       const void *user)
{
	size_t i;

	if (x->size == 0)
		return MP_INDEX_NONE;
	for (i = hash & (x->size - 1); x->slots[i].at;
	     i = (i + 1) & (x->size - 1))
		if (x->slots[i].hash == (uint32_t)hash &&
		    equal(user, x->slots[i].at - 1))
			return x->slots[i].at - 1;
	return MP_INDEX_NONE;
}

static void put(struct mp_index *x, struct mp_index_slot slot)
{
	size_t i = slot.hash & (x->size - 1);

	while (x->slots[i].at)
		i = (i + 1) & (x->size - 1);
	x->slots[i] = slot;
	x->count++;
}

static int grow(struct mp_index *x)
{
	struct mp_index big = { .size = x->size ? 2 * x->size : FIRST_SIZE };

	big.slots = calloc(big.size, sizeof(*big.slots));
	if (!big.slots)
		return -ENOMEM;
	for (size_t i = 0; i < x->size; i++)
		if (x->slots[i].at)
			put(&big, x->slots[i]);
	free(x->slots);
	*x = big;
	return 0;
}

int mp_index_add(struct mp_index *x, uint64_t hash, uint32_t at)
{
	int err;

	if (2 * (x->count + 1) > x->size) {
		err = grow(x);
		if (err)
			return err;
	}
	put(x, (struct mp_index_slot){ (uint32_t)hash, at + 1 });
	return 0;
}

void mp_index_release(struct mp_index *x)
{
	free(x->slots);
	*x = (struct mp_index){ 0 };
}
