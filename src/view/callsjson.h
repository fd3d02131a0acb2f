#ifndef MP_CALLSJSON_H
#define MP_CALLSJSON_H

/* callsjson: the format `json`: all that is known, in one document. */

#include "view/calls.h"

#include <stdio.h>

/* Fails with -ENOMEM. */
int mp_write_callsjson(FILE *out, const struct mp_calls *c);

#endif
