#ifndef MP_PPROF_H
#define MP_PPROF_H

/*
 * pprof: a profile as gzip'd protocol buffers, for `go tool pprof` and all that
 * read what it reads.
 *
 * Values are samples, and nanoseconds of `cpu` or `wall`.  A location is what
 * one call has, with what was inlined there as further lines.  Samples have the
 * label `page`; `oops` where it is known; and `kind` in a profile of wall time.
 */

#include "view/calls.h"

#include <stdio.h>

/* Fails with -ENOMEM, with -EFBIG from 4 GiB on, or with -EIO where `out` has an
   error. */
int mp_write_pprof(FILE *out, const struct mp_calls *c);

#endif
