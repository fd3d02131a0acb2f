#ifndef MP_PARSE_H
#define MP_PARSE_H

/*
 * parse: what each line of a block is.
 *
 * What is no line of a log is told with its number, never guessed at:
 *
 * - A line without a newline at the end of the input is torn, however whole it
 *   looks: a number may have lost digits.
 * - A line that the next one begins with, whole, is torn as well: a writer that
 *   was cut short begins anew on the next line.  Without this rule a tear
 *   inside the last column would be counted twice.
 * - A line as long as no record can be is one fault, whatever its length.
 * - A header of other columns than format 1's is a fault, and so is each line
 *   below it, up to a header of format 1: numbers would be taken for others.
 */

#include "core/record.h"
#include "report/block.h"
#include "report/quick.h"

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

/* Zeroed at first; then block after block. */
struct mp_parse {
	struct mp_quick quick;
	const char *text;	  /* of the next line */
	const char *end, *behind; /* as in `struct mp_block` */
	uint64_t number;	  /* of the line before */
	uint64_t header;	  /* of the last header, of any columns; or 0 */
	bool refusing;		  /* below a header of other columns */
};

/* What is expected of a line below such a header. */
extern const char mp_parse_refused[];

/* Go on with a block. */
void mp_parse_begin(struct mp_parse *l, const struct mp_block *b);

/* Read the next line; false where the block has no more. */
bool mp_parse_next(struct mp_parse *l, struct mp_line *ret);

#endif
