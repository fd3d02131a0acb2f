#ifndef MP_DIFFJSON_H
#define MP_DIFFJSON_H

/* diffjson: what changed from one profile to another, as one document of JSON:
   see memprof-view(1). */

#include "view/calldiff.h"

#include <stdio.h>

/* Fails with -ENOMEM. */
int mp_show_diffjson(FILE *out, const struct mp_calldiff *d,
		     const struct mp_view_style *style);

#endif
