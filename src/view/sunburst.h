#ifndef MP_SUNBURST_H
#define MP_SUNBURST_H

/* sunburst: a ring for each level of calls, each call an arc as long as its
   time. */

#include "view/calls.h"

#include <stdio.h>

/* Write it as a document of SVG.  Fails with -ENOMEM. */
int mp_write_sunburst(FILE *out, const struct mp_calls *c);

#endif
