#ifndef MP_JSONOUT_H
#define MP_JSONOUT_H

/* jsonout: values of JSON, straight into a file. */

#include "core/record.h"

#include <stdio.h>

/* Print a string; `t` has no control character, and is no longer than a
   sentence. */
void mp_jsonout_text(FILE *out, struct mp_text t);

/* Print a comma, a key and its number; MP_UNKNOWN is null. */
void mp_jsonout_number(FILE *out, const char *key, int64_t v);

#endif
