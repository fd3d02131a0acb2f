#ifndef MP_ROW_H
#define MP_ROW_H

/*
 * row: cells along an axis, as many as there are from the first used to the
 * last.
 *
 * A cell that was never used is as `clear` leaves it, and joining it changes
 * nothing.
 */

#include <stddef.h>
#include <stdint.h>

#define MP_CELL_MAX 32 /* bytes of the largest cell */

/* What cells are. */
struct mp_cells {
	size_t size;
	void (*clear)(void *cell);
	void (*join)(void *cell, const void *other); /* in any order */
};

/* Sums of 64 bits, which stay at the largest number. */
extern const struct mp_cells mp_cells_sums;

/* Invariant: cells base to base + capacity - 1 are there, and those before
   `low` and behind `high` are clear.  Zeroed is empty. */
struct mp_row {
	void *cells;
	int64_t base;
	size_t capacity; /* a power of two, or 0 */
	int64_t low, high;
};

/* Store the cell at `i`, made where there is none, in `*ret`.  Fails with
   -ENOMEM, and the row is then as it was. */
int mp_row_at(struct mp_row *row, const struct mp_cells *type, int64_t i,
	      void **ret);

/* The cell at `i`, or null where none was used there. */
void *mp_row_find(const struct mp_row *row, const struct mp_cells *type,
		  int64_t i);

/* Join each two cells, 2i and 2i + 1, into cell i.  Fails with -ENOMEM, and the
   row is then as it was. */
int mp_row_halve(struct mp_row *row, const struct mp_cells *type);

/* The half of a number, rounded down. */
static inline int64_t mp_row_half(int64_t i)
{
	return (i - (i & 1)) / 2;
}

void mp_row_release(struct mp_row *row);

#endif
