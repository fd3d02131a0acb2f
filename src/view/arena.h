#ifndef MP_ARENA_H
#define MP_ARENA_H

/* arena: many small pieces of memory that are freed together. */

#include <stddef.h>

struct mp_arena {
	struct mp_arena_chunk *chunks; /* null before the first piece */
	char *next;		       /* what is left of the newest of them */
	size_t left;
};

/* `size` bytes, fit for any type, or null where there is no memory.  All zero
   bytes are an empty arena. */
void *mp_arena_get(struct mp_arena *a, size_t size);

void mp_arena_release(struct mp_arena *a);

#endif
