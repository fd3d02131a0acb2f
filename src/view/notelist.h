#ifndef MP_NOTELIST_H
#define MP_NOTELIST_H

/* notelist: the external calls that a server told of, as lists: the slowest,
   and those that came again, with who made them. */

#include "view/calls.h"
#include "view/style.h"

#include <stdio.h>

#define MP_NOTELIST_COUNT 10 /* rows of each, where the style says nothing */

/* Nothing is written where there are no notes.  Fails with -ENOMEM. */
int mp_notelist_put(FILE *out, const struct mp_calls *c,
		    const struct mp_view_style *style);

#endif
