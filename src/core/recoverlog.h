#ifndef MP_RECOVERLOG_H
#define MP_RECOVERLOG_H

/*
 * recoverlog: the log of a process that was killed: which lines came into it,
 * and those that did not, appended.
 *
 * A kill may tear the last line (write(2) ends between two pages); whoever
 * wrote next, before we came, wrote right behind the fragment, and its line is
 * swallowed: no reader takes it for a record.  Such lines are found and
 * repeated, too, where the log has format 1, in which they can be told.
 *
 * Of several recoverers one at a time works on a log: it holds it (logfile.h).
 * Held, it is not rotated by its processes either: while names are shifted, a
 * folder that is read may lack a file under its old name and its new one, and
 * what was found missing in it would be repeated.
 */

#include "core/lineset.h"
#include "core/logfile.h"
#include "core/recorder_layout.h"

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>

/* The owner of a line that was swallowed; all others are slots. */
#define MP_RECOVERLOG_SWALLOWED UINT32_MAX

struct mp_recoverlog {
	struct mp_logfile file;
	char path[PATH_MAX]; /* symbolic links resolved */
	bool is_format_1;
};

/* Where to begin to look. */
struct mp_recoverlog_search {
	const struct mp_recorder_mark *marks; /* of the first lines */
	size_t count;
	int64_t since_us; /* no line was written before */
};

/*
 * Open and lock the log `path`, which is created where it is missing; waits
 * for others that recover into it, `patience_ns` at most.  Fails with -EAGAIN
 * where these take longer, -EMEDIUMTYPE where the log is no regular file and
 * so can't be read back, and as open(2).
 */
int mp_recoverlog_open(const char *path, bool is_format_1, int64_t patience_ns,
		       struct mp_recoverlog *ret);
void mp_recoverlog_close(struct mp_recoverlog *l);

/* Where its end is now. */
int mp_recoverlog_mark(const struct mp_recoverlog *l,
		       struct mp_recorder_mark *ret);

/*
 * Look for `lines` in the log, from their marks on, and in what it was rotated
 * to.  What is found is marked as found; what was swallowed is added.  Stores in
 * `*ret_unsure` how many were not found while the file of their mark is gone:
 * they may have been there.
 */
int mp_recoverlog_find(const struct mp_recoverlog *l,
		       const struct mp_recoverlog_search *search,
		       struct mp_lineset *lines, uint64_t *ret_unsure);

/* Lines to append by one write, and room before them. */
#define MP_RECOVERLOG_BATCH 65536
#define MP_RECOVERLOG_ROOM  8

struct mp_recoverlog_batch {
	size_t len; /* of the lines */
	char room[MP_RECOVERLOG_ROOM];
	char lines[MP_RECOVERLOG_BATCH];
};

/*
 * Append a batch, which is not empty.  Where the log ends in a fragment, that
 * is cut off first; `wanted` tells the fragments that nobody will complete.
 * Fails as write(2), and with -ENOSPC where the lines came in only in part.
 */
int mp_recoverlog_append(const struct mp_recoverlog *l,
			 const struct mp_lineset *wanted,
			 struct mp_recoverlog_batch *batch);

#endif
