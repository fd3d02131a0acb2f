#include "profile/oopsfile.h"

#include "core/utf8.h"
#include "profile/md5.h"
#include "profile/newfile.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define PREFIX	    "OOPS-"
#define SUFFIX	    ".json"
#define BEGIN	    "{\n\"id\": \"" /* and the id, as it is */
#define ID_LEN	    (sizeof(PREFIX) - 1 + MP_MD5_HEX)
#define BUFFER_SIZE 1024
#define DAY_LEN	    10 /* bytes of 2026-11-21 */
#define DAY_TRIES   3

static_assert(sizeof(BEGIN) + ID_LEN <= MP_OOPSFILE_BEGIN_MAX &&
		      ID_LEN < MP_OOPSFILE_ID_MAX,
	      "an id and what is before it fit");

/* Where text goes: into a digest, or, where `to` is set, into a file.  The
   first error sticks, and nothing is written from then on. */
struct out {
	struct mp_md5 md5;
	const struct mp_newfile *to;
	int err;
	uint64_t bytes;
	size_t len; /* of the buffer in use */
	char buffer[BUFFER_SIZE];
};

static void flush(struct out *out)
{
	if (!out->to)
		mp_md5_add(&out->md5, out->buffer, out->len);
	else if (!out->err)
		out->err = mp_newfile_write(out->to, out->buffer, out->len);
	out->bytes += out->len;
	out->len = 0;
}

static void put_bytes(struct out *out, const char *s, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		out->buffer[out->len++] = s[i];
		if (out->len == BUFFER_SIZE)
			flush(out);
	}
}

static void put(struct out *out, const char *s)
{
	put_bytes(out, s, strlen(s));
}

/* ---- JSON (RFC 8259) ---- */

static void put_escaped(struct out *out, unsigned char c)
{
	static const char digits[] = "0123456789abcdef";

	if (c >= 0x20) {
		put(out, "\\");
		put_bytes(out, (const char *)&c, 1);
		return;
	}
	put(out, "\\u00");
	put_bytes(out, &digits[c >> 4], 1);
	put_bytes(out, &digits[c & 15], 1);
}

/* What is no UTF-8 shows as U+FFFD, a byte each. */
static void put_string(struct out *out, const char *s, size_t len)
{
	const unsigned char *p = (const unsigned char *)s, *end = p + len;

	put(out, "\"");
	while (p < end) {
		size_t n = *p < 0x80 ? 1 : mp_utf8_length(p, end);

		if (*p < 0x20 || *p == '"' || *p == '\\')
			put_escaped(out, *p);
		else if (n)
			put_bytes(out, (const char *)p, n);
		else
			put(out, "\\ufffd");
		p += n ? n : 1;
	}
	put(out, "\"");
}

static void put_text_or_null(struct out *out, const char *s)
{
	if (s)
		put_string(out, s, strlen(s));
	else
		put(out, "null");
}

static void put_number(struct out *out, int64_t v)
{
	char digits[20], *end = digits + sizeof(digits), *p = end;
	uint64_t left = v < 0 ? -(uint64_t)v : (uint64_t)v;

	do
		*--p = (char)('0' + left % 10);
	while (left /= 10);
	if (v < 0)
		put(out, "-");
	put_bytes(out, p, (size_t)(end - p));
}

/* ---- the content ---- */

/* The columns of the log, by their names and in their order; all that are not
   text are numbers. */
static void put_columns(struct out *out, const struct mp_record *record)
{
	char line[MP_RECORD_MAX];
	size_t len = mp_record_format(record, line);
	const char *p = line;

	for (unsigned i = 0; i < MP_RECORD_COLUMNS; i++) {
		const char *name = mp_record_column_name(i);
		const char *end = p;

		while (end < line + len - 1 && *end != '\t')
			end++;
		if (strcmp(name, "oops_id") != 0) {
			put(out, ",\n\"");
			put(out, name);
			put(out, "\": ");
			if (*p == '\\')
				put(out, "null");
			else if (i < 3 || !strcmp(name, "host"))
				put_string(out, p, (size_t)(end - p));
			else
				put_bytes(out, p, (size_t)(end - p));
		}
		p = end + 1;
	}
}

static void put_note(struct out *out, const struct mp_note *n)
{
	struct mp_text kind = mp_note_kind(n), text = mp_note_text(n);

	put(out, "\n\t{\"kind\": ");
	put_string(out, kind.p, kind.len);
	put(out, ", \"start_ns\": ");
	put_number(out, n->start_ns);
	put(out, ", \"end_ns\": ");
	put_number(out, n->end_ns);
	put(out, ", \"text\": ");
	put_string(out, text.p, text.len);
	put(out, "}");
}

static void put_notes(struct out *out, const struct mp_notelist *notes)
{
	const struct mp_note *n = notes ? mp_notelist_first(notes) : NULL;

	put(out, ",\n\"notes\": [");
	while (n) {
		put_note(out, n);
		n = mp_notelist_next(notes, n);
		if (n)
			put(out, ",");
	}
	put(out, "]");
}

static void put_content(struct out *out, const struct mp_oopsfile *what)
{
	put(out, "\"informational\": true,\n\"url\": ");
	put_text_or_null(out, what->url);
	put_columns(out, what->record);
	put_notes(out, what->notes);
	put(out, "\n}\n");
	flush(out);
}

void mp_oopsfile_id(const struct mp_oopsfile *what, char *ret)
{
	struct out out = { .to = NULL };

	mp_md5_init(&out.md5);
	put_content(&out, what);
	memcpy(ret, PREFIX, sizeof(PREFIX) - 1);
	mp_md5_finish(&out.md5, ret + sizeof(PREFIX) - 1);
	ret[sizeof(PREFIX) - 1 + MP_MD5_HEX] = '\0';
}

/* ---- the file ---- */

/* The open folder of the request's day, made where it is missing. */
static int open_day(const struct mp_oopsfile *what, const char *oops_dir)
{
	char day[MP_RECORD_TIME_LEN]; /* a time, which begins with the date */
	int dir = open(oops_dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
	int fd;

	if (dir < 0)
		return -errno;
	mp_record_format_time(what->record->timestamp_us, day);
	day[DAY_LEN] = '\0';
	if (mkdirat(dir, day, 0700) && errno != EEXIST)
		fd = -1;
	else
		fd = openat(dir, day,
			    O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		fd = -errno;
	close(dir);
	return fd;
}

static int write_file(const struct mp_oopsfile *what, int day, const char *id,
		      const char *profile, uint64_t *ret_bytes)
{
	char name[MP_NEWFILE_NAME_MAX];
	struct mp_newfile file;
	struct out out = { .to = &file };
	int err = mp_newfile_open_in(day, &file);

	if (err)
		return err;
	put(&out, BEGIN);
	put_bytes(&out, id, strlen(id));
	put(&out, "\",\n\"profile\": ");
	put_text_or_null(&out, profile);
	put(&out, ",\n");
	put_content(&out, what);
	if (out.err) {
		mp_newfile_abandon(&file);
		return out.err;
	}
	*ret_bytes = out.bytes;
	return mp_newfile_name(&file, id, SUFFIX, name);
}

/* Again where the day's folder was removed, being empty, before there was
   something in it. */
static int write_in_day(const struct mp_oopsfile *what, const char *oops_dir,
			const char *id, const char *profile,
			uint64_t *ret_bytes)
{
	int err = -ENOENT;

	for (int i = 0; i < DAY_TRIES && err == -ENOENT; i++) {
		int day = open_day(what, oops_dir);

		err = day < 0 ? day
			      : write_file(what, day, id, profile, ret_bytes);
	}
	return err;
}

int mp_oopsfile_write(const struct mp_oopsfile *what, const char *oops_dir,
		      const char *id, const char *profile, uint64_t *ret_bytes)
{
	int saved_errno = errno;
	int cancel, err;

	pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &cancel);
	err = write_in_day(what, oops_dir, id, profile, ret_bytes);
	pthread_setcancelstate(cancel, NULL);
	errno = saved_errno;
	return err;
}

/* ---- recognising ---- */

bool mp_oopsfile_is_name(const char *name)
{
	const char *end = name + ID_LEN;

	if (strncmp(name, PREFIX, sizeof(PREFIX) - 1) ||
	    strspn(name + sizeof(PREFIX) - 1, "0123456789abcdef") != MP_MD5_HEX)
		return false;
	if (*end == '-' && end[1] != '0')
		end += 1 + strspn(end + 1, "0123456789");
	return !strcmp(end, SUFFIX);
}

size_t mp_oopsfile_begin(const char *name, char *ret)
{
	memcpy(ret, BEGIN, sizeof(BEGIN) - 1);
	memcpy(ret + sizeof(BEGIN) - 1, name, ID_LEN);
	memcpy(ret + sizeof(BEGIN) - 1 + ID_LEN, "\"", 1);
	return sizeof(BEGIN) + ID_LEN;
}
