/* names: each gets one number, and keeps it. */

#include "test.h"

#include "report/names.h"

#include <stdio.h>
#include <string.h>

static struct mp_text text_of(const char *s)
{
	return (struct mp_text){ s, strlen(s) };
}

static void test_names_are_numbered_as_they_come(void **state)
{
	struct mp_names n = { 0 };
	char room[] = "web1";

	(void)state;
	assert_int_equal(mp_names_add(&n, 7, text_of(room)), 0);
	assert_int_equal(mp_names_add(&n, 8, text_of("web1")), 1);
	assert_int_equal(mp_names_add(&n, 7, text_of("web")), 2);
	assert_int_equal(mp_names_add(&n, 7, text_of("web11")), 3);
	memset(room, 'x', 4); /* it is copied */
	assert_int_equal(mp_names_add(&n, 7, text_of("web1")), 0);
	assert_int_equal(n.count, 4);
	assert_int_equal(n.names[0].key, 7);
	assert_memory_equal(n.names[0].text.p, "web1", 4);
	mp_names_release(&n);
	assert_int_equal(n.count, 0);
}

static void test_an_empty_name_may_be_null(void **state)
{
	struct mp_names n = { 0 };

	(void)state;
	assert_int_equal(mp_names_add(&n, 0, (struct mp_text){ NULL, 0 }), 0);
	assert_int_equal(mp_names_add(&n, 0, text_of("")), 0);
	assert_int_equal(mp_names_add(&n, 1, text_of("")), 1);
	mp_names_release(&n);
}

static void test_many_names_keep_their_numbers(void **state)
{
	struct mp_names n = { 0 };
	char name[32];

	(void)state;
	for (int round = 0; round < 2; round++)
		for (int i = 0; i < 10000; i++) {
			snprintf(name, sizeof(name), "Page:%d", i);
			assert_int_equal(mp_names_add(&n, 0, text_of(name)), i);
		}
	assert_int_equal(n.count, 10000);
	assert_true(2 * n.count <= n.slot_count);
	mp_names_release(&n);
}

static void test_the_last_name_can_be_dropped(void **state)
{
	struct mp_names n = { 0 };

	(void)state;
	mp_names_add(&n, 0, text_of("a"));
	mp_names_add(&n, 0, text_of("b"));
	mp_names_drop(&n);
	assert_int_equal(n.count, 1);
	assert_int_equal(mp_names_add(&n, 0, text_of("c")), 1);
	assert_int_equal(mp_names_add(&n, 0, text_of("b")), 2);
	assert_int_equal(mp_names_add(&n, 0, text_of("a")), 0);
	mp_names_release(&n);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_names_are_numbered_as_they_come),
		cmocka_unit_test(test_an_empty_name_may_be_null),
		cmocka_unit_test(test_many_names_keep_their_numbers),
		cmocka_unit_test(test_the_last_name_can_be_dropped),
	};

	return cmocka_run_group_tests_name("names", tests, NULL, NULL);
}
