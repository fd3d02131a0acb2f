#ifndef MP_RAWFIELDS_H
#define MP_RAWFIELDS_H

/* rawfields: the fields of a raw profile's line, one after the other. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What is left of a line. */
struct mp_rawfields {
	const char *p, *end; /* p is null when no field is left */
};

struct mp_rawfield {
	const char *p;
	size_t len;
};

/* Take the next field; false where there is none. */
bool mp_rawfields_next(struct mp_rawfields *f, struct mp_rawfield *ret);

bool mp_rawfield_is(struct mp_rawfield f, const char *word);

/* These are false where the field is anything else: digits, no sign, at most
   INT64_MAX; the same or `\N`, which is MP_UNKNOWN; the same with a sign, too;
   lower-case hexadecimal digits; `2026-11-21T01:02:03.123456Z`. */
bool mp_rawfield_count(struct mp_rawfield f, uint64_t *ret);
bool mp_rawfield_number(struct mp_rawfield f, int64_t *ret);
bool mp_rawfield_signed(struct mp_rawfield f, int64_t *ret);
bool mp_rawfield_hex(struct mp_rawfield f, uint64_t *ret);
bool mp_rawfield_moment(struct mp_rawfield f, int64_t *ret_us);

#endif
