#ifndef MP_WEBTABLES_H
#define MP_WEBTABLES_H

/* webtables: functions and notes as tables of HTML. */

#include "view/calldiff.h"

#include <stdio.h>

/* A browser is slow with more rows. */
#define MP_WEBTABLES_ROWS 1000

/* All fail with -ENOMEM. */
int mp_webtables_put_functions(FILE *out, const struct mp_calls *c);

/* Of two profiles: what changed most by itself comes first. */
int mp_webtables_put_changes(FILE *out, const struct mp_calldiff *d);

/* Nothing where there are no notes. */
int mp_webtables_put_notes(FILE *out, const struct mp_calls *c);

#endif
