#ifndef MP_WEBPAGE_H
#define MP_WEBPAGE_H

/*
 * webpage: a profile as one page of HTML, which needs nothing beside it.
 *
 * It loads nothing, and allows only its own styles and scripts, by their
 * hashes.  Without its scripts it has a flame graph, the functions and the
 * notes; with them, the calls can be seen in three ways, zoomed and searched.
 */

#include "view/calldiff.h"

#include <stdio.h>

/* Fails with -ENOMEM. */
int mp_write_html(FILE *out, const struct mp_calls *c);

/* The same of two profiles: the calls as diffdraw.h says, and the functions.
   Fails with -ENOMEM. */
int mp_show_htmldiff(FILE *out, const struct mp_calldiff *d,
		     const struct mp_view_style *style);

#endif
