#ifndef MP_PROFILEDIR_H
#define MP_PROFILEDIR_H

/*
 * profiledir: the folder of profiles: their names, and how many there may be.
 *
 * What goes are the oldest files by their names: only regular files of our user
 * with a name as profiles have it, and temporary ones that a killed process
 * left.  What was made of a profile in other formats goes with it, and counts
 * by its bytes.
 */

#include "profile/bounds.h"
#include "profile/rawfile.h"

#include <limits.h>
#include <stdint.h>

struct mp_profiledir {
	char path[PATH_MAX];
	struct mp_bounds bounds;
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
 * -EEXIST where a hundred names are taken, as mp_rawfile_put(), as open(2) and
 * rename(2), and as mp_bounds_count().
 */
int mp_profiledir_write(struct mp_profiledir *d, const struct mp_rawfile *what,
			char *ret_path);

/* Count a file of `bytes` in another format, which is in the folder by now, and
   remove what is too much.  As mp_bounds_count(); a cancellation point. */
int mp_profiledir_count_output(struct mp_profiledir *d, uint64_t bytes);

#endif
