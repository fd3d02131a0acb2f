#ifndef MP_GZIP_H
#define MP_GZIP_H

/* gzip: bytes, compressed, into a file. */

#include "view/bytes.h"

/* Write `b` to `out`, and release it.  Equal bytes give equal files.  Returns
   the error that stuck, -ENOMEM, -EFBIG from 4 GiB on, or -EIO where `out` has
   an error. */
int mp_gzip_finish(struct mp_bytes *b, FILE *out);

#endif
