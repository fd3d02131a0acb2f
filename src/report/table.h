#ifndef MP_TABLE_H
#define MP_TABLE_H

/* table: the totals as a table to be read on a terminal or in a mail. */

#include "report/totals.h"

#include <stdio.h>

struct mp_table_style {
	size_t width; /* columns of the terminal; 0: as wide as need be */
	bool colour;
};

/*
 * Print a line for each page, most growth first, then their total and the
 * `(outside)` lines, then what must be known to read them.  Where the width
 * does not hold all columns the less telling ones are left out, and long page
 * ids are cut.  Sorts the pages of `t`.
 */
void mp_table_print(struct mp_totals *t, const struct mp_table_style *style,
		    FILE *out);

#endif
