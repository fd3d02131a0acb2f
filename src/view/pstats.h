#ifndef MP_PSTATS_H
#define MP_PSTATS_H

/*
 * pstats: a profile as Python's cProfile saves its own, for pstats.Stats and
 * all that read what it reads.
 *
 * A function is its file, or its object where that is not known, its first line
 * and its name.  Its calls are samples: the primitive ones count a sample once,
 * however often the function is on the stack.  Times are seconds.
 */

#include "view/calls.h"

#include <stdio.h>

/* Fails with -ENOMEM, or -EIO where `out` has an error. */
int mp_write_pstats(FILE *out, const struct mp_calls *c);

#endif
