#ifndef MP_FIELDS_H
#define MP_FIELDS_H

/*
 * fields: a record as twenty texts, each as format 1 spells it: what the other
 * forms of a log are made from and read into.
 *
 * Ids stay percent-encoded in every form: so a form goes back into format 1
 * byte by byte, and an id found in one is found in all.
 */

#include "core/record.h"

#define MP_FIELDS_TIMESTAMP 0
#define MP_FIELDS_DURATION  3 /* the column that has decimals */
#define MP_FIELDS_UNKNOWN   ((struct mp_text){ "\\N", 2 })

/* The texts point into `room`, or are constant. */
struct mp_fields {
	struct mp_text text[MP_RECORD_COLUMNS];
	size_t used; /* of `room` */
	char room[2 * MP_RECORD_MAX];
};

/* Whether a column is a text: a timestamp, an id or a host. */
bool mp_fields_is_text(unsigned column);

/* Whether a field says that its number is not known. */
bool mp_fields_is_unknown(struct mp_text text);

/* The column of that name, or MP_RECORD_COLUMNS. */
unsigned mp_fields_find(struct mp_text name);

/* Every field missing: a null text. */
void mp_fields_init(struct mp_fields *f);

/* Add a byte to the text that is being put at the end of `room`, or a fault
   to come where there is no room. */
void mp_fields_put(struct mp_fields *f, char c);

/* Spell `r`. */
void mp_fields_from(struct mp_fields *f, const struct mp_record *r);

/*
 * Read the fields as a record, whose texts point into `f`.  A missing number
 * is unknown, a missing oops id or host is `-`.  Returns 1; or 0 where they are
 * the names of the columns; or fails as mp_record_parse() does.
 */
int mp_fields_read(struct mp_fields *f, struct mp_record *ret,
		   struct mp_record_fault *ret_fault);

/* Set a fault in `column` and return -EINVAL. */
int mp_fields_fail(struct mp_record_fault *ret_fault, unsigned column,
		   const char *expected);

/* The same where it lies in no column. */
int mp_fields_fail_line(struct mp_record_fault *ret_fault,
			const char *expected);

#endif
