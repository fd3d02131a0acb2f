#ifndef MP_GROUP_H
#define MP_GROUP_H

/* group: a profile with fewer things told apart. */

#include "view/calls.h"

enum mp_group_by {
	MP_GROUP_FUNCTION, /* no lines, no addresses */
	MP_GROUP_LINE,	   /* no addresses */
	MP_GROUP_OBJECT,   /* functions are files; one that calls itself is
			      one place */
	MP_GROUPS,
};

/* What they are called on a command line: `function`, ... */
extern const char *const mp_group_names[MP_GROUPS];

/* Make `ret` of `c`, which must not be the same.  Where functions are not told
   apart by where they are inlined, a place is inlined if all its equals are.
   Fails with -ENOMEM; mp_calls_release() ends `ret` in any case. */
int mp_calls_group(const struct mp_calls *c, enum mp_group_by by,
		   struct mp_calls *ret);

#endif
