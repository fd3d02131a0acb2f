#ifndef MP_WEBTABLES_H
#define MP_WEBTABLES_H

/* webtables: functions and notes as tables of HTML. */

#include "view/calls.h"

#include <stdio.h>

/* A browser is slow with more rows. */
#define MP_WEBTABLES_ROWS 1000

/* Both fail with -ENOMEM. */
int mp_webtables_put_functions(FILE *out, const struct mp_calls *c);

/* Nothing where there are no notes. */
int mp_webtables_put_notes(FILE *out, const struct mp_calls *c);

#endif
