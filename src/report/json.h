#ifndef MP_JSON_H
#define MP_JSON_H

/*
 * json: a record as one line of JSON (RFC 8259), both ways.
 *
 * An object with the columns as keys, in their order; numbers are numbers, and
 * null where they are not known.
 */

#include "report/fields.h"

/* Write `t`, which has no control character, as a string to `p`, which has room
   for 2 * t.len + 2 bytes, and return where it ends. */
char *mp_json_put_string(char *p, struct mp_text t);

/* Write `f`, with a newline, to `line`, which has room for MP_FORMS_MAX bytes,
   and return its length. */
size_t mp_json_write(const struct mp_fields *f, char *line);

/*
 * Read an object: its keys in any order and each at most once, its numbers as
 * any program may write them (`4e-06`), or as strings.  Fails with -EINVAL.
 */
int mp_json_read(const char *line, size_t len, struct mp_fields *ret,
		 struct mp_record_fault *ret_fault);

#endif
