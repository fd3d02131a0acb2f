#ifndef MP_VIEWFORMATS_H
#define MP_VIEWFORMATS_H

/* viewformats: the formats of `memprof view`, by name. */

#include "view/calldiff.h"
#include "view/calls.h"
#include "view/group.h"
#include "view/style.h"

#include <stdio.h>

/* `write` or `show` is set; they fail with a negative errno value.  What
   `out` does not take is found out later. */
struct mp_view_format {
	const char *name;
	enum mp_group_by by; /* unless the user says otherwise */
	int (*write)(FILE *out, const struct mp_calls *c);
	int (*show)(FILE *out, const struct mp_calls *c,
		    const struct mp_view_style *style);
	int (*diff)(FILE *out, const struct mp_calldiff *d,
		    const struct mp_view_style *style); /* null: can't */
	bool binary;					/* not for a terminal */
};

/* Null where there is none of that name. */
const struct mp_view_format *mp_view_format_find(const char *name);

#endif
