#include "core/logfile.h"

#include "core/record.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

/* Behind every line that a log will ever have: no other lock is there. */
#define HOLD_AT (INT64_MAX - 1)

#define FLAGS (O_APPEND | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)

bool mp_logfile_is_descriptor(const char *path)
{
	return !strncmp(path, "/dev/std", 8) || !strncmp(path, "/dev/fd/", 8) ||
	       !strncmp(path, "/proc/", 6);
}

/* The descriptor that /dev/stdout, /dev/stderr or /dev/fd/N names. */
static int named_descriptor(const char *path)
{
	if (!strcmp(path, "/dev/stdout"))
		return STDOUT_FILENO;
	if (!strcmp(path, "/dev/stderr"))
		return STDERR_FILENO;
	if (!strncmp(path, "/dev/fd/", 8) && path[8] >= '0' && path[8] <= '9')
		return atoi(path + 8);
	return -EINVAL;
}

/* A file that the host writes to under its own descriptor: with an offset of
   our own, each would write over the other's lines. */
static bool is_hosts_file(int fd)
{
	struct stat st;

	return fd >= 0 && !fstat(fd, &st) && S_ISREG(st.st_mode) &&
	       (fcntl(fd, F_GETFL) & O_ACCMODE) != O_RDONLY;
}

static int duplicate(int fd)
{
	int ret = fcntl(fd, F_DUPFD_CLOEXEC, 0);

	return ret < 0 ? -errno : ret;
}

static int open_any(const char *path)
{
	int hosts = named_descriptor(path), fd, err;

	if (is_hosts_file(hosts))
		return duplicate(hosts);
	fd = open(path, O_WRONLY | O_CREAT | FLAGS, 0640);
	err = errno;
	/* A FIFO without a reader, or a socket that has a name. */
	if (fd < 0 && err == ENXIO)
		fd = open(path, O_RDWR | FLAGS);
	/* Sockets can't be opened, only inherited: a supervisor's stdout. */
	if (fd < 0 && err == ENXIO && hosts >= 0)
		return duplicate(hosts);
	return fd < 0 ? -err : fd;
}

int mp_logfile_open(const char *path, struct mp_logfile *ret)
{
	struct stat st;
	int fd = open_any(path);
	int err;

	if (fd < 0)
		return fd;
	if (fstat(fd, &st)) {
		err = -errno;
		goto close_file;
	}
	if (S_ISBLK(st.st_mode)) {
		err = -EINVAL;
		goto close_file;
	}
	*ret = (struct mp_logfile){
		.fd = mp_sys_move_up(fd),
		.id = { st.st_dev, st.st_ino },
		.regular = S_ISREG(st.st_mode),
		.socket = S_ISSOCK(st.st_mode),
		.named = S_ISREG(st.st_mode) && !mp_logfile_is_descriptor(path),
	};
	return 0;

close_file:
	close(fd);
	return err;
}

static int set_hold(int fd, short type)
{
	struct flock where = {
		.l_type = type,
		.l_whence = SEEK_SET,
		.l_start = HOLD_AT,
		.l_len = 1,
	};

	if (!fcntl(fd, F_OFD_SETLK, &where))
		return 0;
	return errno == EACCES ? -EAGAIN : -errno;
}

int mp_logfile_hold(int fd)
{
	return set_hold(fd, F_WRLCK);
}

void mp_logfile_let_go(int fd)
{
	set_hold(fd, F_UNLCK);
}

/*
 * Lock the file that `path` names, if that is `file`.  Returns a descriptor
 * that holds the lock until it is closed.
 */
static int lock(const struct mp_logfile *file, const char *path)
{
	int fd = open(path, O_WRONLY | FLAGS);
	int err;

	if (fd < 0)
		return -errno;
	if (!mp_sys_is(fd, file->id)) {
		err = -ESTALE;
		goto close_file;
	}
	if (flock(fd, LOCK_EX | LOCK_NB)) {
		err = errno == EWOULDBLOCK ? -EAGAIN : -errno;
		goto close_file;
	}
	return fd;

close_file:
	close(fd);
	return err;
}

static void unlock(int fd)
{
	/* A child forked meanwhile has the descriptor, too. */
	flock(fd, LOCK_UN);
	close(fd);
}

ssize_t mp_logfile_write_guarded(int fd, const char *data, size_t len)
{
	const struct timespec at_once = { 0, 0 };
	sigset_t ours, before, pending, raised;
	ssize_t n;

	sigemptyset(&ours);
	sigaddset(&ours, SIGPIPE);
	sigaddset(&ours, SIGXFSZ);
	sigemptyset(&raised);
	sigpending(&pending);
	pthread_sigmask(SIG_BLOCK, &ours, &before);

	n = mp_sys_write(fd, data, len);
	if (n == -EPIPE && !sigismember(&pending, SIGPIPE))
		sigaddset(&raised, SIGPIPE);
	if (n == -EFBIG && !sigismember(&pending, SIGXFSZ))
		sigaddset(&raised, SIGXFSZ);
	if (n == -EPIPE || n == -EFBIG)
		sigtimedwait(&raised, NULL, &at_once);

	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return n;
}

static int write_header(const struct mp_logfile *file)
{
	struct stat st;
	ssize_t n;

	if (file->socket)
		n = mp_sys_send(file->fd, mp_record_header,
				mp_record_header_len);
	else
		n = mp_logfile_write_guarded(file->fd, mp_record_header,
					     mp_record_header_len);
	if (n == (ssize_t)mp_record_header_len)
		return 0;
	/* Nobody writes to a file that is as empty as it looked to all. */
	if (n > 0 && file->regular && !fstat(file->fd, &st) &&
	    st.st_size == n && ftruncate(file->fd, 0))
		return -errno;
	return n < 0 ? (int)n : -ENOSPC;
}

int mp_logfile_header(const struct mp_logfile *file, const char *path)
{
	struct stat st;
	int fd, err;

	if (!file->regular)
		return write_header(file);
	if (fstat(file->fd, &st))
		return -errno;
	if (st.st_size > 0)
		return 0;

	fd = lock(file, path);
	if (fd == -ESTALE || fd == -ENOENT)
		return -ESTALE;
	if (fd < 0)
		return -EAGAIN;
	if (fstat(fd, &st))
		err = -errno;
	else
		err = st.st_size > 0 ? 0 : write_header(file);
	unlock(fd);
	return err;
}

static int rename_all(const char *path, uint64_t keep)
{
	char from[PATH_MAX + 24], to[PATH_MAX + 24];

	for (uint64_t i = keep; i > 0; i--) {
		snprintf(to, sizeof(to), "%s.%ju", path, (uintmax_t)i);
		if (i == 1)
			snprintf(from, sizeof(from), "%s", path);
		else
			snprintf(from, sizeof(from), "%s.%ju", path,
				 (uintmax_t)(i - 1));
		/* Not all of them need be there yet, but the log is. */
		if (rename(from, to) && (i == 1 || errno != ENOENT))
			return -errno;
	}
	return 1;
}

int mp_logfile_rotate(const struct mp_logfile *file, const char *path,
		      uint64_t max_size, uint64_t keep)
{
	char real[PATH_MAX];
	struct stat st;
	int fd, held, ret;

	/* Where the name is a link, the file that it names is rotated. */
	if (!realpath(path, real))
		return errno == ENOENT ? 0 : -errno;
	fd = lock(file, real);
	if (fd == -ESTALE || fd == -ENOENT)
		return 0;
	if (fd < 0)
		return fd;
	/* Where a file system has no such locks, nobody else holds it either. */
	held = mp_logfile_hold(fd);
	if (held == -EAGAIN)
		ret = -EAGAIN;
	/* Who had the lock before us may have renamed it since we opened it. */
	else if (stat(real, &st))
		ret = errno == ENOENT ? 0 : -errno;
	else if (st.st_dev != file->id.dev || st.st_ino != file->id.ino ||
		 (uint64_t)st.st_size < max_size)
		ret = 0;
	else
		ret = rename_all(real, keep);
	if (!held)
		mp_logfile_let_go(fd);
	unlock(fd);
	return ret;
}
