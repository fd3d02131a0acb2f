#ifndef MP_WEBFACTS_H
#define MP_WEBFACTS_H

/* webfacts: what a page says of a profile as a whole. */

#include "view/calls.h"

#include <stdio.h>

/* Write what is missing in it, or not to be relied on; nothing where all is
   well. */
void mp_webfacts_put_cautions(FILE *out, const struct mp_calls *c);

/* Write the rest: what was profiled, when, and how. */
void mp_webfacts_put(FILE *out, const struct mp_calls *c);

#endif
