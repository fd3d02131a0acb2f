#ifndef MP_READER_H
#define MP_READER_H

/*
 * reader: the lines of one log, one after another, plain or gzip'd.
 *
 * Memory is bounded whatever the input, and nothing is allocated for a line.
 */

#include "report/parse.h"

struct mp_reader;

/*
 * Open the log `path`, or stdin for `-`.  Fails as open(2) does, and with
 * -ENOMEM.
 */
int mp_reader_open(const char *path, struct mp_reader **ret);

/*
 * Read the next line into `*ret`.  Returns 1, or 0 at the end of the log, or a
 * negative errno value where the rest cannot be read: see mp_source_read().
 * All that could be read was returned before.
 */
int mp_reader_next(struct mp_reader *r, struct mp_line *ret);

/* Describe an error of this module.  The string is constant. */
const char *mp_reader_strerror(int err);

void mp_reader_close(struct mp_reader *r);

#endif
