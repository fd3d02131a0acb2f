#ifndef MP_LOGFMT_H
#define MP_LOGFMT_H

/*
 * logfmt: a record as `name=value` between blanks, both ways.
 *
 * A value is quoted where it holds a quote or an equals sign.  A number that
 * is not known is left out.
 */

#include "report/fields.h"

/* Write `f`, with a newline, to `line`, which has room for MP_FORMS_MAX bytes,
   and return its length. */
size_t mp_logfmt_write(const struct mp_fields *f, char *line);

/* Read a line; its names in any order, each at most once.  Fails with
   -EINVAL. */
int mp_logfmt_read(const char *line, size_t len, struct mp_fields *ret,
		   struct mp_record_fault *ret_fault);

#endif
