/* tally: equal keys are one, in the order in which they came. */

#include "test.h"

#include "view/tally.h"

#include <string.h>

static void test_equal_keys_add_up(void **state)
{
	struct mp_tally t = { 0 };

	(void)state;
	assert_int_equal(mp_tally_add(&t, "ab", 2, 1, 10), 0);
	assert_int_equal(mp_tally_add(&t, "a", 1, 2, 20), 1);
	assert_int_equal(mp_tally_add(&t, NULL, 0, 3, 30), 2);
	assert_int_equal(mp_tally_add(&t, "ab", 2, 4, 40), 0);
	assert_int_equal(mp_tally_add(&t, "", 0, 5, 50), 2);
	assert_int_equal(t.err, 0);
	assert_int_equal(t.count, 3);
	assert_int_equal(t.sums[0].count, 5);
	assert_int_equal(t.sums[0].value, 50);
	assert_int_equal(t.sums[1].value, 20);
	assert_int_equal(t.sums[2].count, 8);
	assert_int_equal(t.sums[1].len, 1);
	assert_memory_equal(t.sums[0].key, "ab", 2);
	mp_tally_release(&t);
}

static void test_marks_begin_at_0_and_stay(void **state)
{
	struct mp_tally t = { 0 };

	(void)state;
	mp_tally_add(&t, "a", 1, 0, 0);
	assert_int_equal(t.sums[0].mark, 0);
	t.sums[0].mark = 7;
	for (unsigned i = 0; i < 1000; i++)
		mp_tally_add(&t, &i, sizeof(i), 0, 0);
	mp_tally_add(&t, "a", 1, 0, 0);
	assert_int_equal(t.sums[0].mark, 7);
	mp_tally_release(&t);
}

static void test_thousands_are_found_again(void **state)
{
	struct mp_tally t = { 0 };

	(void)state;
	for (int round = 0; round < 2; round++)
		for (unsigned i = 0; i < 5000; i++)
			assert_int_equal(mp_tally_add(&t, &i, sizeof(i), 1, i),
					 i);
	assert_int_equal(t.count, 5000);
	for (unsigned i = 0; i < 5000; i++)
		assert_int_equal(t.sums[i].value, 2 * i);
	mp_tally_release(&t);
}

static void test_an_error_sticks(void **state)
{
	struct mp_tally t = { .err = -1 };

	(void)state;
	assert_int_equal(mp_tally_add(&t, "a", 1, 1, 1), 0);
	assert_int_equal(t.count, 0);
	assert_int_equal(t.err, -1);
	mp_tally_release(&t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_equal_keys_add_up),
		cmocka_unit_test(test_marks_begin_at_0_and_stay),
		cmocka_unit_test(test_thousands_are_found_again),
		cmocka_unit_test(test_an_error_sticks),
	};

	return cmocka_run_group_tests_name("tally", tests, NULL, NULL);
}
