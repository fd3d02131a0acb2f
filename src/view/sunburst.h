#ifndef MP_SUNBURST_H
#define MP_SUNBURST_H

/* sunburst: a ring for each level of calls, each call an arc as long as its
   time. */

#include "view/calldiff.h"

#include <stdio.h>

/* Write it as a document of SVG.  Fails with -ENOMEM. */
int mp_write_sunburst(FILE *out, const struct mp_calls *c);

/* The same of two profiles, as diffdraw.h says.  Fails with -ENOMEM. */
int mp_show_sunburstdiff(FILE *out, const struct mp_calldiff *d,
			 const struct mp_view_style *style);

#endif
