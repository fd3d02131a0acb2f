#ifndef MP_CSV_H
#define MP_CSV_H

/*
 * csv: a record as comma-separated values (RFC 4180), both ways.
 *
 * The columns are those of format 1, named by a first line; a field is empty
 * where its number is not known, and quoted where it holds a comma or a quote.
 */

#include "report/fields.h"

/* Write `t`, which has no end of a line in it, as a field to `p`, which has room
   for 2 * t.len + 2 bytes, and return where it ends. */
char *mp_csv_put_string(char *p, struct mp_text t);

/* Write `f`, with a newline, to `line`, which has room for MP_FORMS_MAX bytes,
   and return its length. */
size_t mp_csv_write(const struct mp_fields *f, char *line);

/* The same with the names of the columns. */
size_t mp_csv_write_header(char *line);

/* Read a line, with or without a carriage return.  Fails with -EINVAL. */
int mp_csv_read(const char *line, size_t len, struct mp_fields *ret,
		struct mp_record_fault *ret_fault);

#endif
