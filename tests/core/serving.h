#ifndef MP_SERVING_H
#define MP_SERVING_H

/*
 * What the tests of requests share: sessions that log into a directory of the
 * test's own, the lines that came of them, and work to do inside a request.
 *
 * Asserts belong to the main thread of the first process: what runs in another
 * thread or child returns its findings.
 */

#include "test.h"

#include "leftovers.h"

#include "core/record.h"
#include "memprof.h"

#include <dirent.h>
#include <errno.h>
#include <malloc.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define LOG_NAME "log"

static char serving_dir[] = "/tmp/test_serving.XXXXXX";

static inline int enter(void **state)
{
	(void)state;
	for (char **p = environ; *p;) {
		char name[128];

		snprintf(name, sizeof(name), "%.*s", (int)strcspn(*p, "="), *p);
		if (strncmp(name, "MEMPROF_", 8) ||
		    !strncmp(name, "MEMPROF_TEST_", 13) || unsetenv(name))
			p++;
	}
	return !mkdtemp(serving_dir) || chdir(serving_dir);
}

static inline void clear_dir(void)
{
	DIR *dir = opendir(".");
	struct dirent *e;

	while (dir && (e = readdir(dir)))
		unlink(e->d_name);
	if (dir)
		closedir(dir);
}

static inline int leave(void **state)
{
	(void)state;
	clear_dir();
	clear_recorders(serving_dir);
	return chdir("/") || rmdir(serving_dir);
}

/* A session with the lines `keys` of configuration, logging to a new file. */
static inline struct memprof *serve(const char *keys)
{
	struct memprof *mp = NULL;
	FILE *f;

	unlink(LOG_NAME);
	f = fopen("c.conf", "w");
	assert_non_null(f);
	fprintf(f, "[profiling]\n%s%s\n",
		strstr(keys, "memory_profile_log")
			? ""
			: "memory_profile_log: " LOG_NAME "\n",
		keys);
	fclose(f);
	if (memprof_open("c.conf", &mp))
		fail_msg("%s", memprof_open_error());
	assert_non_null(mp);
	return mp;
}

static inline struct memprof_stats stats_of(const struct memprof *mp)
{
	struct memprof_stats s = { .size = sizeof(s) };

	memprof_stats(mp, &s);
	return s;
}

static inline struct memprof_result result_of(const struct memprof_request *r)
{
	struct memprof_result ret = { .size = sizeof(ret) };

	assert_int_equal(memprof_result(r, &ret), 0);
	return ret;
}

static inline bool is_balanced(const struct memprof_stats *s)
{
	return s->begun == s->logged + s->dropped + s->skipped_sampling +
				   s->skipped_threshold + s->skipped_paused +
				   s->cancelled + s->abandoned + s->in_flight;
}

/* The lines of a log; the texts of the records point into `text`. */
struct lines {
	char *text;
	struct mp_record *r;
	size_t count;
	size_t headers;
	size_t bad; /* neither a record nor the header */
};

static inline struct lines read_lines(const char *name)
{
	struct lines l = { .count = 0 };
	FILE *f = fopen(name, "r");
	size_t len, room = 1;
	long size;
	char *p;

	assert_non_null(f);
	assert_int_equal(fseek(f, 0, SEEK_END), 0);
	size = ftell(f);
	assert_true(size >= 0);
	l.text = malloc((size_t)size + 1);
	assert_non_null(l.text);
	rewind(f);
	len = fread(l.text, 1, (size_t)size, f);
	l.text[len] = '\0';
	fclose(f);
	for (p = l.text; (p = strchr(p, '\n')); p++)
		room++;
	l.r = calloc(room, sizeof(*l.r));
	assert_non_null(l.r);
	for (p = l.text; *p;) {
		char *end = strchr(p, '\n');
		size_t n = end ? (size_t)(end - p) : strlen(p);
		int form = mp_record_parse(p, n, &l.r[l.count], NULL);

		if (form == MP_RECORD_FORMAT_1 && end)
			l.count++;
		else if (form == MP_RECORD_HEADER && end)
			l.headers++;
		else
			l.bad++;
		p += n + (end != NULL);
	}
	return l;
}

static inline void free_lines(struct lines *l)
{
	free(l->r);
	free(l->text);
}

static inline bool is_page(const struct mp_record *r, const char *page)
{
	return r->page_id.len == strlen(page) &&
	       !memcmp(r->page_id.p, page, r->page_id.len);
}

static inline size_t count_page(const struct lines *l, const char *page)
{
	size_t n = 0;

	for (size_t i = 0; i < l->count; i++)
		n += is_page(&l->r[i], page);
	return n;
}

static inline size_t count_logged(const char *page)
{
	struct lines l = read_lines(LOG_NAME);
	size_t n = count_page(&l, page);

	assert_int_equal(l.bad, 0);
	free_lines(&l);
	return n;
}

/* ---- jemalloc ---- */

static inline bool has_jemalloc(void)
{
	return !getenv("MEMPROF_TEST_NO_JEMALLOC");
}

static inline void need_jemalloc(void)
{
	if (has_jemalloc())
		return;
	print_message("skipped: a sanitizer has taken jemalloc's place\n");
	skip();
}

/* Touched as a whole, and the compiler must not see that nobody reads it: not
   even when it is freed at once. */
static inline void *work_alloc(size_t size)
{
	void *volatile p = malloc(size);

	if (p)
		memset(p, 1, size);
	__asm__ volatile("" : : "r"(p) : "memory");
	return p;
}

/* ---- other threads and processes ---- */

static inline void run_thread(void *(*fn)(void *), void *arg)
{
	pthread_t thread;

	assert_int_equal(pthread_create(&thread, NULL, fn, arg), 0);
	assert_int_equal(pthread_join(thread, NULL), 0);
}

/* What `fn` returns in a forked child, for an exit status; or 128 + the signal
   that ended it. */
static inline int in_child(int (*fn)(void *), void *arg)
{
	int status;
	pid_t pid = fork();

	if (pid == 0)
		_exit(fn(arg));
	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		return -1;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

/* In a child: say what does not hold, and leave. */
#define CHILD_CHECK(what)                                             \
	do {                                                          \
		if (!(what)) {                                        \
			fprintf(stderr, "%s:%d: not: %s\n", __FILE__, \
				__LINE__, #what);                     \
			return 1;                                     \
		}                                                     \
	} while (0)

/* ---- chance ---- */

/* The seed: from the environment, to repeat a run, or by the clock. */
static inline uint64_t seed(void)
{
	const char *given = getenv("MEMPROF_TEST_SEED");
	struct timespec t;
	uint64_t s;

	clock_gettime(CLOCK_REALTIME, &t);
	s = given ? strtoull(given, NULL, 0)
		  : (uint64_t)t.tv_sec << 20 ^ (uint64_t)t.tv_nsec;
	print_message("MEMPROF_TEST_SEED=%ju\n", (uintmax_t)s);
	return s | 1;
}

/* xorshift64*: Vigna, TOMS 2016. */
static inline uint64_t chance(uint64_t *s)
{
	*s ^= *s >> 12;
	*s ^= *s << 25;
	*s ^= *s >> 27;
	return *s * UINT64_C(2685821657736338717);
}

#endif
