#ifndef MP_BYTES_H
#define MP_BYTES_H

/*
 * bytes: a file in memory, until it is whole.
 *
 * The first error sticks, and what is put from then on is lost: whoever writes
 * it out at the end misses none.
 */

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/* All zero bytes are an empty one. */
struct mp_bytes {
	unsigned char *p;
	size_t len;
	size_t room;
	int err; /* 0 or -ENOMEM */
};

void mp_bytes_put(struct mp_bytes *b, const void *data, size_t len);
void mp_bytes_put_byte(struct mp_bytes *b, unsigned char byte);
__attribute__((format(printf, 2, 3))) void
mp_bytes_print(struct mp_bytes *b, const char *format, ...);

/* Put a name from anywhere as text that may be shown, on one line. */
void mp_bytes_put_plain(struct mp_bytes *b, const char *name);

/* Write all to `out`, and release it.  Returns the error that stuck, or
   -EIO where `out` has one. */
int mp_bytes_finish(struct mp_bytes *b, FILE *out);

void mp_bytes_release(struct mp_bytes *b);

#endif
