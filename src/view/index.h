#ifndef MP_INDEX_H
#define MP_INDEX_H

/*
 * index: where in an array the equal of a thing is, by hash.
 *
 * The array is the user's: the index knows positions and hashes only.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MP_INDEX_NONE UINT32_MAX

struct mp_index {
	struct mp_index_slot *slots;
	size_t size;  /* of slots: 0, or a power of two */
	size_t count; /* of slots that are taken: at most half */
};

/* The position of what `equal` calls equal among what was added with this
   hash, or MP_INDEX_NONE.  All zero bytes are an empty index. */
uint32_t mp_index_find(const struct mp_index *x, uint64_t hash,
		       bool (*equal)(const void *user, uint32_t at),
		       const void *user);

/* Add a position that find did not give.  Fails with -ENOMEM. */
int mp_index_add(struct mp_index *x, uint64_t hash, uint32_t at);

void mp_index_release(struct mp_index *x);

#endif
