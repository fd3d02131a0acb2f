#include "core/recoverlog.h"

#include "core/clock.h"
#include "core/record.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define MOMENT_NS (MP_NS_PER_S / 100)

/* As in log.c: cut in its last column, a fragment would read as a line. */
#define CUT_OFF	    "\t\n"
#define CUT_OFF_LEN 2
static_assert(CUT_OFF_LEN <= MP_RECOVERLOG_ROOM, "it fits before a batch");

static void wait_a_moment(void)
{
	nanosleep(&(struct timespec){ 0, MOMENT_NS }, NULL);
}

/* ---- opening ---- */

static int hold(int fd, int64_t patience_ns)
{
	int64_t until = mp_clock_mono_ns() + patience_ns;
	int err;

	while ((err = mp_logfile_hold(fd)) == -EAGAIN &&
	       mp_clock_mono_ns() < until)
		wait_a_moment();
	return err;
}

static void let_go(int fd)
{
	mp_logfile_let_go(fd);
	close(fd);
}

static bool is_named(const char *path, const struct stat *file)
{
	struct stat st;

	return !stat(path, &st) && st.st_dev == file->st_dev &&
	       st.st_ino == file->st_ino;
}

/* Open the file that is named `path` once we hold it. */
static int open_held(const char *path, int64_t patience_ns, struct stat *ret)
{
	int fd, err;

	for (int i = 0; i < 8; i++) {
		/* Some devices do things when they are opened. */
		if (!stat(path, ret) && !S_ISREG(ret->st_mode))
			return -EMEDIUMTYPE;
		fd = open(path,
			  O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC | O_NONBLOCK |
				  O_NOCTTY,
			  0640);
		if (fd < 0)
			return -errno;
		fd = mp_sys_move_up(fd);
		err = fstat(fd, ret) ? -errno : 0;
		if (!err && !S_ISREG(ret->st_mode))
			err = -EMEDIUMTYPE;
		if (!err)
			err = hold(fd, patience_ns);
		if (err) {
			close(fd);
			return err;
		}
		if (is_named(path, ret))
			return fd;
		let_go(fd);
	}
	return -ESTALE;
}

int mp_recoverlog_open(const char *path, bool is_format_1, int64_t patience_ns,
		       struct mp_recoverlog *ret)
{
	struct stat st;
	int fd;

	/* Such a name is another file in each process. */
	if (mp_logfile_is_descriptor(path))
		return -EMEDIUMTYPE;
	fd = open_held(path, patience_ns, &st);
	if (fd < 0)
		return fd;
	if (!realpath(path, ret->path)) {
		int err = -errno;

		let_go(fd);
		return err;
	}
	ret->is_format_1 = is_format_1;
	ret->file = (struct mp_logfile){
		.fd = fd,
		.id = { st.st_dev, st.st_ino },
		.regular = true,
		.named = true,
	};
	return 0;
}

void mp_recoverlog_close(struct mp_recoverlog *l)
{
	let_go(l->file.fd);
}

int mp_recoverlog_mark(const struct mp_recoverlog *l,
		       struct mp_recorder_mark *ret)
{
	struct stat st;

	if (fstat(l->file.fd, &st))
		return -errno;
	*ret = (struct mp_recorder_mark){ st.st_dev, st.st_ino,
					  (uint64_t)st.st_size };
	return 0;
}

/* ---- appending ---- */

/* What is behind the last newline, up to `size`, where it ends the file.  A
   fragment that does not fit is as good as any. */
static size_t read_fragment(int fd, uint64_t size, char ret[MP_RECORD_MAX])
{
	uint64_t from = size > MP_RECORD_MAX ? size - MP_RECORD_MAX : 0;
	ssize_t n = mp_sys_pread(fd, ret, (size_t)(size - from), (off_t)from);
	const char *newline;

	if (n <= 0)
		return 0;
	newline = memrchr(ret, '\n', (size_t)n);
	if (!newline)
		return (size_t)n;
	n -= newline + 1 - ret;
	memmove(ret, newline + 1, (size_t)n);
	return (size_t)n;
}

/*
 * Whether the log ends in a fragment that will stay one.  A line of a process
 * that is alive may just be on its way: then the file grows in a moment.
 */
static bool ends_in_fragment(int fd, const struct mp_lineset *lines)
{
	char text[MP_RECORD_MAX];
	struct stat st;
	off_t size = -1;

	for (int i = 0; i < 3; i++) {
		size_t len;

		if (fstat(fd, &st))
			return false;
		len = read_fragment(fd, (uint64_t)st.st_size, text);
		if (len == 0)
			return false;
		if (mp_lineset_has_beginning(lines, text, len) ||
		    st.st_size == size)
			return true;
		size = st.st_size;
		wait_a_moment();
	}
	return true;
}

static int see_to_header(const struct mp_recoverlog *l)
{
	int err = 0;

	for (int i = 0; l->is_format_1 && i < 10; i++) {
		err = mp_logfile_header(&l->file, l->path);
		if (err != -EAGAIN)
			break;
		wait_a_moment();
	}
	/* Somebody else has the lock, or the name is another file's by now: a
	   log without its header is read as well. */
	return err == -EAGAIN || err == -ESTALE ? 0 : err;
}

static ssize_t write_all(int fd, const char *text, size_t len)
{
	ssize_t n;

	do
		n = mp_logfile_write_guarded(fd, text, len);
	while (n == -EINTR);
	if (n >= 0 && n < (ssize_t)len)
		return -ENOSPC;
	return n;
}

/* Whether a fragment came in before what we wrote last, `len` bytes. */
static bool is_swallowed(int fd, size_t len)
{
	off_t start = lseek(fd, 0, SEEK_CUR) - (off_t)len;
	char before;

	return start > 0 && mp_sys_pread(fd, &before, 1, start - 1) == 1 &&
	       before != '\n';
}

int mp_recoverlog_append(const struct mp_recoverlog *l,
			 const struct mp_lineset *wanted,
			 struct mp_recoverlog_batch *batch)
{
	char *text = batch->lines;
	const char *newline = memchr(text, '\n', batch->len);
	int fd = l->file.fd;
	ssize_t n = see_to_header(l);

	if (n)
		return (int)n;
	if (ends_in_fragment(fd, wanted)) {
		text -= CUT_OFF_LEN;
		memcpy(text, CUT_OFF, CUT_OFF_LEN);
		n = write_all(fd, text, CUT_OFF_LEN + batch->len);
		return n < 0 ? (int)n : 0;
	}
	n = write_all(fd, text, batch->len);
	/* Somebody's disk was full in between. */
	for (int i = 0; n > 0 && is_swallowed(fd, (size_t)n) && i < 3; i++)
		n = write_all(fd, text, (size_t)(newline + 1 - text));
	return n < 0 ? (int)n : 0;
}
