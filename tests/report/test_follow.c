/* follow: lines as they come, through rotation, and what must not hold us up. */

#include "test.h"

#include "report/follow.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define LOG "log"

static char dir[64];

static int enter(void **state)
{
	(void)state;
	snprintf(dir, sizeof(dir), "/tmp/test_follow.XXXXXX");
	return mkdtemp(dir) ? chdir(dir) : -1;
}

static int leave(void **state)
{
	(void)state;
	unlink(LOG);
	unlink("old");
	return chdir("/") || rmdir(dir);
}

static void append(const char *name, const char *text)
{
	FILE *f = fopen(name, "a");

	assert_non_null(f);
	assert_true(fputs(text, f) >= 0);
	assert_int_equal(fclose(f), 0);
}

static void expect_line(struct mp_follow *f, const char *want)
{
	struct mp_text line;

	assert_int_equal(mp_follow_next(f, &line), 1);
	assert_int_equal(line.len, strlen(want));
	assert_memory_equal(line.p, want, line.len);
}

static void expect_nothing(struct mp_follow *f)
{
	struct mp_text line;

	assert_int_equal(mp_follow_next(f, &line), 0);
	assert_false(mp_follow_is_over(f));
}

static struct mp_follow *open_log(const char *text)
{
	struct mp_follow *f;

	append(LOG, text);
	assert_int_equal(mp_follow_open_file(LOG, &f), 0);
	return f;
}

static void test_a_line_is_told_when_it_is_whole(void **state)
{
	struct mp_follow *f = open_log("one\nt");

	(void)state;
	expect_line(f, "one");
	expect_nothing(f);
	append(LOG, "wo\n");
	expect_line(f, "two");
	expect_nothing(f);
	mp_follow_close(f);
}

static void test_the_last_bytes_begin_with_a_whole_line(void **state)
{
	struct mp_follow *f = open_log("one\ntwo\nthree\n");

	(void)state;
	assert_true(mp_follow_rewind(f, 8));
	expect_line(f, "three");
	assert_true(mp_follow_rewind(f, 10));
	expect_line(f, "two");
	assert_false(mp_follow_rewind(f, 100));
	expect_line(f, "one");
	mp_follow_close(f);
}

static void test_the_file_before_rotation_is_read_on(void **state)
{
	struct mp_follow *f = open_log("one\n");

	(void)state;
	expect_line(f, "one");
	assert_int_equal(rename(LOG, "old"), 0);
	expect_nothing(f);
	append(LOG, "three\n");
	append("old", "two\n");
	expect_line(f, "two");
	expect_line(f, "three");
	append("old", "four\n");
	expect_line(f, "four");
	expect_nothing(f);
	mp_follow_close(f);
}

static void test_a_log_that_was_emptied_is_read_anew(void **state)
{
	struct mp_follow *f = open_log("one, which is long\n");

	(void)state;
	expect_line(f, "one, which is long");
	assert_int_equal(truncate(LOG, 0), 0);
	append(LOG, "two\n");
	expect_line(f, "two");
	mp_follow_close(f);
}

static void test_a_long_line_is_cut(void **state)
{
	struct mp_follow *f = open_log("");
	char *line = malloc(100001);
	struct mp_text got;

	(void)state;
	assert_non_null(line);
	memset(line, 'x', 100000);
	line[100000] = '\0';
	append(LOG, line);
	append(LOG, "\nnext\n");
	assert_int_equal(mp_follow_next(f, &got), 1);
	assert_in_range(got.len, 4096, 99999);
	assert_int_equal(got.p[0], 'x');
	expect_line(f, "next");
	free(line);
	mp_follow_close(f);
}

/* Opening one would wait for a writer. */
static void test_a_fifo_in_the_place_of_a_log_is_refused(void **state)
{
	struct mp_follow *f;

	(void)state;
	assert_int_equal(mkfifo(LOG, 0600), 0);
	assert_int_equal(mp_follow_open_file(LOG, &f), -EINVAL);
	assert_int_equal(mp_follow_open_file("none", &f), -ENOENT);
	assert_int_equal(mp_follow_open_file(".", &f), -EINVAL);
}

static void test_a_fifo_rotated_in_is_not_waited_for(void **state)
{
	struct mp_follow *f = open_log("one\n");

	(void)state;
	expect_line(f, "one");
	assert_int_equal(rename(LOG, "old"), 0);
	assert_int_equal(mkfifo(LOG, 0600), 0);
	expect_nothing(f);
	append("old", "two\n");
	expect_line(f, "two");
	mp_follow_close(f);
}

#define TEST(t) cmocka_unit_test_setup_teardown(t, enter, leave)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_a_line_is_told_when_it_is_whole),
		TEST(test_the_last_bytes_begin_with_a_whole_line),
		TEST(test_the_file_before_rotation_is_read_on),
		TEST(test_a_log_that_was_emptied_is_read_anew),
		TEST(test_a_long_line_is_cut),
		TEST(test_a_fifo_in_the_place_of_a_log_is_refused),
		TEST(test_a_fifo_rotated_in_is_not_waited_for),
	};

	alarm(60); /* for what must not wait */
	return cmocka_run_group_tests_name("follow", tests, NULL, NULL);
}
