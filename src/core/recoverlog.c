#include "core/recoverlog.h"

#include "core/clock.h"
#include "core/record.h"

#include <assert.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define MOMENT_NS (MP_NS_PER_S / 100)

/* Behind every line that a log will ever have. */
#define LOCK_AT (INT64_MAX - 1)

/* As in log.c: cut in its last column, a fragment would read as a line. */
#define CUT_OFF	    "\t\n"
#define CUT_OFF_LEN 2
static_assert(CUT_OFF_LEN <= MP_RECOVERLOG_ROOM, "it fits before a batch");

static void wait_a_moment(void)
{
	nanosleep(&(struct timespec){ 0, MOMENT_NS }, NULL);
}

/* ---- opening ---- */

static int lock(int fd, int64_t patience_ns)
{
	struct flock where = {
		.l_type = F_WRLCK,
		.l_whence = SEEK_SET,
		.l_start = LOCK_AT,
		.l_len = 1,
	};
	int64_t until = mp_clock_mono_ns() + patience_ns;

	while (fcntl(fd, F_OFD_SETLK, &where)) {
		if (errno != EAGAIN && errno != EACCES)
			return -errno;
		if (mp_clock_mono_ns() >= until)
			return -EAGAIN;
		wait_a_moment();
	}
	return 0;
}

/* A child that was forked meanwhile has the descriptor, too. */
static void unlock(int fd)
{
	struct flock where = {
		.l_type = F_UNLCK,
		.l_whence = SEEK_SET,
		.l_start = LOCK_AT,
		.l_len = 1,
	};

	fcntl(fd, F_OFD_SETLK, &where);
	close(fd);
}

static bool is_named(const char *path, const struct stat *file)
{
	struct stat st;

	return !stat(path, &st) && st.st_dev == file->st_dev &&
	       st.st_ino == file->st_ino;
}

/* Open the file that is named `path` once we have the lock. */
static int open_locked(const char *path, int64_t patience_ns, struct stat *ret)
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
			err = lock(fd, patience_ns);
		if (err) {
			close(fd);
			return err;
		}
		if (is_named(path, ret))
			return fd;
		unlock(fd);
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
	fd = open_locked(path, patience_ns, &st);
	if (fd < 0)
		return fd;
	if (!realpath(path, ret->path)) {
		int err = -errno;

		unlock(fd);
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
	unlock(l->file.fd);
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

/* ---- finding ---- */

/* Where a record of format 1 has its first and its last TAB. */
#define TIMESTAMP_LEN 27
#define TABS	      (MP_RECORD_COLUMNS - 1)

static bool looks_like_record(const char *line, size_t len)
{
	unsigned tabs = 0;

	if (len <= TIMESTAMP_LEN || line[TIMESTAMP_LEN] != '\t')
		return false;
	for (size_t i = 0; i < len && tabs <= TABS; i++)
		tabs += line[i] == '\t';
	return tabs == TABS;
}

/* The whole record that a line ends with, and its newline; or null. */
static const char *record_at_end(const char *line, size_t len)
{
	const char *p = line + len;
	struct mp_record r;
	unsigned tabs = 0;

	while (p > line && tabs < TABS)
		tabs += *--p == '\t';
	if (tabs < TABS || p - line < TIMESTAMP_LEN)
		return NULL;
	p -= TIMESTAMP_LEN;
	return mp_record_parse(p, (size_t)(line + len - p), &r, NULL) ==
			       MP_RECORD_FORMAT_1
		       ? p
		       : NULL;
}

struct scan {
	struct mp_lineset *lines;
	bool is_format_1;
	bool whole; /* the next line begins where we do */
};

static int take_line(struct scan *s, const char *line, size_t len)
{
	const char *swallowed;
	bool whole = s->whole;

	s->whole = true;
	if (whole && mp_lineset_find(s->lines, line, len))
		return 0;
	if (!s->is_format_1 || (whole && looks_like_record(line, len)))
		return 0;
	swallowed = record_at_end(line, len);
	if (!swallowed)
		return 0;
	len -= (size_t)(swallowed - line);
	/* What is wanted anyway will come by itself. */
	if (mp_lineset_has(s->lines, swallowed, len))
		return 0;
	return mp_lineset_add(s->lines, swallowed, len,
			      MP_RECOVERLOG_SWALLOWED);
}

/* A fragment or two and a line; what is longer is none of ours. */
#define CARRY_MAX (8 * MP_RECORD_MAX)
#define CHUNK	  (CARRY_MAX + 65536)

/* Take the lines in `text`.  Returns how many bytes they are, or an error. */
static ssize_t take_lines(struct scan *s, const char *text, size_t len)
{
	const char *p = text, *end = text + len, *newline;
	int err;

	while ((newline = memchr(p, '\n', (size_t)(end - p)))) {
		err = take_line(s, p, (size_t)(newline + 1 - p));
		if (err)
			return err;
		p = newline + 1;
	}
	return p - text;
}

/*
 * Scan what is in the file now, up to the end of the line there.  A dead
 * process has written no more; those that are alive may write as fast as we
 * read.
 */
static int scan_file(int fd, uint64_t from, bool is_format_1,
		     struct mp_lineset *lines)
{
	struct scan s = { lines, is_format_1, true };
	char *text = malloc(CHUNK);
	size_t carried = 0;
	struct stat st;
	ssize_t n;
	char before;

	if (!text)
		return -ENOMEM;
	if (fstat(fd, &st)) {
		n = -errno;
		goto free_text;
	}
	if (from > 0)
		s.whole = mp_sys_pread(fd, &before, 1, (off_t)from - 1) == 1 &&
			  before == '\n';
	while ((n = mp_sys_pread(fd, text + carried, CHUNK - carried,
				 (off_t)from)) > 0) {
		ssize_t taken;

		from += (uint64_t)n;
		carried += (size_t)n;
		taken = take_lines(&s, text, carried);
		if (taken < 0) {
			n = taken;
			break;
		}
		carried -= (size_t)taken;
		memmove(text, text + taken, carried);
		if (from - carried >= (uint64_t)st.st_size) {
			n = 0;
			break;
		}
		if (carried > CARRY_MAX) {
			carried = 0;
			s.whole = false;
		}
	}

free_text:
	free(text);
	return (int)n;
}

/* One file that the lines may be in. */
struct candidate {
	int fd;
	struct mp_sys_id id;
	int64_t changed_us;
	uint64_t from; /* UINT64_MAX: nothing can be in it */
};

static int64_t changed_us(const struct stat *st)
{
	return st->st_mtim.tv_sec * INT64_C(1000000) +
	       st->st_mtim.tv_nsec / 1000;
}

/* Whether it was made after the first of the lines may have been written: then
   the marks with its number are those of a file that is gone.  A process has
   its log open, and so no other file gets the number until it dies. */
static bool is_younger(int fd, int64_t since_us)
{
	struct statx st;

	return !statx(fd, "", AT_EMPTY_PATH, STATX_BTIME, &st) &&
	       (st.stx_mask & STATX_BTIME) &&
	       st.stx_btime.tv_sec * INT64_C(1000000) +
			       st.stx_btime.tv_nsec / 1000 >=
		       since_us;
}

/* From the first mark in this file; where there is none, but it was written
   to since, all of it. */
static struct candidate look_at(int fd, const struct stat *st,
				const struct mp_recoverlog_search *search)
{
	struct candidate c = {
		fd, { st->st_dev, st->st_ino }, changed_us(st), UINT64_MAX
	};

	for (size_t i = 0; i < search->count; i++) {
		const struct mp_recorder_mark *m = &search->marks[i];
		uint64_t at = m->size;

		if (m->dev != st->st_dev || m->ino != st->st_ino)
			continue;
		/* It was emptied since (copytruncate). */
		if (at > (uint64_t)st->st_size)
			at = 0;
		if (at < c.from)
			c.from = at;
	}
	if (c.from != UINT64_MAX && is_younger(fd, search->since_us))
		c.from = 0;
	/* Some file systems count two seconds at a time. */
	if (c.from == UINT64_MAX && c.changed_us >= search->since_us - 2000000)
		c.from = 0;
	return c;
}

#define CANDIDATES_MAX 64

struct candidates {
	struct candidate at[CANDIDATES_MAX];
	size_t count;
};

static void drop_candidates(struct candidates *c)
{
	for (size_t i = 0; i < c->count; i++)
		close(c->at[i].fd);
}

/* The files that were the log: LOG.1, LOG-20261121, and so on. */
static void collect_rotated(const struct mp_recoverlog *l,
			    const struct mp_recoverlog_search *search,
			    struct candidates *ret)
{
	char dir[PATH_MAX];
	char *name;
	size_t name_len;
	struct dirent *d;
	DIR *in;

	strcpy(dir, l->path);
	name = strrchr(dir, '/');
	*name++ = '\0';
	name_len = strlen(name);
	in = opendir(*dir ? dir : "/");
	if (!in)
		return;
	while ((d = readdir(in)) && ret->count < CANDIDATES_MAX) {
		char after = strncmp(d->d_name, name, name_len)
				     ? '\0'
				     : d->d_name[name_len];
		struct stat st;
		int fd;

		if ((after != '.' && after != '-') ||
		    fstatat(dirfd(in), d->d_name, &st, AT_SYMLINK_NOFOLLOW) ||
		    !S_ISREG(st.st_mode) ||
		    look_at(-1, &st, search).from == UINT64_MAX)
			continue;
		fd = openat(dirfd(in), d->d_name,
			    O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
		if (fd < 0)
			continue;
		if (fstat(fd, &st) || !S_ISREG(st.st_mode))
			close(fd);
		else
			ret->at[ret->count++] = look_at(fd, &st, search);
	}
	closedir(in);
}

/* What was repeated lies behind what it repeats. */
static int older_first(const void *a, const void *b)
{
	const struct candidate *x = a, *y = b;

	return (x->changed_us > y->changed_us) -
	       (x->changed_us < y->changed_us);
}

/* Lines that were not found, and whose file is neither the log nor what it was
   rotated to. */
static uint64_t count_unsure(const struct mp_recoverlog *l,
			     const struct mp_recoverlog_search *search,
			     const struct candidates *rotated,
			     const struct mp_lineset *lines)
{
	uint64_t n = 0;

	for (size_t i = 0; i < search->count; i++) {
		const struct mp_recorder_mark *m = &search->marks[i];
		bool known =
			lines->lines[i].found || m->ino == 0 ||
			(m->dev == l->file.id.dev && m->ino == l->file.id.ino);

		for (size_t j = 0; j < rotated->count && !known; j++)
			known = m->dev == rotated->at[j].id.dev &&
				m->ino == rotated->at[j].id.ino;
		n += !known;
	}
	return n;
}

int mp_recoverlog_find(const struct mp_recoverlog *l,
		       const struct mp_recoverlog_search *search,
		       struct mp_lineset *lines, uint64_t *ret_unsure)
{
	struct candidates rotated = { .count = 0 };
	struct candidate now;
	struct stat st;
	int err = 0;

	if (fstat(l->file.fd, &st))
		return -errno;
	now = look_at(l->file.fd, &st, search);
	collect_rotated(l, search, &rotated);
	qsort(rotated.at, rotated.count, sizeof(*rotated.at), older_first);
	for (size_t i = 0; i < rotated.count && !err; i++)
		if (rotated.at[i].from != UINT64_MAX)
			err = scan_file(rotated.at[i].fd, rotated.at[i].from,
					l->is_format_1, lines);
	if (!err && now.from != UINT64_MAX)
		err = scan_file(now.fd, now.from, l->is_format_1, lines);
	*ret_unsure = count_unsure(l, search, &rotated, lines);
	drop_candidates(&rotated);
	return err;
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
