/* error: each thread is told why its own open failed. */

#include "serving.h"

#include "core/error.h"

static void test_nothing_has_failed_yet(void **state)
{
	(void)state;
	assert_string_equal(memprof_open_error(), "");
}

static void test_the_last_failure_is_told(void **state)
{
	struct memprof *mp = (struct memprof *)state;

	errno = 4711;
	assert_int_equal(memprof_open("missing.conf", &mp), -ENOENT);
	assert_null(mp);
	assert_non_null(strstr(memprof_open_error(), "missing.conf"));
	assert_non_null(strstr(memprof_open_error(), "No such file"));
	assert_int_equal(memprof_open_log("/missing/log", &mp), -ENOENT);
	assert_string_equal(memprof_open_error(),
			    "/missing/log: No such file or directory");
	assert_int_equal(errno, 4711);
}

static void test_success_leaves_it(void **state)
{
	struct memprof *mp;

	(void)state;
	mp_error_set("before");
	mp = serve("");
	assert_string_equal(memprof_open_error(), "before");
	assert_int_equal(memprof_close(mp), 0);
}

static void *fail_otherwise(void *arg)
{
	bool *right = arg;

	*right = !*memprof_open_error();
	mp_error_set_path("other", -EACCES);
	*right &= !strcmp(memprof_open_error(), "other: Permission denied");
	return NULL;
}

static void test_threads_do_not_hear_of_each_other(void **state)
{
	bool right = false;

	(void)state;
	mp_error_set_path("mine", -ENOSPC);
	run_thread(fail_otherwise, &right);
	assert_true(right);
	assert_string_equal(memprof_open_error(),
			    "mine: No space left on device");
}

static struct text_case {
	const char *name;
	int err;
	const char *text;
} text_cases[] = {
	{ "zero", 0, "Success" },
	{ "negative", -EINVAL, "Invalid argument" },
	{ "positive", EINVAL, "Invalid argument" },
	{ "unknown", -99999, "unknown error" },
	{ "unknown, positive", 99999, "unknown error" },
	{ "least of all", INT32_MIN, "unknown error" },
};

static void test_text(void **state)
{
	const struct text_case *c = *state;

	errno = 4711;
	assert_string_equal(memprof_strerror(c->err), c->text);
	assert_int_equal(errno, 4711);
}

int main(void)
{
	const struct CMUnitTest single[] = {
		cmocka_unit_test(test_nothing_has_failed_yet),
		cmocka_unit_test(test_the_last_failure_is_told),
		cmocka_unit_test(test_success_leaves_it),
		cmocka_unit_test(test_threads_do_not_hear_of_each_other),
	};
	struct CMUnitTest tests[ARRAY_SIZE(single) + ARRAY_SIZE(text_cases)];

	memcpy(tests, single, sizeof(single));
	for (size_t i = 0; i < ARRAY_SIZE(text_cases); i++)
		tests[ARRAY_SIZE(single) + i] = (struct CMUnitTest){
			.name = text_cases[i].name,
			.test_func = test_text,
			.initial_state = &text_cases[i],
		};
	return cmocka_run_group_tests_name("error", tests, enter, leave);
}
