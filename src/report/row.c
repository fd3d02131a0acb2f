#include "report/row.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define FIRST_CAPACITY 4

static void clear_sum(void *cell)
{
	*(int64_t *)cell = 0;
}

static void join_sums(void *cell, const void *other)
{
	int64_t *sum = cell;
	const int64_t *more = other;

	if (__builtin_add_overflow(*sum, *more, sum))
		*sum = *more < 0 ? -INT64_MAX : INT64_MAX;
}

const struct mp_cells mp_cells_sums = {
	.size = sizeof(int64_t),
	.clear = clear_sum,
	.join = join_sums,
};

static void *cell_at(const struct mp_row *row, const struct mp_cells *type,
		     int64_t i)
{
	return (char *)row->cells + (size_t)(i - row->base) * type->size;
}

static bool has_room(const struct mp_row *row, int64_t i)
{
	return i >= row->base && i - row->base < (int64_t)row->capacity;
}

/* Make room from `low` to `high`, and more on the side where it grows. */
static int grow(struct mp_row *row, const struct mp_cells *type, int64_t low,
		int64_t high)
{
	size_t capacity = row->capacity ? row->capacity : FIRST_CAPACITY;
	struct mp_row grown = *row;

	while ((int64_t)capacity <= high - low)
		capacity *= 2;
	grown.cells = reallocarray(NULL, capacity, type->size);
	if (!grown.cells)
		return -ENOMEM;
	grown.capacity = capacity;
	grown.base = row->capacity && low < row->low
			     ? high - (int64_t)capacity + 1
			     : low;
	for (size_t i = 0; i < capacity; i++)
		type->clear((char *)grown.cells + i * type->size);
	if (row->capacity)
		memcpy(cell_at(&grown, type, row->low),
		       cell_at(row, type, row->low),
		       (size_t)(row->high - row->low + 1) * type->size);
	free(row->cells);
	*row = grown;
	return 0;
}

int mp_row_at(struct mp_row *row, const struct mp_cells *type, int64_t i,
	      void **ret)
{
	int64_t low = row->capacity && row->low < i ? row->low : i;
	int64_t high = row->capacity && row->high > i ? row->high : i;

	if (!has_room(row, i) && grow(row, type, low, high))
		return -ENOMEM;
	row->low = low;
	row->high = high;
	*ret = cell_at(row, type, i);
	return 0;
}

void *mp_row_find(const struct mp_row *row, const struct mp_cells *type,
		  int64_t i)
{
	if (row->capacity == 0 || i < row->low || i > row->high)
		return NULL;
	return cell_at(row, type, i);
}

int mp_row_halve(struct mp_row *row, const struct mp_cells *type)
{
	struct mp_row halved = { 0 };

	if (row->capacity == 0)
		return 0;
	if (grow(&halved, type, mp_row_half(row->low), mp_row_half(row->high)))
		return -ENOMEM;
	halved.low = mp_row_half(row->low);
	halved.high = mp_row_half(row->high);
	for (int64_t i = row->low; i <= row->high; i++)
		type->join(cell_at(&halved, type, mp_row_half(i)),
			   cell_at(row, type, i));
	free(row->cells);
	*row = halved;
	return 0;
}

void mp_row_release(struct mp_row *row)
{
	free(row->cells);
	*row = (struct mp_row){ 0 };
}
