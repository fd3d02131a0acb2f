#ifndef MP_CALLGRIND_H
#define MP_CALLGRIND_H

/*
 * callgrind: a profile for callgrind_annotate and KCacheGrind, in their text
 * format, version 1.
 *
 * Events are `ns` and `samples`.  Each page is a function that called the roots
 * of its stacks, so that whatever was called has callers that add up to it.
 * Deeper levels of a recursion are functions of their own, `name'2` and so on
 * as callgrind's --separate-recs has them: a reader may add up what callers say
 * and count no time twice.  `calls=` are samples, or 1: a reader takes a 0 for
 * no call.
 */

#include "view/calls.h"

#include <stdio.h>

/* Fails with -ENOMEM, or -EIO where `out` has an error. */
int mp_write_callgrind(FILE *out, const struct mp_calls *c);

#endif
