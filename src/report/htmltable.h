#ifndef MP_HTMLTABLE_H
#define MP_HTMLTABLE_H

/*
 * htmltable: the rows of a report as a table of HTML.
 *
 * It holds all columns, and the style hides those that have no room.  Beside
 * what people read, each number stands as programs read it, for sorting.
 */

#include "report/report.h"

#include <stdio.h>

/* Write the table, and what steers it. */
void mp_htmltable_print(const struct mp_report *r, FILE *out);

/* Write what the columns are. */
void mp_htmltable_print_legend(const struct mp_report *r, FILE *out);

#endif
