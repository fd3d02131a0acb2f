/* flat: each function has what it took itself, and with its callees, once. */

#include "test.h"

#include "view/chart.h"
#include "view/flat.h"

#include <stdio.h>

static int begin(void **state)
{
	static struct mp_calls c;

	chart_init(&c);
	*state = &c;
	return 0;
}

static int finish(void **state)
{
	mp_calls_release(*state);
	return 0;
}

/* `name:self/total` of each row. */
static void assert_flat(const struct mp_calls *c, const char *want)
{
	char text[1024] = "", *p = text;
	struct mp_flat flat;

	assert_int_equal(mp_flat_build(c, &flat), 0);
	for (size_t i = 0; i < flat.count; i++) {
		const struct mp_flat_row *r = &flat.rows[i];

		p += sprintf(p, "%s%s:%d/%d", i > 0 ? " " : "",
			     c->functions[r->function].name, (int)r->self,
			     (int)r->total);
	}
	assert_string_equal(text, want);
	mp_flat_release(&flat);
	mp_flat_release(&flat);
}

static void test_callers_have_what_their_callees_took(void **state)
{
	struct mp_calls *c = *state;

	chart_add(c, MP_KIND_CPU, "main;a;b", 1, 10);
	chart_add(c, MP_KIND_CPU, "main;b", 1, 5);
	chart_add(c, MP_KIND_CPU, "main;a", 1, 7);
	assert_flat(c, "b:15/15 a:7/17 main:0/22");
}

static void test_recursion_counts_once(void **state)
{
	struct mp_calls *c = *state;

	chart_add(c, MP_KIND_CPU, "main;f;f;f", 1, 10);
	chart_add(c, MP_KIND_CPU, "main;f;g;f;g", 1, 3);
	assert_flat(c, "f:10/13 g:3/3 main:0/13");
}

static void test_equal_ones_are_in_order_of_names(void **state)
{
	struct mp_calls *c = *state;

	chart_add(c, MP_KIND_CPU, "z;y", 1, 1);
	chart_add(c, MP_KIND_CPU, "z;x", 1, 1);
	assert_flat(c, "x:1/1 y:1/1 z:0/2");
}

static void test_samples_and_waiting_are_counted(void **state)
{
	struct mp_calls *c = *state;
	struct mp_flat flat;

	chart_add(c, MP_KIND_BLOCKED, "main;read", 2, 20);
	chart_add(c, MP_KIND_CPU, "main;read", 3, 30);
	chart_add(c, MP_KIND_CPU, "main", 5, 40);
	chart_add(c, MP_KIND_UNSAMPLED, "", 0, 9);
	assert_int_equal(mp_flat_build(c, &flat), 0);
	assert_int_equal(flat.count, 3);
	assert_int_equal(flat.rows[0].blocked, 20);
	assert_int_equal(flat.rows[0].self_samples, 5);
	assert_int_equal(flat.rows[1].blocked, 20);
	assert_int_equal(flat.rows[1].self_samples, 5);
	assert_int_equal(flat.rows[1].samples, 10);
	assert_int_equal(flat.rows[2].total, 9);
	assert_int_equal(flat.rows[2].samples, 0);
	mp_flat_release(&flat);
}

static void test_nothing_has_no_rows(void **state)
{
	assert_flat(*state, "");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, finish)
	const struct CMUnitTest tests[] = {
		TEST(test_callers_have_what_their_callees_took),
		TEST(test_recursion_counts_once),
		TEST(test_equal_ones_are_in_order_of_names),
		TEST(test_samples_and_waiting_are_counted),
		TEST(test_nothing_has_no_rows),
	};

	return cmocka_run_group_tests_name("flat", tests, NULL, NULL);
}
