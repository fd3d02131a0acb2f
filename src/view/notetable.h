#ifndef MP_NOTETABLE_H
#define MP_NOTETABLE_H

/* notetable: the external calls that a server told of, as lists: the slowest,
   and those that came again, with who made them. */

#include "view/calls.h"
#include "view/style.h"

#include <stdio.h>

#define MP_NOTETABLE_COUNT 10 /* rows of each, where the style says nothing */

/* Nothing is written where there are no notes.  Fails with -ENOMEM. */
int mp_notetable_put(FILE *out, const struct mp_calls *c,
		     const struct mp_view_style *style);

#endif
