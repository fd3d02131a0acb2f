#ifndef MP_CALLTREE_H
#define MP_CALLTREE_H

/*
 * calltree: the format `tree`: who called whom, the costliest first, to be
 * read.
 *
 * Calls that lead nowhere but to the next one stand in one line.  What took
 * less than a percent is summed up.  Notes are listed below.
 */

#include "view/calls.h"
#include "view/style.h"

#include <stdio.h>

/* Fails with -ENOMEM. */
int mp_show_calltree(FILE *out, const struct mp_calls *c,
		     const struct mp_view_style *style);

#endif
