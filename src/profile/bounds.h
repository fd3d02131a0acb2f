#ifndef MP_BOUNDS_H
#define MP_BOUNDS_H

/*
 * bounds: how many files of ours a folder may hold, and which of them go.
 *
 * What is written is counted, and the folder is read only where it may hold too
 * much by now: at the first file, and then whenever a tenth of what it may hold
 * was written since, or it is full.  So of many processes, each may exceed a
 * bound by a tenth of it.
 *
 * What goes are the oldest files, about a tenth at once.  Which files count,
 * and how old they are, is the affair of who walks the folder.
 */

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>

struct mp_bounds {
	uint64_t max_files, max_bytes;
	_Atomic int64_t files_left, bytes_left; /* until it is read again */
	_Atomic int32_t reader; /* the process that reads it, or 0 */
};

/* A folder being read: once to see all, and again to remove what is too much. */
struct mp_bounds_reading;

/*
 * Ask mp_bounds_goes() of each file in the open folder `dir` that counts, and
 * remove it where that says so.  Called twice.
 */
typedef void mp_bounds_walk(int dir, struct mp_bounds_reading *reading);

/* Both are more than 0. */
void mp_bounds_init(struct mp_bounds *b, uint64_t max_files,
		    uint64_t max_bytes);

/*
 * Count what was written to the folder `path`, `files` of `bytes` together, and
 * then see to it that there are not too many.  Any thread may call it, and none
 * waits for another.  Fails as open(2) and mmap(2), where the folder can't be
 * read and so not be bounded.
 */
int mp_bounds_count(struct mp_bounds *b, const char *path, uint32_t files,
		    uint64_t bytes, mp_bounds_walk *walk);

/* Whether a file goes; `when` is greater the later it is. */
bool mp_bounds_goes(struct mp_bounds_reading *reading, uint64_t when,
		    uint64_t bytes);

/* The same of a file that goes with another one of the same `when`: it counts
   by its bytes alone, and is told to go only with all of that time. */
bool mp_bounds_follows(struct mp_bounds_reading *reading, uint64_t when,
		       uint64_t bytes);

/* ---- for who walks ---- */

/* Whether `name` is a regular file of our user: another's is not ours, whatever
   it is called. */
bool mp_bounds_is_ours(int dir, const char *name, struct stat *ret);

/* Remove what a killed process left under a temporary name.  Returns whether
   it is gone. */
bool mp_bounds_remove_stale(int dir, const char *name);

#endif
