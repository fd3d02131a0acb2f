#ifndef MP_MD5_H
#define MP_MD5_H

/* md5: the digest of RFC 1321, piece by piece.  For names, not for secrets. */

#include <stddef.h>
#include <stdint.h>

#define MP_MD5_HEX 32 /* bytes of a digest in hexadecimal digits */

struct mp_md5 {
	uint32_t state[4];
	uint64_t len;	   /* bytes so far */
	uint8_t block[64]; /* of which `len % 64` wait for the rest */
};

void mp_md5_init(struct mp_md5 *md5);
void mp_md5_add(struct mp_md5 *md5, const void *data, size_t len);

/* Write the digest, in lower case, to `hex`, which has room for MP_MD5_HEX
   bytes.  Nothing is terminated, and nothing may be added any more. */
void mp_md5_finish(struct mp_md5 *md5, char *hex);

#endif
