#include "view/mapped.h"

#include <errno.h>
#include <stdlib.h>

static int ascending(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

static void list_bounds(struct mp_mapped *m,
			const struct mp_raw_object *objects, size_t count)
{
	size_t n = 0;

	for (size_t i = 0; i < count; i++) {
		m->bounds[2 * i] = objects[i].start;
		m->bounds[2 * i + 1] = objects[i].end;
	}
	qsort(m->bounds, 2 * count, sizeof(*m->bounds), ascending);
	for (size_t i = 0; i < 2 * count; i++)
		if (n == 0 || m->bounds[n - 1] != m->bounds[i])
			m->bounds[n++] = m->bounds[i];
	m->count = n;
}

/* The last bound that is not above `pc`; there is one. */
static size_t find_bound(const struct mp_mapped *m, uint64_t pc)
{
	size_t low = 0, high = m->count;

	while (low + 1 < high) {
		size_t middle = low + (high - low) / 2;

		if (m->bounds[middle] <= pc)
			low = middle;
		else
			high = middle;
	}
	return low;
}

/* The first that nobody owns, from `at` on; ways are made short for the next
   one who asks. */
static size_t next_free(size_t *next, size_t at)
{
	size_t end = at, step;

	while (next[end] != end)
		end = next[end];
	for (; at != end; at = step) {
		step = next[at];
		next[at] = end;
	}
	return end;
}

/* The last object first: what it took is nobody else's any more. */
static void share_out(struct mp_mapped *m, const struct mp_raw_object *objects,
		      size_t count, size_t *next)
{
	for (size_t i = 0; i <= m->count; i++)
		next[i] = i;
	for (size_t i = 0; i < m->count; i++)
		m->owners[i] = MP_INDEX_NONE;
	for (size_t i = count; i-- > 0;) {
		size_t end = find_bound(m, objects[i].end);
		size_t at = next_free(next, find_bound(m, objects[i].start));

		for (; at < end; at = next_free(next, at)) {
			m->owners[at] = (uint32_t)i;
			next[at] = at + 1;
		}
	}
}

int mp_mapped_build(const struct mp_raw_object *objects, size_t count,
		    struct mp_mapped *ret)
{
	size_t *next;

	*ret = (struct mp_mapped){ 0 };
	if (count == 0)
		return 0;
	ret->bounds = reallocarray(NULL, count, 2 * sizeof(*ret->bounds));
	ret->owners = reallocarray(NULL, count, 2 * sizeof(*ret->owners));
	next = reallocarray(NULL, count + 1, 2 * sizeof(*next));
	if (!ret->bounds || !ret->owners || !next) {
		free(next);
		return -ENOMEM;
	}
	list_bounds(ret, objects, count);
	share_out(ret, objects, count, next);
	free(next);
	return 0;
}

void mp_mapped_release(struct mp_mapped *m)
{
	free(m->bounds);
	free(m->owners);
	*m = (struct mp_mapped){ 0 };
}

uint32_t mp_mapped_find(const struct mp_mapped *m, uint64_t pc)
{
	if (m->count == 0 || pc < m->bounds[0])
		return MP_INDEX_NONE;
	return m->owners[find_bound(m, pc)];
}
