#include "report/follow.h"

#include "core/clock.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define BUFFER_SIZE (64 * 1024)

/* memprof's library looks once a second, where there is traffic. */
#define OLD_SECONDS 5

/* What is read and not yet returned is data[start] to data[end - 1]. */
struct stream {
	int fd; /* or -1 */
	bool regular;
	bool skipping; /* up to the next newline */
	bool over;
	size_t start, end;
	char data[BUFFER_SIZE];
};

struct mp_follow {
	const char *path; /* or null: stdin */
	struct stream *now;
	struct stream *old; /* the file before rotation; its fd may be -1 */
	int64_t old_until_ns;
};

/* ---- one file ---- */

static void start_stream(struct stream *s, int fd)
{
	struct stat st;

	s->fd = fd;
	s->regular = !fstat(fd, &st) && S_ISREG(st.st_mode);
	s->skipping = s->over = false;
	s->start = s->end = 0;
}

static void stop_stream(struct stream *s)
{
	if (s->fd >= 0)
		close(s->fd);
	s->fd = -1;
}

/* Read more.  Returns 1, or 0 where there is nothing for now, or an error. */
static int fill(struct stream *s)
{
	struct pollfd wait = { .fd = s->fd, .events = POLLIN };
	ssize_t n;

	if (!s->regular && poll(&wait, 1, 0) < 1)
		return 0;
	memmove(s->data, s->data + s->start, s->end - s->start);
	s->end -= s->start;
	s->start = 0;
	n = read(s->fd, s->data + s->end, BUFFER_SIZE - s->end);
	if (n < 0)
		return errno == EINTR || errno == EAGAIN ? 0 : -errno;
	s->over = n == 0 && !s->regular;
	s->end += (size_t)n;
	return n > 0;
}

static int next_line(struct stream *s, struct mp_text *ret)
{
	for (;;) {
		const char *text = s->data + s->start;
		size_t have = s->end - s->start;
		const char *newline = memchr(text, '\n', have);
		bool skipping = s->skipping;
		int n;

		if (newline || have == BUFFER_SIZE) {
			size_t len = newline ? (size_t)(newline - text) : have;

			s->start += newline ? len + 1 : len;
			s->skipping = !newline;
			if (skipping)
				continue;
			*ret = (struct mp_text){ text, len };
			return 1;
		}
		n = fill(s);
		if (n <= 0)
			return n;
	}
}

/* Whether the file is shorter than what was read of it. */
static bool was_truncated(const struct stream *s)
{
	off_t at = s->regular ? lseek(s->fd, 0, SEEK_CUR) : -1;
	struct stat st;

	return at >= 0 && !fstat(s->fd, &st) && st.st_size < at;
}

/* ---- the log ---- */

static int open_any(const char *path)
{
	int fd = path ? open(path, O_RDONLY | O_CLOEXEC)
		      : fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 0);

	return fd < 0 ? -errno : fd;
}

/* Never waits, as opening a FIFO would. */
static int open_regular(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	struct stat st;

	if (fd < 0)
		return -errno;
	if (!fstat(fd, &st) && S_ISREG(st.st_mode))
		return fd;
	close(fd);
	return -EINVAL;
}

/* Takes over `fd`, or the error that it is. */
static int follow(const char *name, int fd, struct mp_follow **ret)
{
	struct mp_follow *f;
	int err = -ENOMEM;

	if (fd < 0)
		return fd;
	f = calloc(1, sizeof(*f));
	if (!f)
		goto close_log;
	f->path = name;
	f->now = malloc(sizeof(*f->now));
	f->old = malloc(sizeof(*f->old));
	if (!f->now || !f->old)
		goto free_follow;
	start_stream(f->now, fd);
	f->old->fd = -1;
	*ret = f;
	return 0;

free_follow:
	free(f->now);
	free(f->old);
	free(f);
close_log:
	close(fd);
	return err;
}

int mp_follow_open(const char *path, struct mp_follow **ret)
{
	const char *name = strcmp(path, "-") ? path : NULL;

	return follow(name, open_any(name), ret);
}

int mp_follow_open_file(const char *path, struct mp_follow **ret)
{
	return follow(path, open_regular(path), ret);
}

void mp_follow_close(struct mp_follow *f)
{
	if (!f)
		return;
	stop_stream(f->now);
	stop_stream(f->old);
	free(f->now);
	free(f->old);
	free(f);
}

bool mp_follow_rewind(struct mp_follow *f, uint64_t bytes)
{
	struct stream *s = f->now;
	struct stat st;
	bool part;

	if (!s->regular || fstat(s->fd, &st))
		return false;
	part = (uint64_t)st.st_size > bytes;
	/* One byte before, which may be a newline. */
	if (lseek(s->fd, part ? st.st_size - (off_t)bytes - 1 : 0, SEEK_SET) <
	    0)
		return false;
	s->start = s->end = 0;
	s->skipping = part;
	return part;
}

/* Whether another file has the log's name now; then it is opened. */
static bool find_rotated(struct mp_follow *f)
{
	struct stream *old = f->old;
	struct stat now, named;
	int fd;

	if (!f->path || !f->now->regular || stat(f->path, &named) ||
	    fstat(f->now->fd, &now) ||
	    (now.st_dev == named.st_dev && now.st_ino == named.st_ino))
		return false;
	fd = open_regular(f->path);
	if (fd < 0)
		return false;
	stop_stream(old);
	f->old = f->now;
	f->now = old;
	start_stream(f->now, fd);
	f->old_until_ns = mp_clock_mono_ns() + OLD_SECONDS * MP_NS_PER_S;
	return true;
}

int mp_follow_next(struct mp_follow *f, struct mp_text *ret)
{
	int n;

	do {
		n = f->old->fd >= 0 ? next_line(f->old, ret) : 0;
		if (n)
			return n;
		if (mp_clock_mono_ns() > f->old_until_ns)
			stop_stream(f->old);
		n = next_line(f->now, ret);
		if (n)
			return n;
		if (was_truncated(f->now))
			return mp_follow_rewind(f, UINT64_MAX)
				       ? 0
				       : next_line(f->now, ret);
	} while (find_rotated(f));
	return 0;
}

bool mp_follow_is_over(const struct mp_follow *f)
{
	return f->now->over;
}

int mp_follow_descriptor(const struct mp_follow *f)
{
	return f->now->regular ? -1 : f->now->fd;
}
