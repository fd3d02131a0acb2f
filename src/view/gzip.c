#include "view/gzip.h"

#include <errno.h>
#include <limits.h>
#include <zlib.h>

#define WINDOW_BITS 15
#define AS_GZIP	    16 /* added to them */
#define MEMORY	    8  /* zlib's own default */

static int compress_all(struct mp_bytes *b, FILE *out)
{
	unsigned char buffer[16384];
	z_stream z = { .next_in = b->p, .avail_in = (unsigned)b->len };
	int err = 0, done;

	if (b->len > UINT_MAX)
		return -EFBIG;
	if (deflateInit2(&z, Z_DEFAULT_COMPRESSION, Z_DEFLATED,
			 WINDOW_BITS + AS_GZIP, MEMORY,
			 Z_DEFAULT_STRATEGY) != Z_OK)
		return -ENOMEM;
	do {
		size_t len;

		z.next_out = buffer;
		z.avail_out = sizeof(buffer);
		done = deflate(&z, Z_FINISH);
		len = sizeof(buffer) - z.avail_out;
		if (len > 0 && fwrite(buffer, len, 1, out) < 1)
			err = -EIO;
	} while (!err && done != Z_STREAM_END);
	deflateEnd(&z);
	return err;
}

int mp_gzip_finish(struct mp_bytes *b, FILE *out)
{
	int err = b->err;

	if (!err)
		err = compress_all(b, out);
	mp_bytes_release(b);
	return err;
}
