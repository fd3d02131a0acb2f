#include "report/source.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#define STORED_SIZE (64 * 1024)

/*
 * What was read from the file ahead of its use, its first bytes or gzip'd data,
 * is z.next_in to z.next_in + z.avail_in - 1, and lies in `stored`.
 */
struct mp_source {
	int fd;
	bool gzip;
	bool inside; /* a member of gzip'd data */
	bool ended;
	int err; /* 0, or what ended it */
	uint64_t position;
	z_stream z;
	unsigned char stored[STORED_SIZE];
};

static int64_t read_file(struct mp_source *s, void *ret, size_t size)
{
	ssize_t n;

	do
		n = read(s->fd, ret, size);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return -errno;
	s->position += (uint64_t)n;
	return n;
}

/* Have at least `least` bytes ahead, unless the file has no more.  Returns 0,
   or a negative errno value. */
static int look_ahead(struct mp_source *s, size_t least)
{
	memmove(s->stored, s->z.next_in, s->z.avail_in);
	s->z.next_in = s->stored;
	while (s->z.avail_in < least) {
		int64_t n = read_file(s, s->stored + s->z.avail_in,
				      STORED_SIZE - s->z.avail_in);

		if (n <= 0)
			return (int)n;
		s->z.avail_in += (unsigned)n;
	}
	return 0;
}

static bool is_gzip(const struct mp_source *s)
{
	return s->z.avail_in >= 2 && s->z.next_in[0] == 0x1f &&
	       s->z.next_in[1] == 0x8b;
}

static int open_descriptor(const char *path)
{
	int fd = strcmp(path, "-") ? open(path, O_RDONLY | O_CLOEXEC)
				   : fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 0);

	return fd < 0 ? -errno : fd;
}

int mp_source_open(const char *path, struct mp_source **ret)
{
	int fd = open_descriptor(path);
	struct mp_source *s;
	int err;

	if (fd < 0)
		return fd;
	s = calloc(1, sizeof(*s));
	if (!s) {
		err = -ENOMEM;
		goto close_descriptor;
	}
	s->fd = fd;
	s->z.next_in = s->stored;
	if (inflateInit2(&s->z, 15 + 16) != Z_OK) {
		err = -ENOMEM;
		goto free_source;
	}
	/* A directory, say, is told when it is read. */
	s->err = look_ahead(s, 2);
	s->ended = s->err != 0;
	s->gzip = s->inside = is_gzip(s);
	*ret = s;
	return 0;

free_source:
	free(s);
close_descriptor:
	close(fd);
	return err;
}

void mp_source_close(struct mp_source *s)
{
	if (!s)
		return;
	inflateEnd(&s->z);
	close(s->fd);
	free(s);
}

static int64_t read_plain(struct mp_source *s, char *ret, size_t size)
{
	size_t n = s->z.avail_in < size ? s->z.avail_in : size;

	if (n == 0)
		return read_file(s, ret, size);
	memcpy(ret, s->z.next_in, n);
	s->z.next_in += n;
	s->z.avail_in -= (unsigned)n;
	return (int64_t)n;
}

/* Behind a member: another one, or zeros to the end, or the end. */
static int begin_member(struct mp_source *s)
{
	int err = look_ahead(s, 2);

	if (err)
		return err;
	if (is_gzip(s)) {
		inflateReset(&s->z);
		s->inside = true;
		return 0;
	}
	while (s->z.avail_in > 0) {
		for (unsigned i = 0; i < s->z.avail_in; i++)
			if (s->z.next_in[i])
				return -EILSEQ;
		s->z.avail_in = 0;
		err = look_ahead(s, 1);
		if (err)
			return err;
	}
	return 0;
}

static int inflate_error(int code)
{
	if (code == Z_OK || code == Z_BUF_ERROR || code == Z_STREAM_END)
		return 0;
	return code == Z_MEM_ERROR ? -ENOMEM : -EBADMSG;
}

static int64_t read_gzip(struct mp_source *s, char *ret, size_t size)
{
	unsigned room = size < 1 << 30 ? (unsigned)size : 1 << 30;
	int err;

	s->z.next_out = (unsigned char *)ret;
	s->z.avail_out = room;
	while (s->z.avail_out == room) {
		int code;

		if (!s->inside) {
			err = begin_member(s);
			if (err || !s->inside)
				return err;
		}
		if (s->z.avail_in == 0) {
			err = look_ahead(s, 1);
			if (err)
				return err;
			if (s->z.avail_in == 0)
				return -ENODATA;
		}
		code = inflate(&s->z, Z_NO_FLUSH);
		s->inside = code != Z_STREAM_END;
		err = inflate_error(code);
		if (err && s->z.avail_out == room)
			return err;
		if (err)
			break; /* zlib says it again */
	}
	return room - s->z.avail_out;
}

/* A log that was cut while it was read has lost lines unread. */
static int end_error(const struct mp_source *s)
{
	struct stat st;

	if (!fstat(s->fd, &st) && S_ISREG(st.st_mode) &&
	    (uint64_t)st.st_size < s->position)
		return -ESTALE;
	return 0;
}

int64_t mp_source_read(struct mp_source *s, char *ret, size_t size)
{
	int64_t n;

	if (s->ended)
		return s->err;
	n = s->gzip ? read_gzip(s, ret, size) : read_plain(s, ret, size);
	if (n > 0)
		return n;
	s->ended = true;
	s->err = n < 0 ? (int)n : end_error(s);
	return s->err;
}

const char *mp_source_strerror(int err)
{
	switch (err) {
	case -ENODATA:
		return "the gzip'd data ends too early";
	case -EBADMSG:
		return "the gzip'd data is damaged";
	case -EILSEQ:
		return "something else follows the gzip'd data";
	case -ESTALE:
		return "the log was cut while it was read";
	default:
		return strerror(-err);
	}
}

uint64_t mp_source_position(const struct mp_source *s)
{
	return s->position;
}

uint64_t mp_source_sizes(char *const *paths)
{
	uint64_t sum = 0;

	for (; *paths; paths++) {
		struct stat st;
		int err = strcmp(*paths, "-") ? stat(*paths, &st)
					      : fstat(STDIN_FILENO, &st);

		if (err)
			continue;
		if (!S_ISREG(st.st_mode))
			return 0;
		sum += (uint64_t)st.st_size;
	}
	return sum;
}
