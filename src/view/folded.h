#ifndef MP_FOLDED_H
#define MP_FOLDED_H

/* folded: a line for each stack, as flamegraph.pl and speedscope read it:
   `main;work;read 4000000`, the root first, nanoseconds behind. */

#include "view/calldiff.h"

#include <stdio.h>

/* Fails with -ENOMEM.  Blocked stacks end in a frame `[blocked]`; those of
   several pages are several lines. */
int mp_write_folded(FILE *out, const struct mp_calls *c);

/* The same of two profiles, with two numbers in each line: nanoseconds before
   and after, as difffolded.pl writes them.  Fails with -ENOMEM. */
int mp_show_foldeddiff(FILE *out, const struct mp_calldiff *d,
		       const struct mp_view_style *style);

#endif
