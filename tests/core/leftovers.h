#ifndef MP_LEFTOVERS_H
#define MP_LEFTOVERS_H

/* What tests leave in /dev/shm whose processes end without a close. */

#include "core/recorder.h"

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

/* Whether a recorder's log is below `dir`, or was a standard stream of a
   process that is gone. */
static inline bool is_leftover(int shm, const char *name, const char *dir)
{
	static struct mp_recorder r;
	int fd = openat(shm, name, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : pread(fd, &r, sizeof(r), 0);

	if (fd >= 0)
		close(fd);
	if (n != sizeof(r))
		return false;
	return !strncmp(r.log, dir, strlen(dir)) ||
	       (!strncmp(r.log, "/dev/", 5) && kill(r.pid, 0));
}

/* Remove the recorders of logs below `dir`, the last test being over. */
static inline void clear_recorders(const char *dir)
{
	DIR *shm = opendir("/dev/shm");
	struct dirent *e;

	while (shm && (e = readdir(shm)))
		if (!strncmp(e->d_name, MP_RECORDER_PREFIX,
			     strlen(MP_RECORDER_PREFIX)) &&
		    is_leftover(dirfd(shm), e->d_name, dir))
			unlinkat(dirfd(shm), e->d_name, 0);
	if (shm)
		closedir(shm);
}

#endif
