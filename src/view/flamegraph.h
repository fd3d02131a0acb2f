#ifndef MP_FLAMEGRAPH_H
#define MP_FLAMEGRAPH_H

/*
 * flamegraph: a row of boxes for each level of calls, each as wide as its time:
 * from the bottom up, or, as an icicle, from the top down.
 */

#include "view/picture.h"

#include <stdio.h>

#define MP_FLAMEGRAPH_ROW 18 /* pixels, as in boxes.js */

/* Write it as a document of SVG.  Fails with -ENOMEM. */
int mp_write_flamegraph(FILE *out, const struct mp_calls *c);
int mp_write_icicle(FILE *out, const struct mp_calls *c);

/* The same of two profiles, as diffdraw.h says.  Fails with -ENOMEM. */
int mp_show_flamediff(FILE *out, const struct mp_calldiff *d,
		      const struct mp_view_style *style);
int mp_show_iciclediff(FILE *out, const struct mp_calldiff *d,
		       const struct mp_view_style *style);

/* Write just the boxes, from the bottom up, into an element of SVG that is
   MP_FLAMEGRAPH_ROW high for each level and one for the root. */
void mp_flamegraph_put(const struct mp_picture *p, FILE *out);

#endif
