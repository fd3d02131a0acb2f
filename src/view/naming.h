#ifndef MP_NAMING_H
#define MP_NAMING_H

/* naming: adds raw profiles to one mp_calls. */

#include "view/rawread.h"
#include "view/symbols.h"

/* Add all of `raw`, named by `s`, to the mp_calls of `s`; `first` where it is
   the first.  All must be of one clock.  Errors stick to the mp_calls. */
void mp_naming_add(struct mp_symbols *s, struct mp_calls *c,
		   const struct mp_raw *raw, bool first);

#endif
