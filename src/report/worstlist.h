#ifndef MP_WORSTLIST_H
#define MP_WORSTLIST_H

/* worstlist: the worst requests, to be read below the table. */

#include "report/grid.h"
#include "report/worst.h"

#include <stdio.h>

/*
 * Tell of the requests that retained most, or, where no line tells that, of
 * those that RSS grew with most; and of those with the highest peaks.  `w` is
 * sorted.
 */
void mp_worstlist_each(const struct mp_worst *w, mp_grid_tell *tell,
		       void *user);

/* Print all this. */
void mp_worstlist_print(const struct mp_worst *w,
			const struct mp_show_style *style, FILE *out);

#endif
