#ifndef MP_PROFILED_H
#define MP_PROFILED_H

/*
 * What the tests of profiled requests share: sessions that profile into the
 * test's own directory, work by the CPU clock, and the files that came of it.
 */

#include "core/serving.h"
#include "profile/keep.h"
#include "profile/profile.h"

#include <inttypes.h>

#include <limits.h>

#define MS INT64_C(1000000)

/* Each request gets a file here. */
#define PROFILE_ALL                 \
	"profiling_allowed: true\n" \
	"profile_dir: .\n"          \
	"profile_all_requests: true\n"

/* Signals that the thread sanitizer delivers late are no samples. */
static inline bool has_samples(void)
{
	const char *sanitize = getenv("MEMPROF_TEST_SANITIZE");

	return !sanitize || !strstr(sanitize, "thread");
}

static inline void need_samples(void)
{
	if (has_samples())
		return;
	print_message("skipped: the thread sanitizer holds signals back\n");
	skip();
}

static inline int64_t thread_cpu_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	return t.tv_sec * INT64_C(1000000000) + t.tv_nsec;
}

/* Use up that much CPU time of this thread. */
static inline void burn(int64_t ns)
{
	static _Thread_local volatile unsigned work;
	int64_t until_ns = thread_cpu_ns() + ns;

	while (thread_cpu_ns() < until_ns)
		for (unsigned i = 0; i < 1000; i++)
			work = work + i;
}

/* Serve `page`, which takes that much CPU time, and return what the thread
   used for it with memprof's calls. */
static inline int64_t serve_page(struct memprof *mp, const char *page,
				 int64_t ns)
{
	struct memprof_request r = { 0 };
	int64_t before_ns = thread_cpu_ns();

	memprof_begin(mp, &r, page);
	burn(ns);
	memprof_end(&r, NULL);
	return thread_cpu_ns() - before_ns;
}

/* What a profile says at least of CPU time that was burnt: the handler's own is
   not in it. */
#define LEAST(ns) ((ns)*3 / 4)

/* ---- files ---- */

/* A profile's file, whole. */
struct profile {
	char text[256 * 1024];
	uint64_t sum;	  /* of its stacks' values */
	uint64_t samples; /* of its stacks */
	unsigned stacks;  /* that were sampled */
	uint64_t blocked; /* samples of those that waited */
	uint64_t blocked_ns;
};

/* The value of a key of the header; fails where it is not there. */
static inline const char *field(const struct profile *p, const char *key)
{
	static char value[PATH_MAX];
	size_t len = strlen(key);

	for (const char *line = p->text; *line; line = strchr(line, '\n') + 1) {
		if (strncmp(line, key, len) || line[len] != '\t')
			continue;
		snprintf(value, sizeof(value), "%.*s",
			 (int)strcspn(line + len + 1, "\n"), line + len + 1);
		return value;
	}
	fail_msg("no %s in:\n%s", key, p->text);
	return NULL;
}

static inline int64_t number(const struct profile *p, const char *key)
{
	return strtoll(field(p, key), NULL, 10);
}

static inline bool has_line(const struct profile *p, const char *start)
{
	char want[256];

	snprintf(want, sizeof(want), "\n%s", start);
	return strstr(p->text, want) != NULL;
}

/* Read the file, and see that it is whole and adds up. */
static inline void read_profile(const char *path, struct profile *ret)
{
	FILE *f = fopen(path, "r");
	unsigned lines = 0;
	size_t len;

	assert_non_null(f);
	len = fread(ret->text, 1, sizeof(ret->text) - 1, f);
	assert_true(feof(f));
	fclose(f);
	ret->text[len] = '\0';
	ret->sum = 0;
	ret->samples = 0;
	ret->stacks = 0;
	ret->blocked = 0;
	ret->blocked_ns = 0;
	for (char *line = ret->text; *line; line = strchr(line, '\n') + 1) {
		char kind[16];
		uint64_t samples, value;

		assert_non_null(strchr(line, '\n'));
		if (sscanf(line, "stack\t%15s\t%" SCNu64 "\t%" SCNu64, kind,
			   &samples, &value) == 3) {
			ret->sum += value;
			ret->samples += samples;
			ret->stacks += !strcmp(kind, "cpu");
			if (!strcmp(kind, "blocked")) {
				ret->blocked += samples;
				ret->blocked_ns += value;
			}
		}
		if (strncmp(line, "end\t", 4))
			lines++;
	}
	assert_int_equal(number(ret, "end"), lines);
	assert_int_equal(ret->sum, number(ret, has_line(ret, "clock\twall")
						       ? "duration_ns"
						       : "cpu_ns"));
	assert_int_equal(ret->samples, number(ret, "samples"));
}

/* How many profiles are here; the path of the last that has `part` in its name
   goes to `ret_path`. */
static inline size_t find_profiles(const char *part, char *ret_path)
{
	DIR *dir = opendir(".");
	struct dirent *e;
	size_t n = 0;

	assert_non_null(dir);
	while ((e = readdir(dir))) {
		if (!strstr(e->d_name, ".mprof") || !strstr(e->d_name, part))
			continue;
		if (ret_path)
			strcpy(ret_path, e->d_name);
		n++;
	}
	closedir(dir);
	return n;
}

static inline void remove_profiles(void)
{
	char path[PATH_MAX];

	while (find_profiles("", path))
		unlink(path);
}

/* The one profile that has `part` in its name. */
static inline void read_only_profile(const char *part, struct profile *ret)
{
	char path[PATH_MAX];

	assert_int_equal(find_profiles(part, path), 1);
	read_profile(path, ret);
}

static inline int clear(void **state)
{
	(void)state;
	clear_dir();
	return 0;
}

#endif
