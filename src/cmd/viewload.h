#ifndef MP_VIEWLOAD_H
#define MP_VIEWLOAD_H

/* viewload: the profiles that a command line names, added up and named. */

#include "view/calls.h"

/* Read the files `paths`, of which there are `count`, and say on stderr what is
   wrong with them, and what names are missing.  Fails with a negative errno
   value; mp_calls_release() ends `ret` in any case. */
int mp_viewload(char **paths, int count, struct mp_calls *ret);

#endif
