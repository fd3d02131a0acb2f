#include "report/reader.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>

#define BUFFER_SIZE (256 * 1024)
/* zlib reads straight into a buffer of at least twice this. */
#define ZLIB_BUFFER_SIZE (64 * 1024)

/*
 * What is read and not yet returned is data[start] to data[end - 1].  Nothing
 * follows it once `ended` is true, and `err` is then what ended it.
 */
struct mp_reader {
	gzFile file;
	uint64_t lines; /* returned so far */
	size_t start, end;
	bool ended;
	bool overlong; /* the line at `start` has lost its beginning */
	int err;
	char data[BUFFER_SIZE];
};

static int open_descriptor(const char *path)
{
	int fd = strcmp(path, "-") ? open(path, O_RDONLY | O_CLOEXEC)
				   : fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 0);

	return fd < 0 ? -errno : fd;
}

int mp_reader_open(const char *path, struct mp_reader **ret)
{
	int fd = open_descriptor(path);
	struct mp_reader *r;
	int err;

	if (fd < 0)
		return fd;
	r = malloc(sizeof(*r));
	if (!r) {
		err = -ENOMEM;
		goto close_descriptor;
	}
	r->file = gzdopen(fd, "rb");
	if (!r->file) {
		err = -ENOMEM;
		goto free_reader;
	}
	gzbuffer(r->file, ZLIB_BUFFER_SIZE);
	r->lines = 0;
	r->start = r->end = 0;
	r->ended = r->overlong = false;
	r->err = 0;
	*ret = r;
	return 0;

free_reader:
	free(r);
close_descriptor:
	close(fd);
	return err;
}

void mp_reader_close(struct mp_reader *r)
{
	if (!r)
		return;
	gzclose_r(r->file);
	free(r);
}

static int read_error(gzFile file)
{
	int code;

	gzerror(file, &code);
	if (code == Z_OK)
		return 0;
	if (code == Z_BUF_ERROR)
		return -ENODATA;
	if (code == Z_ERRNO)
		return errno ? -errno : -EIO;
	if (code == Z_MEM_ERROR)
		return -ENOMEM;
	return -EBADMSG;
}

/* Read more behind what is there. */
static void fill(struct mp_reader *r)
{
	int n;

	memmove(r->data, r->data + r->start, r->end - r->start);
	r->end -= r->start;
	r->start = 0;
	errno = 0;
	n = gzread(r->file, r->data + r->end, (unsigned)(BUFFER_SIZE - r->end));
	if (n > 0) {
		r->end += (size_t)n;
		return;
	}
	r->ended = true;
	r->err = read_error(r->file);
}

static void set_fault(struct mp_line *line, const char *expected)
{
	line->kind = MP_LINE_FAULT;
	line->fault = (struct mp_record_fault){
		.column = 1,
		.name = "line",
		.expected = expected,
	};
}

/*
 * Whether the line at `text` is the beginning of the line behind it.  In
 * format 1 no two lines are equal, for they have a time and a thread.
 */
static bool is_repeated(const struct mp_line *line, const char *text,
			size_t len, const char *end)
{
	const char *next = text + len + 1;

	if ((size_t)(end - next) < len || memcmp(text, next, len) != 0)
		return false;
	return line->form == MP_RECORD_FORMAT_1 ||
	       ((size_t)(end - next) > len && next[len] != '\n');
}

static void read_line(const char *text, size_t len, const char *end,
		      struct mp_line *ret)
{
	int form;

	if (len == 0) {
		ret->kind = MP_LINE_EMPTY;
		return;
	}
	form = mp_record_parse(text, len, &ret->record, &ret->fault);
	if (form < 0) {
		ret->kind = MP_LINE_FAULT;
		return;
	}
	ret->form = (enum mp_record_form)form;
	ret->kind = form == MP_RECORD_HEADER ? MP_LINE_HEADER : MP_LINE_RECORD;
	if (ret->kind == MP_LINE_RECORD && is_repeated(ret, text, len, end))
		set_fault(ret, "a whole line: it is torn, and repeated below");
}

int mp_reader_next(struct mp_reader *r, struct mp_line *ret)
{
	for (;;) {
		const char *text = r->data + r->start;
		size_t have = r->end - r->start;
		const char *newline = memchr(text, '\n', have);
		size_t len = newline ? (size_t)(newline - text) : have;

		/* The line behind is looked at too: see is_repeated(). */
		if (!r->ended && len < MP_RECORD_MAX &&
		    (!newline || have < 2 * (len + 1))) {
			fill(r);
			continue;
		}
		if (!newline && !r->ended) {
			r->overlong = true;
			r->start = r->end;
			fill(r);
			continue;
		}
		if (have == 0 && !r->overlong)
			return r->err;

		ret->number = ++r->lines;
		if (!newline)
			set_fault(ret, "a newline at its end: it is torn");
		else if (r->overlong || len >= MP_RECORD_MAX)
			set_fault(ret, "fewer bytes: no record is so long");
		else
			read_line(text, len, r->data + r->end, ret);
		r->overlong = false;
		r->start += newline ? len + 1 : len;
		return 1;
	}
}

const char *mp_reader_strerror(int err)
{
	if (err == -ENODATA)
		return "the gzip'd data ends too early";
	if (err == -EBADMSG)
		return "the gzip'd data is damaged";
	return strerror(-err);
}
