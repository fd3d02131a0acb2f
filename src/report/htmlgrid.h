#ifndef MP_HTMLGRID_H
#define MP_HTMLGRID_H

/* htmlgrid: a small table as a part of a page of HTML. */

#include "report/grid.h"

#include <stdio.h>

/* Write the table, its heading above it; `out` is the FILE. */
void mp_htmlgrid_print(void *out, const char *heading,
		       const struct mp_grid *grid, const char *below);

#endif
