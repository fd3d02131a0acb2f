#ifndef MP_GNUPLOT_H
#define MP_GNUPLOT_H

/*
 * gnuplot: the picture of a log, as a script that needs nothing beside it.
 *
 * Above, the RSS and VSS of processes over time, and where requests had an oops
 * id; below, what each page kept.
 */

#include "report/timeline.h"
#include "report/totals.h"

#include <stdio.h>

enum mp_picture { MP_PICTURE_SVG, MP_PICTURE_PNG, MP_PICTURE_PDF };

/* Write the script.  The picture goes to the file `output`, or to gnuplot's
   stdout where that is null.  Sorts `timeline` and `totals`. */
void mp_gnuplot_write(FILE *out, enum mp_picture picture, const char *output,
		      struct mp_timeline *timeline, struct mp_totals *totals);

#endif
