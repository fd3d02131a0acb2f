#ifndef MP_DIFFTABLE_H
#define MP_DIFFTABLE_H

/* difftable: what a diff found, for people and for a gate. */

#include "report/diff.h"
#include "report/table.h"

#include <stdio.h>

/*
 * Print a line for each number of each page that has changed, or, with `all`,
 * for each that is known; then the pages that are on one side only, and what
 * must be known to read it.
 */
void mp_difftable_print(const struct mp_diff *d, bool all,
			const struct mp_show_style *style, FILE *out);

/* Print a line for each change that is over the limit, and return how many
   there are. */
size_t mp_difftable_print_over(const struct mp_diff *d, FILE *out);

#endif
