#ifndef MP_WORSTLIST_H
#define MP_WORSTLIST_H

/* worstlist: the worst requests, to be read below the table. */

#include "report/show.h"
#include "report/worst.h"

#include <stdio.h>

/*
 * Print the requests that retained most, or, where no line tells that, those
 * that RSS grew with most; and those with the highest peaks.  `w` is sorted.
 */
void mp_worstlist_print(const struct mp_worst *w,
			const struct mp_show_style *style, FILE *out);

#endif
