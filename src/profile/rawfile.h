#ifndef MP_RAWFILE_H
#define MP_RAWFILE_H

/*
 * rawfile: a profile as the text of memprof-profile(5), written as it is made.
 *
 * Allocates nothing, and takes up to 12 KiB of stack.  Not for signal handlers.
 */

#include "core/record.h"
#include "profile/fold.h"
#include "profile/newfile.h"
#include "profile/notelist.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The requests of one page id; numbers may be MP_UNKNOWN. */
struct mp_rawfile_page {
	struct mp_text id; /* encoded, not empty */
	uint64_t requests;
	int64_t duration_ns;
	int64_t cpu_ns;
};

/*
 * What there is to say.  Nobody may be adding to the fold or the notes.
 *
 * Of `log` the ids, the host, the process and the thread are used, and the
 * memory where there is one request.  Pages are numbered as in the fold and the
 * notes; a file has at least one.
 */
struct mp_rawfile {
	bool wall; /* values of stacks are wall time, not CPU time */
	int64_t began_us;
	const struct mp_record *log;
	const char *mechanism; /* MP_FORMAT_CPU_TIMER, MP_FORMAT_PERF */
	int64_t interval_ns;
	int64_t tick_ns;
	const char *const *degraded; /* sentences, without tabs */
	size_t degraded_count;
	const struct mp_rawfile_page *pages;
	uint32_t page_count;
	const struct mp_fold *fold;
	const struct mp_notelist *notes; /* or null */
};

/*
 * Write it to `to`, at most `max_bytes` of it, and store their number.  What
 * the stacks of a page do not make up of its CPU time (of its duration, where
 * `wall` is set) is written as one more stack, unsampled; so the values of a
 * file add up to what its header says.  Where stacks have more than there is,
 * the rest is taken from the last ones, and the file says so.
 *
 * Fails with -EFBIG where it would be longer, -ENOMEM where there is no memory
 * to list the process's objects, and as write(2).
 */
int mp_rawfile_put(const struct mp_newfile *to, const struct mp_rawfile *what,
		   uint64_t max_bytes, uint64_t *ret_bytes);

/*
 * Write it as the file `path`, in the place of one that is there; whole, or not
 * at all.  No cancellation point; errno is kept.  Fails as mp_rawfile_put(),
 * open(2) and rename(2).
 */
int mp_rawfile_replace(const char *path, const struct mp_rawfile *what);

#endif
