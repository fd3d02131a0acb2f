#ifndef MP_READER_H
#define MP_READER_H

/*
 * reader: the lines of one log, one after another, plain or gzip'd.
 *
 * Memory is bounded whatever the input, and nothing is allocated for a line.
 * What is no line of a log is told with its number, never guessed at:
 *
 * - A line without a newline at the end of the input is torn, however whole it
 *   looks: a number may have lost digits.
 * - A line that the next one begins with, whole, is torn as well: a writer that
 *   was cut short begins anew on the next line.  Without this rule a tear
 *   inside the last column would be counted twice.
 * - A line as long as no record can be is skipped up to its newline.
 */

#include "core/record.h"

#include <stdint.h>

enum mp_line_kind {
	MP_LINE_RECORD,
	MP_LINE_HEADER,
	MP_LINE_EMPTY, /* left by a writer that mended a tear; holds no data */
	MP_LINE_FAULT,
};

struct mp_line {
	enum mp_line_kind kind;
	uint64_t number; /* in its file, from 1 */
	enum mp_record_form form;
	struct mp_record record; /* of a record; its texts hold until the next
				    line is read */
	struct mp_record_fault fault; /* of a fault */
};

struct mp_reader;

/*
 * Open the log `path`, or stdin for `-`.  Fails as open(2) does, and with
 * -ENOMEM.
 */
int mp_reader_open(const char *path, struct mp_reader **ret);

/*
 * Read the next line into `*ret`.  Returns 1, or 0 at the end of the log, or a
 * negative errno value where the rest cannot be read: -ENODATA where gzip'd
 * data ends too early, -EBADMSG where it is damaged, else as read(2).  All
 * that could be read was returned before.
 */
int mp_reader_next(struct mp_reader *r, struct mp_line *ret);

/* Describe an error of this module.  The string is constant. */
const char *mp_reader_strerror(int err);

void mp_reader_close(struct mp_reader *r);

#endif
