#ifndef MP_GRID_H
#define MP_GRID_H

/*
 * grid: a small table to be read on a terminal: numbers, and one column of
 * text that is cut where the width does not hold it.
 *
 * Before the text becomes very narrow, the columns go that are worth least.
 */

#include "report/show.h"

#include <stdio.h>

#define MP_GRID_COLUMNS	 16
#define MP_GRID_INDENT	 2		      /* of each line */
#define MP_GRID_CELL_MAX (2 * MP_SHOW_ID_MAX) /* bytes, with its end */

struct mp_grid_column {
	const char *title;
	unsigned worth; /* where room is short, the least goes first; 0: this is
			   the text, which stays */
};

struct mp_grid {
	const struct mp_grid_column *columns;
	size_t column_count; /* MP_GRID_COLUMNS at most; one of them is text */
	size_t row_count;

	/* Write a cell, terminated, to `ret`, which has room for
	   MP_GRID_CELL_MAX bytes; ids in it as mp_show_id() writes them. */
	void (*put)(const void *rows, size_t row, size_t column, char *ret);
	const void *rows;
};

/* Takes a table, what it is a table of, and what stands below it: empty where
   there is nothing. */
typedef void mp_grid_tell(void *user, const char *heading,
			  const struct mp_grid *grid, const char *below);

/* Where tables are printed, and how. */
struct mp_grid_sink {
	const struct mp_show_style *style;
	FILE *out;
};

/* A `mp_grid_tell` that prints all it is told to a `struct mp_grid_sink`. */
void mp_grid_print_told(void *sink, const char *heading,
			const struct mp_grid *grid, const char *below);

/* Print the titles and all rows. */
void mp_grid_print(const struct mp_grid *grid,
		   const struct mp_show_style *style, FILE *out);

#endif
