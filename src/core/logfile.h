#ifndef MP_LOGFILE_H
#define MP_LOGFILE_H

/*
 * logfile: the file below a log: opening it, its header, its rotation.
 *
 * Nothing here waits.  Locks are flock(2), tried, and on descriptors of their
 * own, for a forked child shares the locks of those that it inherited.
 */

#include "core/sys.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* An open file, as it was when it was opened. */
struct mp_logfile {
	int fd;
	struct mp_sys_id id;
	bool regular; /* else a pipe, a terminal, a socket, ... */
	bool socket;
	bool named; /* a regular file that its name may stop to name */
};

/* Whether `path` names a descriptor, as /dev/stdout does, which is another
   file in each process, and which no rotation renames; see fd(4). */
bool mp_logfile_is_descriptor(const char *path);

/*
 * Open `path` for appending, and create it (mode 0640) where it is missing.
 * Never waits: a FIFO without a reader is opened to read, too, and keeps what
 * fits into it.  /dev/stdout and the like may be sockets; where they are files,
 * the host's offset is shared.  Fails as open(2), and with -EINVAL where the
 * path is a block device.
 */
int mp_logfile_open(const char *path, struct mp_logfile *ret);

/*
 * Write where the kernel may raise SIGPIPE (a pipe that nobody reads) or
 * SIGXFSZ (RLIMIT_FSIZE), which end a host that does not expect them.  Both
 * go to the thread that writes, so it can keep them off and take them back.
 */
ssize_t mp_logfile_write_guarded(int fd, const char *data, size_t len);

/*
 * Write the header into a file that is empty, so that of many processes
 * exactly one does it.  Returns 0 where the file has one then, or has lines
 * anyway; -EAGAIN where it can't be locked now, most likely because somebody
 * else is writing the header; -ESTALE where `path` is another file by now;
 * else what write(2) said.
 */
int mp_logfile_header(const struct mp_logfile *file, const char *path);

/*
 * Keep processes from rotating the log `fd`, which is open for writing, until
 * mp_logfile_let_go() or the end of the process: its name and those of what it
 * was rotated to stay.  -EAGAIN where somebody else holds it, or as fcntl(2).
 * An OFD lock far behind the file's end, which hinders nobody's lines; a log
 * that is held grows beyond its bound.
 */
int mp_logfile_hold(int fd);
void mp_logfile_let_go(int fd);

/*
 * Where `path` is still `file` and has `max_size` bytes or more, rename it to
 * `path`.1, that to .2, and so on up to `keep`.  Returns 1 where it was done, 0
 * where somebody else has done it, -EAGAIN where somebody else holds it or its
 * lock, or what rename(2) said.  The caller then opens `path` anew.
 */
int mp_logfile_rotate(const struct mp_logfile *file, const char *path,
		      uint64_t max_size, uint64_t keep);

#endif
