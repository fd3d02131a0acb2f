/* oopsdir: there are not too many reports, and nobody else's ever go. */

#include "test.h"

#include "profile/descriptors.h"
#include "profile/oopsdir.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define FIRST_US INT64_C(1795223045123456) /* 21 November 2026 */
#define DAY_US	 INT64_C(86400000000)
#define FOREIGN	 "OOPS-0123456789abcdef0123456789abcdef.json"

static char dir[] = "/tmp/test_oopsdir.XXXXXX";
static struct mp_bounds bounds;
static char last[256]; /* path of what was written last, from `dir` */

/* The report of a request `i` microseconds after the first of a day. */
static int write_on(int day, int i)
{
	struct mp_record r = mp_record_unknown;
	struct mp_oopsfile what = { .record = &r, .url = "/" };
	char id[MP_OOPSFILE_ID_MAX];

	r.timestamp_us = FIRST_US + day * DAY_US + i;
	r.page_id = (struct mp_text){ "page", 4 };
	r.oops_id = (struct mp_text){ "-", 1 };
	r.host = (struct mp_text){ "-", 1 };
	mp_oopsfile_id(&what, id);
	snprintf(last, sizeof(last), "2026-11-%02d/%s.json", 21 + day, id);
	return mp_oopsdir_write(&bounds, &what, dir, id, NULL);
}

static bool is_there(const char *path)
{
	struct stat st;

	return !lstat(path, &st);
}

/* Files below `path`, by the names that a shell matches. */
static int count(const char *pattern)
{
	char command[128];
	FILE *f;
	int n = -1;

	snprintf(command, sizeof(command), "ls -d %s 2>/dev/null | wc -l",
		 pattern);
	f = popen(command, "r");
	assert_non_null(f);
	assert_int_equal(fscanf(f, "%d", &n), 1);
	pclose(f);
	return n;
}

static void age(const char *path, time_t seconds)
{
	struct timespec times[2];

	clock_gettime(CLOCK_REALTIME, &times[0]);
	times[0].tv_sec -= seconds;
	times[1] = times[0];
	assert_int_equal(utimensat(AT_FDCWD, path, times, AT_SYMLINK_NOFOLLOW),
			 0);
}

static void plant(const char *path, const char *text)
{
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	fputs(text, f);
	fclose(f);
	age(path, 1000000);
}

static void test_the_oldest_go(void **state)
{
	(void)state;
	mp_bounds_init(&bounds, 10, 1 << 20);
	for (int i = 0; i < 30; i++) {
		errno = 7;
		assert_int_equal(write_on(0, i), 0);
		assert_int_equal(errno, 7);
		assert_true(is_there(last));
		age(last, 1000 - i);
		assert_true(count("*/*") <= 10);
	}
	assert_int_equal(count("*/*"), 10);
}

static void test_bytes_are_bounded_as_well(void **state)
{
	struct stat st;

	(void)state;
	mp_bounds_init(&bounds, 1000, 1 << 20);
	assert_int_equal(write_on(0, 0), 0);
	assert_int_equal(stat(last, &st), 0);
	mp_bounds_init(&bounds, 1000, 5 * (uint64_t)st.st_size + 9);
	for (int i = 1; i < 20; i++)
		assert_int_equal(write_on(0, i), 0);
	assert_in_range(count("*/*"), 4, 5);
}

static void test_the_folder_of_a_day_goes_when_it_is_empty(void **state)
{
	(void)state;
	mp_bounds_init(&bounds, 2, 1 << 20);
	for (int i = 0; i < 2; i++) {
		assert_int_equal(write_on(0, i), 0);
		age(last, 1000);
	}
	assert_int_equal(mkdir("2026-01-01", 0700), 0); /* somebody's */
	for (int i = 0; i < 3; i++)
		assert_int_equal(write_on(1, i), 0);
	assert_false(is_there("2026-11-21"));
	assert_true(is_there("2026-11-22"));
	assert_true(is_there("2026-01-01"));
	/* And it comes again. */
	assert_int_equal(write_on(0, 9), 0);
	assert_true(is_there(last));
}

static void test_nobody_elses_go(void **state)
{
	char theirs[256], link_target[256], text[128];

	(void)state;
	mp_bounds_init(&bounds, 1, 1 << 20);
	assert_int_equal(write_on(0, 0), 0);
	strcpy(theirs, last);
	age(theirs, 1000000);
	assert_int_equal(write_on(0, 1), 0);
	assert_false(is_there(theirs)); /* ours, and old */

	/* Of another user. */
	assert_int_equal(write_on(0, 2), 0);
	strcpy(theirs, last);
	age(theirs, 1000000);
	if (!geteuid())
		assert_int_equal(chown(theirs, 65534, 65534), 0);
	/* Named like ours, but not begun so. */
	plant("2026-11-21/" FOREIGN, "{\n\"id\": \"OOPS-1\"}\n");
	/* Real reports, notes, and what has no day. */
	plant("2026-11-21/12345.A1", "oops");
	plant("2026-11-21/OOPS-1.json", "{}");
	snprintf(text, sizeof(text), "{\n\"id\": \"%.37s\"", FOREIGN);
	plant(FOREIGN, text);
	assert_int_equal(mkdir("other", 0700), 0);
	plant("other/" FOREIGN, text);
	assert_int_equal(mkdir("2026-11-210", 0700), 0);
	plant("2026-11-210/" FOREIGN, text);
	/* Links, of files and of days. */
	assert_int_equal(symlink("other", "2026-11-19"), 0);
	snprintf(link_target, sizeof(link_target), "../other/%s", FOREIGN);
	assert_int_equal(symlink(link_target, "2026-11-21/OOPS-fedcba9876543210"
					      "fedcba9876543210.json"),
			 0);
	for (int i = 3; i < 9; i++)
		assert_int_equal(write_on(0, i), 0);
	assert_int_equal(is_there(theirs), !geteuid());
	assert_true(is_there("2026-11-21/" FOREIGN));
	assert_true(is_there("2026-11-21/12345.A1"));
	assert_true(is_there("2026-11-21/OOPS-1.json"));
	assert_true(is_there(FOREIGN));
	assert_true(is_there("other/" FOREIGN));
	assert_true(is_there("2026-11-210/" FOREIGN));
	assert_true(is_there("2026-11-19"));
	assert_true(is_there("2026-11-21/OOPS-fedcba9876543210"
			     "fedcba9876543210.json"));
}

/* Such a name in a day's folder, begun as ours are: it is one. */
static void test_what_is_begun_as_ours_goes(void **state)
{
	char text[128];

	(void)state;
	mp_bounds_init(&bounds, 1, 1 << 20);
	assert_int_equal(mkdir("2019-09-10", 0700), 0);
	snprintf(text, sizeof(text), "{\n\"id\": \"%.37s\",\n", FOREIGN);
	plant("2019-09-10/" FOREIGN, text);
	assert_int_equal(write_on(0, 0), 0);
	assert_false(is_there("2019-09-10"));
}

/* Then nobody knows what it is. */
static void test_what_may_not_be_read_stays(void **state)
{
	int status;
	pid_t child;

	(void)state;
	mp_bounds_init(&bounds, 1, 1 << 20);
	child = fork();
	if (!child) {
		if (!geteuid() && (chown(dir, 65534, 65534) || seteuid(65534)))
			_exit(1);
		if (mkdir("2026-11-20", 0700))
			_exit(2);
		plant("2026-11-20/" FOREIGN, "{\n\"id\": \"");
		if (chmod("2026-11-20/" FOREIGN, 0) || write_on(0, 0))
			_exit(3);
		_exit(!is_there("2026-11-20/" FOREIGN));
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
}

static void test_what_killed_processes_left_goes_after_a_while(void **state)
{
	(void)state;
	mp_bounds_init(&bounds, 10, 1 << 20);
	assert_int_equal(mkdir("2026-11-20", 0700), 0);
	plant("2026-11-20/.memprof-1-a.tmp", "x");
	assert_int_equal(write_on(0, 0), 0);
	assert_false(is_there("2026-11-20"));
}

static void test_failures_are_told(void **state)
{
	int status;
	pid_t child;

	(void)state;
	mp_bounds_init(&bounds, 10, 1 << 20);
	child = fork();
	if (!child) {
		/* A folder that can't be read can't be bounded. */
		if (chmod(dir, 0300) ||
		    (!geteuid() &&
		     (chown(dir, 65534, 65534) || seteuid(65534))))
			_exit(1);
		_exit(write_on(0, 0) == -EACCES ? 0 : 2);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
	assert_int_equal(chmod(dir, 0700), 0);
	assert_int_equal(count("*"), 0);
}

static size_t descriptors;

static int begin_test(void **state)
{
	(void)state;
	descriptors = count_descriptors();
	strcpy(dir + strlen(dir) - 6, "XXXXXX");
	return !mkdtemp(dir) || chdir(dir);
}

static int end_test(void **state)
{
	char command[80];

	(void)state;
	snprintf(command, sizeof(command), "rm -r %s", dir);
	return chdir("/") || system(command) ||
	       count_descriptors() != descriptors;
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, begin_test, end_test)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_the_oldest_go),
		TEST(test_bytes_are_bounded_as_well),
		TEST(test_the_folder_of_a_day_goes_when_it_is_empty),
		TEST(test_nobody_elses_go),
		TEST(test_what_is_begun_as_ours_goes),
		TEST(test_what_may_not_be_read_stays),
		TEST(test_what_killed_processes_left_goes_after_a_while),
		TEST(test_failures_are_told),
	};

	return cmocka_run_group_tests_name("oopsdir", tests, NULL, NULL);
}
