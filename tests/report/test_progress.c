/* progress: a bar for what takes long, and nothing for what does not. */

#include "test.h"

#include "report/progress.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static int64_t now_ms;

int __wrap_clock_gettime(clockid_t clock, struct timespec *ret);

int __wrap_clock_gettime(clockid_t clock, struct timespec *ret)
{
	(void)clock;
	*ret = (struct timespec){ now_ms / 1000, now_ms % 1000 * 1000000 };
	return 0;
}

static char *text;
static size_t len;
static FILE *out;
static struct mp_progress bar;

static int begin(void **state)
{
	(void)state;
	now_ms = 1000;
	out = open_memstream(&text, &len);
	if (!out)
		return -1;
	mp_progress_begin(&bar, out, 100000000);
	return 0;
}

static int end(void **state)
{
	(void)state;
	fclose(out);
	free(text);
	return 0;
}

/* What is written since the last call. */
static const char *shown(void)
{
	static size_t before;
	const char *since;

	fflush(out);
	if (before > len)
		before = 0;
	since = text + before;
	before = len;
	return since;
}

static void test_nothing_is_shown_in_the_first_half_second(void **state)
{
	(void)state;
	shown();
	now_ms += 499;
	mp_progress_show(&bar, 1000000);
	assert_string_equal(shown(), "");
	mp_progress_hide(&bar);
	assert_string_equal(shown(), "");
}

static void test_the_bar_tells_how_far_and_how_long(void **state)
{
	(void)state;
	shown();
	now_ms += 1000;
	mp_progress_show(&bar, 25000000);
	assert_string_equal(shown(), "\r#######.......................  25 %, "
				     "25 MB, 3 s left\033[K");
	now_ms += 99;
	mp_progress_show(&bar, 30000000);
	assert_string_equal(shown(), "");
	now_ms += 901;
	mp_progress_show(&bar, 50000000);
	assert_string_equal(shown(), "\r###############...............  50 %, "
				     "50 MB, 2 s left\033[K");
	mp_progress_hide(&bar);
	assert_string_equal(shown(), "\r\033[K");
	mp_progress_hide(&bar);
	assert_string_equal(shown(), "");
}

static void test_what_is_nearly_done_begins_no_bar(void **state)
{
	(void)state;
	shown();
	now_ms += 1000;
	mp_progress_show(&bar, 60000000);
	assert_string_equal(shown(), "");
}

static void test_a_log_that_grows_beyond_its_size_shows_no_more(void **state)
{
	(void)state;
	shown();
	now_ms += 1000;
	mp_progress_show(&bar, 0);
	mp_progress_show(&bar, 100000001);
	assert_string_equal(shown(), "");
}

#define TEST(t) cmocka_unit_test_setup_teardown(t, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_nothing_is_shown_in_the_first_half_second),
		TEST(test_the_bar_tells_how_far_and_how_long),
		TEST(test_what_is_nearly_done_begins_no_bar),
		TEST(test_a_log_that_grows_beyond_its_size_shows_no_more),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
