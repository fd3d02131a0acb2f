#ifndef MP_LINES_H
#define MP_LINES_H

/*
 * lines: the lines of a text file, plain or gzip'd, whatever they hold.
 *
 * Memory is bounded whatever the input, and nothing is allocated for a line.
 */

#include "core/record.h"

#define MP_LINES_MAX 8192 /* bytes of the longest line that is returned */

enum mp_lines_state {
	MP_LINES_WHOLE,
	MP_LINES_TORN,	   /* the input ends before its newline */
	MP_LINES_REPEATED, /* the next line begins with it: a writer was cut
			      short and began anew */
	MP_LINES_OVERLONG, /* its text is not returned */
};

struct mp_lines_line {
	enum mp_lines_state state;
	uint64_t number;     /* from 1 */
	struct mp_text text; /* without its newline; holds until the next line
				is read */
};

struct mp_lines;

/* Open `path`, or stdin for `-`.  Fails as open(2) does, and with -ENOMEM. */
int mp_lines_open(const char *path, struct mp_lines **ret);

/*
 * Read the next line.  Returns 1, or 0 at the end, or what mp_source_strerror()
 * describes where the rest cannot be read.
 */
int mp_lines_next(struct mp_lines *l, struct mp_lines_line *ret);

void mp_lines_close(struct mp_lines *l);

#endif
