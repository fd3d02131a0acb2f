#ifndef MP_KILLEDLIST_H
#define MP_KILLEDLIST_H

/* killedlist: what was in flight when processes were killed, to be read below
   the table. */

#include "report/grid.h"
#include "report/killed.h"

#include <stdio.h>

/* Tell of the last ten processes that were killed, each in a table of pages. */
void mp_killedlist_each(const struct mp_killed *k, mp_grid_tell *tell,
			void *user);

/* Print all this. */
void mp_killedlist_print(const struct mp_killed *k,
			 const struct mp_show_style *style, FILE *out);

#endif
