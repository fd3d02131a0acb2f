#ifndef MP_NEWFILE_H
#define MP_NEWFILE_H

/*
 * newfile: a file that gets its name when it is whole, or never.
 *
 * It is written under a temporary name in the same folder, which is removed
 * where anything fails; only a process that is killed leaves one behind.  Mode
 * 0600, whatever the umask.  No signal is raised where a limit is met; the
 * calls are cancellation points, so the caller puts cancellation off.
 */

#include <stddef.h>

/* Temporary names: this, the process, something random, and the suffix. */
#define MP_NEWFILE_PREFIX ".memprof-"
#define MP_NEWFILE_SUFFIX ".tmp"

#define MP_NEWFILE_NAME_MAX 256 /* bytes of a name, with its terminator */

struct mp_newfile {
	int dir, fd;
	char temporary[48];
};

/* Begin a file in the folder `dir`.  Fails as open(2). */
int mp_newfile_open(const char *dir, struct mp_newfile *ret);

/* The same in the open folder `dir`, which is closed with the file, or where
   this fails. */
int mp_newfile_open_in(int dir, struct mp_newfile *ret);

/* Write all of it; fails as write(2).  The file is still to be abandoned. */
int mp_newfile_write(const struct mp_newfile *f, const char *data, size_t len);

/*
 * End it as the file `stem` `suffix`, or where that name is taken, `stem`-2
 * `suffix` and so on: no other file is touched.  Stores the name in `ret_name`,
 * which has room for MP_NEWFILE_NAME_MAX bytes.  Where this fails nothing is
 * left: -EEXIST where all is taken up to `stem`-99, -ENAMETOOLONG, or as
 * rename(2).
 */
int mp_newfile_name(struct mp_newfile *f, const char *stem, const char *suffix,
		    char *ret_name);

/* End it as `name`, in the place of a file of that name.  Where this fails, as
   rename(2), nothing is left. */
int mp_newfile_replace(struct mp_newfile *f, const char *name);

/* End it without a trace. */
void mp_newfile_abandon(struct mp_newfile *f);

#endif
