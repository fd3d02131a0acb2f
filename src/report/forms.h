#ifndef MP_FORMS_H
#define MP_FORMS_H

/*
 * forms: every form that a record can be written in, and read from.
 *
 * A line tells its form by itself: format 1 has tabs, JSON begins with a
 * brace, logfmt has an equals sign before its first blank, Launchpad's forms
 * have blanks, CSV none of these.
 *
 * Launchpad's forms have local time.  It is read, and written, as the time
 * zone of the environment (tzset(3)) has it; an hour that a clock went through
 * twice is read as one of the two.
 */

#include "report/fields.h"

#define MP_FORMS_MAX 4096 /* bytes of the longest line, newline included */

enum mp_form {
	MP_FORM_MEMPROF,
	MP_FORM_LAUNCHPAD,
	MP_FORM_JSON,
	MP_FORM_CSV,
	MP_FORM_LOGFMT,
	MP_FORMS
};

/* The form called `name`, or MP_FORMS. */
enum mp_form mp_form_find(const char *name);

/* Write the first line of a file in `form`, if it has one, as below. */
size_t mp_form_header(enum mp_form form, char *line);

/*
 * Write `r`, as format 1 has it, to `line`, which has room for MP_FORMS_MAX
 * bytes, and return its length: 0 where the form has no such lines, as
 * Launchpad's has none of memprof's own.
 */
size_t mp_form_write(enum mp_form form, const struct mp_record *r, char *line);

/*
 * Read a line of any form, without its newline, as format 1 has it: in UTC,
 * with a host (`-` where the form has none).  The texts of `ret` point into
 * `line` and `room`.  Returns 1; or 0 for a line of column names; or -EINVAL.
 */
int mp_form_read(const char *line, size_t len, struct mp_fields *room,
		 struct mp_record *ret, struct mp_record_fault *ret_fault);

/*
 * Turn a record of one of Launchpad's forms into what format 1 has: in UTC,
 * with a host.  Its page id may then be in `room`, of MP_ESCAPE_MAX bytes.
 */
void mp_form_to_format_1(struct mp_record *r, char *room);

#endif
