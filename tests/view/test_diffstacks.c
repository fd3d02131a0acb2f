/* diffstacks: stacks of two profiles are one where they are equal; folded, they
   have two numbers. */

#include "test.h"

#include "view/chart.h"
#include "view/diffstacks.h"
#include "view/folded.h"
#include "view/printed.h"

static struct mp_calls before, after;

static int begin(void **state)
{
	(void)state;
	chart_init(&before);
	chart_init(&after);
	return 0;
}

static int finish(void **state)
{
	(void)state;
	mp_calls_release(&before);
	mp_calls_release(&after);
	return 0;
}

static int fold(FILE *out, const struct mp_calls *c)
{
	const struct mp_view_style plain = { 0 };
	struct mp_calldiff d;
	int err;

	(void)c;
	assert_int_equal(mp_calldiff_build(&before, &after, &d), 0);
	err = mp_show_foldeddiff(out, &d, &plain);
	mp_calldiff_release(&d);
	return err;
}

static void test_equal_stacks_have_both_numbers(void **state)
{
	struct mp_calldiff d;
	struct mp_diffstacks s;

	(void)state;
	chart_add(&before, MP_KIND_CPU, "a;b", 1, 10);
	chart_add(&before, MP_KIND_CPU, "a;old", 2, 20);
	chart_add(&after, MP_KIND_CPU, "a;new", 4, 40);
	chart_add(&after, MP_KIND_CPU, "a;b", 8, 80);
	assert_int_equal(mp_calldiff_build(&before, &after, &d), 0);
	assert_int_equal(mp_diffstacks_build(&d, &s), 0);
	assert_int_equal(s.count, 3);
	assert_int_equal(s.list[0].change.ns[MP_BEFORE], 10);
	assert_int_equal(s.list[0].change.ns[MP_AFTER], 80);
	assert_int_equal(s.list[0].change.samples[MP_BEFORE], 1);
	assert_int_equal(s.list[0].change.samples[MP_AFTER], 8);
	assert_int_equal(s.list[2].change.samples[MP_BEFORE], 0);
	assert_int_equal(s.list[2].change.samples[MP_AFTER], 4);
	mp_diffstacks_release(&s);
	mp_diffstacks_release(&s);
	mp_calldiff_release(&d);
	assert_printed(fold, &before, "a;b 10 80\na;old 20 0\na;new 0 40\n");
}

static void test_one_that_waits_is_another(void **state)
{
	(void)state;
	chart_add(&before, MP_KIND_CPU, "a;b", 1, 10);
	chart_add(&after, MP_KIND_BLOCKED, "a;b", 1, 30);
	assert_printed(fold, &before, "a;b 10 0\na;b;[blocked] 0 30\n");
}

static void test_numbers_are_for_each_request(void **state)
{
	(void)state;
	before.head.requests = 4;
	after.head.requests = 3;
	chart_add(&before, MP_KIND_CPU, "a", 1, 402);
	chart_add(&after, MP_KIND_CPU, "a", 1, 301);
	chart_add(&after, MP_KIND_CPU, "idle", 1, 0);
	/* Rounded to the nearest. */
	assert_printed(fold, &before, "a 101 100\n");
}

static void test_nothing_is_no_line(void **state)
{
	(void)state;
	assert_printed(fold, &before, "");
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, begin, finish)
	const struct CMUnitTest tests[] = {
		TEST(test_equal_stacks_have_both_numbers),
		TEST(test_one_that_waits_is_another),
		TEST(test_numbers_are_for_each_request),
		TEST(test_nothing_is_no_line),
	};

	return cmocka_run_group_tests_name("diffstacks", tests, NULL, NULL);
}
