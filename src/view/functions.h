#ifndef MP_FUNCTIONS_H
#define MP_FUNCTIONS_H

/* functions: the format `top`: a list of functions, the costliest first. */

#include "view/calls.h"
#include "view/style.h"

#include <stdio.h>

#define MP_FUNCTIONS_COUNT 40 /* rows, where the style says nothing */

/* Fails with -ENOMEM. */
int mp_show_functions(FILE *out, const struct mp_calls *c,
		      const struct mp_view_style *style);

#endif
