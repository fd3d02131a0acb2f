#ifndef MP_FOLDED_H
#define MP_FOLDED_H

/* folded: a line for each stack, as flamegraph.pl and speedscope read it:
   `main;work;read 4000000`, the root first, nanoseconds behind. */

#include "view/calls.h"

#include <stdio.h>

/* Fails with -ENOMEM.  Blocked stacks end in a frame `[blocked]`; those of
   several pages are several lines. */
int mp_write_folded(FILE *out, const struct mp_calls *c);

#endif
