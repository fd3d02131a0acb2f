#ifndef MP_RAWPARSE_H
#define MP_RAWPARSE_H

/*
 * rawparse: the next field of a raw profile's line, as what it should be.
 *
 * Where it is not, the fault is filled in, under the name that the caller gives
 * it, and -EINVAL returned.  Texts are copied to the profile's arena: -ENOMEM.
 */

#include "view/rawfields.h"
#include "view/rawread.h"

#include <stdbool.h>

/* Where the reader is. */
struct mp_rawparse {
	struct mp_raw *raw;
	struct mp_raw_fault *fault;
	struct mp_rawfields rest; /* of the line */
	uint64_t lines;		  /* that are read, this one included */
	uint64_t seen;		  /* bit i: header line i of rawhead.c */
	bool ended;
};

/* Tell a fault of this line.  Returns -EINVAL. */
int mp_rawparse_wrong(struct mp_rawparse *p, const char *name,
		      const char *expected);

/* Any field, but not an empty one. */
int mp_rawparse_field(struct mp_rawparse *p, const char *name,
		      struct mp_rawfield *ret);

/* Text, decoded where it is told; in the second, `-` is none, and empty. */
int mp_rawparse_text(struct mp_rawparse *p, const char *name, bool decode,
		     const char **ret);
int mp_rawparse_name(struct mp_rawparse *p, const char *name, bool decode,
		     const char **ret);

/* Numbers, as rawfields.h has them. */
int mp_rawparse_count(struct mp_rawparse *p, const char *name, uint64_t *ret);
int mp_rawparse_number(struct mp_rawparse *p, const char *name, int64_t *ret);
int mp_rawparse_signed(struct mp_rawparse *p, const char *name, int64_t *ret);
int mp_rawparse_hex(struct mp_rawparse *p, const char *name, uint64_t *ret);
int mp_rawparse_moment(struct mp_rawparse *p, const char *name,
		       int64_t *ret_us);

#endif
