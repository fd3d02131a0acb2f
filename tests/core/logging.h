#ifndef MP_LOGGING_H
#define MP_LOGGING_H

/* What the tests of the log share: a directory of their own, sessions that log
   into it, numbered requests, and an account of what came into the files. */

#include "test.h"

#include "leftovers.h"
#include "must.h"

#include "core/record.h"
#include "memprof.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define LOG "test.log"

/* What the lines of some files were; page `pN` is request N. */
struct account {
	uint64_t requests;
	uint64_t own;
	uint64_t headers;
	uint64_t late_headers; /* not the first line of their file */
	uint64_t empty;
	uint64_t faults; /* other lines, the torn ones */
	uint64_t twice;	 /* requests that were there before */
	uint8_t *seen;	 /* by number, `ids` of them; or null */
	size_t ids;
};

static char logging_dir[64];

static inline int remove_entry(const char *path, const struct stat *st,
			       int type, struct FTW *at)
{
	(void)st;
	(void)type;
	(void)at;
	return remove(path);
}

static inline int enter(void **state)
{
	(void)state;
	strcpy(logging_dir, "/tmp/test_log.XXXXXX");
	/* Who gives up root must still get here. */
	return !mkdtemp(logging_dir) || chmod(logging_dir, 0777) ||
	       chdir(logging_dir);
}

static inline int leave(void **state)
{
	(void)state;
	clear_recorders(logging_dir);
	return chdir("/") || nftw(logging_dir, remove_entry, 16,
				  FTW_DEPTH | FTW_PHYS | FTW_MOUNT);
}

static inline int open_files(void)
{
	DIR *dir = opendir("/proc/self/fd");
	int n = 0;

	assert_non_null(dir);
	while (readdir(dir))
		n++;
	closedir(dir);
	return n;
}

/* Open a session with `keys`, lines of a configuration, beside the log. */
static inline struct memprof *open_keys(const char *keys)
{
	struct memprof *mp = NULL;
	FILE *f = fopen("test.conf", "w");

	assert_non_null(f);
	fprintf(f, "[profiling]\n%s", keys);
	fclose(f);
	if (memprof_open("test.conf", &mp))
		fail_msg("%s", memprof_open_error());
	return mp;
}

static inline struct memprof *open_log(const char *path)
{
	struct memprof *mp = NULL;

	if (memprof_open_log(path, &mp))
		fail_msg("%s", memprof_open_error());
	return mp;
}

static inline struct memprof_stats stats_of(const struct memprof *mp)
{
	struct memprof_stats s = { .size = sizeof(s) };

	memprof_stats(mp, &s);
	return s;
}

static inline void request(struct memprof *mp, size_t number)
{
	struct memprof_request req = { { 0 } };
	char page[32];

	snprintf(page, sizeof(page), "p%zu", number);
	memprof_begin(mp, &req, page);
	memprof_end(&req, NULL);
}

static inline void account_line(struct account *a, const char *line, size_t len,
				bool first)
{
	struct mp_record r;
	int form;

	if (len == 0) {
		a->empty++;
		return;
	}
	form = mp_record_parse(line, len, &r, NULL);
	if (form < 0) {
		a->faults++;
	} else if (form == MP_RECORD_HEADER) {
		a->headers++;
		a->late_headers += !first;
	} else if (mp_record_is_own(&r)) {
		a->own++;
	} else {
		size_t id = strtoul(r.page_id.p + 1, NULL, 10);

		a->requests++;
		if (a->seen && id < a->ids)
			a->twice += a->seen[id]++ > 0;
	}
}

/* Add the lines of `text` to the account; what no newline ends is a fault. */
static inline void account_text(struct account *a, const char *text, size_t len)
{
	const char *end = text + len;

	for (const char *p = text; p < end;) {
		const char *newline = memchr(p, '\n', (size_t)(end - p));

		if (!newline) {
			a->faults++;
			return;
		}
		account_line(a, p, (size_t)(newline - p), p == text);
		p = newline + 1;
	}
}

/* Returns the file's bytes and stores their number; to be freed. */
static inline char *read_whole(const char *path, size_t *ret_len)
{
	FILE *f = fopen(path, "r");
	size_t n, room = 65536;
	char *text;

	*ret_len = 0;
	if (!f)
		return NULL;
	text = malloc(room);
	assert_non_null(text);
	while ((n = fread(text + *ret_len, 1, room - 1 - *ret_len, f)) > 0) {
		*ret_len += n;
		if (*ret_len < room - 1)
			continue;
		room *= 2;
		text = realloc(text, room);
		assert_non_null(text);
	}
	text[*ret_len] = '\0';
	fclose(f);
	return text;
}

static inline void account_file(struct account *a, const char *path)
{
	size_t len;
	char *text = read_whole(path, &len);

	account_text(a, text, len);
	free(text);
}

static inline struct account account_of(const char *path)
{
	struct account a = { 0 };

	account_file(&a, path);
	return a;
}

/* ---- in a child ---- */

/* Run `what` in a child, where it may assert; fails if anything failed. */
static inline int child(void (*what)(void *), void *arg)
{
	pid_t pid;

	fflush(NULL);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		alarm(60);
		what(arg);
		_exit(0);
	}
	return pid;
}

static inline void wait_for(pid_t pid)
{
	int status = 0;

	assert_int_equal(waitpid(pid, &status, 0), pid);
	if (status)
		fail_msg("a child ended with status 0x%x", (unsigned)status);
}

static inline void in_child(void (*what)(void *), void *arg)
{
	wait_for(child(what, arg));
}

static inline void expect(const struct memprof *mp, uint64_t logged,
			  uint64_t dropped)
{
	struct memprof_stats s = stats_of(mp);

	if (s.logged != logged || s.dropped != dropped)
		fprintf(stderr, "logged %ju, dropped %ju\n",
			(uintmax_t)s.logged, (uintmax_t)s.dropped);
	MUST(s.logged == logged && s.dropped == dropped);
}

static inline struct memprof *must_open(const char *path)
{
	struct memprof *mp = NULL;
	int err = memprof_open_log(path, &mp);

	if (err)
		fprintf(stderr, "%s\n", memprof_open_error());
	MUST(!err);
	return mp;
}

/* A test that changes its process, and so runs in a child. */
#define IN_CHILD(test, what, arg)      \
	static void test(void **state) \
	{                              \
		(void)state;           \
		in_child(what, arg);   \
	}

#endif
