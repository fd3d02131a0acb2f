#ifndef MP_RAWHEAD_H
#define MP_RAWHEAD_H

/* rawhead: the lines of a raw profile that say what was profiled, and how. */

#include "view/rawparse.h"

/* Read the rest of the line that begins with `key`; one that is not known is
   skipped. */
int mp_rawhead_read(struct mp_rawparse *p, struct mp_rawfield key);

/* Whether no line is missing that each file has, which else is a fault. */
int mp_rawhead_check(struct mp_rawparse *p);

#endif
