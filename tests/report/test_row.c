/* row: cells are where they were put, whichever way a row grows. */

#include "test.h"

#include "report/row.h"

#include <stdlib.h>

#define SPAN 300

static void add(struct mp_row *row, int64_t i, int64_t v)
{
	void *cell;

	assert_int_equal(mp_row_at(row, &mp_cells_sums, i, &cell), 0);
	mp_cells_sums.join(cell, &v);
}

static int64_t get(const struct mp_row *row, int64_t i)
{
	const int64_t *cell = mp_row_find(row, &mp_cells_sums, i);

	return cell ? *cell : 0;
}

/* The same sums in an array, and as many halves of it as the row had. */
struct model {
	int64_t sums[4 * SPAN];
};

static void halve_model(struct model *m)
{
	struct model halved = { { 0 } };

	for (int64_t i = -2 * SPAN; i < 2 * SPAN; i++)
		halved.sums[2 * SPAN + mp_row_half(i)] += m->sums[2 * SPAN + i];
	*m = halved;
}

static void compare(const struct mp_row *row, const struct model *m)
{
	for (int64_t i = -2 * SPAN; i < 2 * SPAN; i++)
		assert_int_equal(get(row, i), m->sums[2 * SPAN + i]);
}

static void test_a_row_is_what_an_array_would_be(void **state)
{
	(void)state;
	for (unsigned seed = 1; seed <= 50; seed++) {
		unsigned random = seed;
		struct mp_row row = { 0 };
		struct model m = { { 0 } };

		for (int n = 0; n < 200; n++) {
			int64_t i = rand_r(&random) % (2 * SPAN) - SPAN;
			int64_t v = rand_r(&random) % 100 - 50;

			if (n % 60 == 59) {
				assert_int_equal(
					mp_row_halve(&row, &mp_cells_sums), 0);
				halve_model(&m);
			}
			add(&row, i, v);
			m.sums[2 * SPAN + i] += v;
			assert_true(row.base <= row.low && row.low <= row.high);
			assert_true(row.high - row.base <
				    (int64_t)row.capacity);
			assert_true((int64_t)row.capacity <
				    4 + 2 * (row.high - row.low + 1));
		}
		compare(&row, &m);
		mp_row_release(&row);
		assert_int_equal(row.capacity, 0);
	}
}

static void test_nothing_is_found_where_nothing_was_put(void **state)
{
	struct mp_row row = { 0 };

	(void)state;
	assert_null(mp_row_find(&row, &mp_cells_sums, 0));
	assert_int_equal(mp_row_halve(&row, &mp_cells_sums), 0);
	add(&row, -7, 1);
	assert_null(mp_row_find(&row, &mp_cells_sums, -8));
	assert_null(mp_row_find(&row, &mp_cells_sums, -6));
	assert_non_null(mp_row_find(&row, &mp_cells_sums, -7));
	mp_row_release(&row);
}

static struct half_case {
	const char *name;
	int64_t i, half;
} half_cases[] = {
	{ "half of 0", 0, 0 },
	{ "half of 1", 1, 0 },
	{ "half of 2", 2, 1 },
	{ "half of 7", 7, 3 },
	{ "half of -1", -1, -1 },
	{ "half of -2", -2, -1 },
	{ "half of -3", -3, -2 },
	{ "half of the least", INT64_MIN, INT64_MIN / 2 },
};

static void test_half(void **state)
{
	const struct half_case *c = *state;

	assert_int_equal(mp_row_half(c->i), c->half);
}

static void test_sums_stay_at_the_largest_number(void **state)
{
	int64_t sum = INT64_MAX - 1, most = INT64_MAX, least = -INT64_MAX;

	(void)state;
	mp_cells_sums.join(&sum, &most);
	assert_int_equal(sum, INT64_MAX);
	sum = -2;
	mp_cells_sums.join(&sum, &least);
	assert_int_equal(sum, -INT64_MAX);
}

int main(void)
{
	struct CMUnitTest tests[3 + ARRAY_SIZE(half_cases)] = {
		cmocka_unit_test(test_a_row_is_what_an_array_would_be),
		cmocka_unit_test(test_nothing_is_found_where_nothing_was_put),
		cmocka_unit_test(test_sums_stay_at_the_largest_number),
	};

	for (size_t i = 0; i < ARRAY_SIZE(half_cases); i++)
		tests[3 + i] = (struct CMUnitTest){
			.name = half_cases[i].name,
			.test_func = test_half,
			.initial_state = &half_cases[i],
		};
	return cmocka_run_group_tests_name("row", tests, NULL, NULL);
}
