#ifndef MP_BLOCK_H
#define MP_BLOCK_H

/*
 * block: a log in pieces of whole lines, so that each piece can be read alone.
 *
 * The last line of what is there goes into the next block, and can be looked at
 * in this one: a line is judged by the line behind it.  Of a line as long as no
 * record can be only MP_RECORD_MAX bytes are kept, or more: it stays too long,
 * and memory is bounded.
 */

#include "core/record.h"
#include "report/source.h"

#include <stdbool.h>

#define MP_BLOCK_MIN 8192 /* bytes of the smallest block */

/* Invariant: begin <= end <= behind <= size. */
struct mp_block {
	char *data; /* of `size` bytes, and MP_QUICK_BEHIND that don't matter */
	size_t size;
	size_t end;    /* the lines of this block are data[0] to data[end - 1];
			  the last has no newline where the log has none */
	size_t behind; /* the next line ends here */
	bool last;     /* no block follows */
	int err;       /* of the last: 0, or what ended the log */
};

/* Allocate a block of `size` bytes, at least MP_BLOCK_MIN. */
int mp_block_init(struct mp_block *b, size_t size);
void mp_block_release(struct mp_block *b);

/* Make it the last block of a log of which nothing more can be read. */
void mp_block_fail(struct mp_block *b, int err);

/* Cuts one log after another; zeroed at first. */
struct mp_cutter {
	bool skipping; /* inside of a line that is too long */
	size_t left;   /* bytes of `rest` */
	char rest[2 * (MP_RECORD_MAX + 1)];
};

/* Fill `ret`, which is initialized, with the next lines of `s`. */
void mp_cutter_fill(struct mp_cutter *c, struct mp_source *s,
		    struct mp_block *ret);

#endif
