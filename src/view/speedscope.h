#ifndef MP_SPEEDSCOPE_H
#define MP_SPEEDSCOPE_H

/*
 * speedscope: a profile as JSON of speedscope's own schema.
 *
 * Each page is a `sampled` profile in nanoseconds.  The order of its samples
 * says nothing: equal stacks are one.
 */

#include "view/calls.h"

#include <stdio.h>

/* Fails with -EIO where `out` has an error. */
int mp_write_speedscope(FILE *out, const struct mp_calls *c);

#endif
