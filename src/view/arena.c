#include "view/arena.h"

#include <stdint.h>
#include <stdlib.h>

#define CHUNK_SIZE 65536

struct mp_arena_chunk {
	struct mp_arena_chunk *older;
	max_align_t data[];
};

static int grow(struct mp_arena *a, size_t size)
{
	struct mp_arena_chunk *chunk;

	if (size < CHUNK_SIZE)
		size = CHUNK_SIZE;
	if (size > SIZE_MAX - sizeof(*chunk))
		return 0;
	chunk = malloc(sizeof(*chunk) + size);
	if (!chunk)
		return 0;
	chunk->older = a->chunks;
	a->chunks = chunk;
	a->next = (char *)chunk->data;
	a->left = size;
	return 1;
}

void *mp_arena_get(struct mp_arena *a, size_t size)
{
	const size_t align = sizeof(max_align_t);
	void *ret;

	if (size > SIZE_MAX - align)
		return NULL;
	size = (size + align - 1) / align * align;
	if (size > a->left && !grow(a, size))
		return NULL;
	ret = a->next;
	a->next += size;
	a->left -= size;
	return ret;
}

void mp_arena_release(struct mp_arena *a)
{
	while (a->chunks) {
		struct mp_arena_chunk *chunk = a->chunks;

		a->chunks = chunk->older;
		free(chunk);
	}
	*a = (struct mp_arena){ 0 };
}
