#ifndef MP_OOPSDIR_H
#define MP_OOPSDIR_H

/*
 * oopsdir: the folder of reports, a folder a day, and how many there may be.
 *
 * Others write their reports there, too.  What goes are the oldest by the time
 * they were written, and only regular files of our user, with a name as ours
 * have it, that begin as ours do; and the folder of a day that is empty then.
 * No symbolic link is followed below the folder.
 */

#include "profile/bounds.h"
#include "profile/oopsfile.h"

/*
 * Write a report as mp_oopsfile_write() does, and then remove what is too much
 * by `bounds`, which are of the folder `oops_dir` alone.  Any thread may call
 * it, and none waits for another.  No cancellation point; errno is kept.
 *
 * Fails as mp_oopsfile_write(), and as open(2) and mmap(2) where the folder can't
 * be read, and so not be bounded.
 */
int mp_oopsdir_write(struct mp_bounds *bounds, const struct mp_oopsfile *what,
		     const char *oops_dir, const char *id, const char *profile);

#endif
