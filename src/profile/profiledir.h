#ifndef MP_PROFILEDIR_H
#define MP_PROFILEDIR_H

/*
 * profiledir: the folder of profiles: their names, and how many there may be.
 *
 * What is written is counted, and the folder is read only where it may hold too
 * much by now: at the first file, and then whenever a tenth of what it may hold
 * was written since, or it is full.  So of many processes, each may exceed a
 * bound by a tenth of it.
 *
 * What goes are the oldest files by their names, about a tenth at once; only
 * regular files of our user with a name as profiles have it, and temporary ones
 * that a killed process left.
 */

#include "profile/rawfile.h"

#include <limits.h>
#include <stdatomic.h>
#include <stdint.h>

struct mp_profiledir {
	char path[PATH_MAX];
	uint64_t max_files, max_bytes;
	_Atomic int64_t files_left, bytes_left; /* until it is read again */
	_Atomic int32_t reader; /* the process that reads it, or 0 */
};

/* `max_files` and `max_bytes` are more than 0.  Fails with -ENAMETOOLONG. */
int mp_profiledir_init(struct mp_profiledir *d, const char *path,
		       uint64_t max_files, uint64_t max_bytes);

/*
 * Write a profile as a file of its own, whole or not at all, and then remove
 * what is too much.  Stores the path in `ret_path`, which has room for PATH_MAX
 * bytes.  Any thread may call it, and none waits for another.  No cancellation
 * point; errno is kept.  Not for signal handlers.
 *
 * Fails with -EFBIG where it would have more than `max_bytes`, with
 * -EEXIST where a hundred names are taken, as mp_rawfile_put(), and as
 * open(2) and rename(2).
 */
int mp_profiledir_write(struct mp_profiledir *d, const struct mp_rawfile *what,
			char *ret_path);

#endif
