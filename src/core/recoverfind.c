/* The part of recoverlog.h that looks for lines, in the log and in what it was
   rotated to. */

#include "core/recoverlog.h"

#include "core/record.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

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

/* From the first mark in this file; but all of it, where a line's mark is in
   another one and this was written to since: it may have taken its place. */
static struct candidate look_at(int fd, const struct stat *st,
				const struct mp_recoverlog_search *search)
{
	struct candidate c = {
		fd, { st->st_dev, st->st_ino }, changed_us(st), UINT64_MAX
	};
	bool elsewhere = false;

	for (size_t i = 0; i < search->count; i++) {
		const struct mp_recorder_mark *m = &search->marks[i];
		uint64_t at = m->size;

		if (m->dev != st->st_dev || m->ino != st->st_ino) {
			elsewhere = true;
			continue;
		}
		/* It was emptied since (copytruncate). */
		if (at > (uint64_t)st->st_size)
			at = 0;
		if (at < c.from)
			c.from = at;
	}
	if (c.from != UINT64_MAX && is_younger(fd, search->since_us))
		c.from = 0;
	/* Some file systems count two seconds at a time. */
	if (elsewhere && c.changed_us >= search->since_us - 2000000)
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

/* What was swallowed in an older file may be repeated anywhere in this one:
   `wanted` lines were looked for at first. */
static int scan_candidate(const struct mp_recoverlog *l,
			  const struct candidate *c, size_t wanted,
			  struct mp_lineset *lines)
{
	uint64_t from = lines->count > wanted ? 0 : c->from;

	return from == UINT64_MAX
		       ? 0
		       : scan_file(c->fd, from, l->is_format_1, lines);
}

int mp_recoverlog_find(const struct mp_recoverlog *l,
		       const struct mp_recoverlog_search *search,
		       struct mp_lineset *lines, uint64_t *ret_unsure)
{
	struct candidates rotated = { .count = 0 };
	size_t wanted = lines->count;
	struct candidate now;
	struct stat st;
	int err = 0;

	if (fstat(l->file.fd, &st))
		return -errno;
	now = look_at(l->file.fd, &st, search);
	collect_rotated(l, search, &rotated);
	qsort(rotated.at, rotated.count, sizeof(*rotated.at), older_first);
	for (size_t i = 0; i < rotated.count && !err; i++)
		err = scan_candidate(l, &rotated.at[i], wanted, lines);
	if (!err)
		err = scan_candidate(l, &now, wanted, lines);
	*ret_unsure = count_unsure(l, search, &rotated, lines);
	drop_candidates(&rotated);
	return err;
}
