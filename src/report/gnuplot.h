#ifndef MP_GNUPLOT_H
#define MP_GNUPLOT_H

/*
 * gnuplot: the picture of a log, as a script that needs nothing beside it.
 *
 * A picture is a page of plots, one below the other, those over time with the
 * same time below each other.
 */

#include "report/plots.h"

#include <stdio.h>

enum mp_picture {
	MP_PICTURE_SVG,
	MP_PICTURE_PNG,
	MP_PICTURE_PDF,
	MP_PICTURE_TEXT, /* for a terminal */
};

struct mp_picture_style {
	enum mp_picture picture;
	unsigned columns; /* width, in letters; 0: as is usual */
	bool colour;	  /* of text: by escape sequences */
};

/* Write the script.  The picture goes to the file `output`, or to gnuplot's
   stdout where that is null.  Sorts what is in `plots`. */
void mp_gnuplot_write(FILE *out, const struct mp_picture_style *style,
		      const struct mp_page_plots *page, const char *output,
		      struct mp_plots *plots);

#endif
