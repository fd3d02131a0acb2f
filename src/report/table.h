#ifndef MP_TABLE_H
#define MP_TABLE_H

/* table: the totals as a table to be read on a terminal or in a mail. */

#include "report/report.h"

#include <stdio.h>

/*
 * Print a line for each page that is told apart, then the sums of the others
 * and of all, and the `(outside)` lines, then what must be known to read them.
 * Where the width does not hold all columns the less telling ones are left
 * out, and long page ids are cut.
 */
void mp_table_print(const struct mp_report *r, FILE *out);

#endif
