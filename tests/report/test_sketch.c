/* sketch: quantiles are as near as they say, whole or in parts. */

#include "test.h"

#include "report/sketch.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define COUNT 20000

static uint64_t seed = 88172645463325252;

/* Marsaglia's xorshift64. */
static uint64_t next_random(void)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return seed;
}

static int compare(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return (x > y) - (x < y);
}

/* Numbers whose logarithms lie between those of two powers of two. */
static void fill(int64_t *ret, int from, int to)
{
	for (unsigned i = 0; i < COUNT; i++) {
		double u = (double)(next_random() >> 11) / 9007199254740992.0;

		ret[i] = (int64_t)exp2(from + (to - from) * u);
	}
}

static void assert_quantiles(const struct mp_sketch *s, const int64_t *numbers)
{
	static const double qs[] = { 0,	  0.001, 0.01, 0.1,   0.25, 0.5,
				     0.9, 0.95,	 0.99, 0.999, 1 };

	for (size_t i = 0; i < ARRAY_SIZE(qs); i++) {
		double rank = ceil(qs[i] * COUNT);
		int64_t exact = numbers[rank > 0 ? (size_t)rank - 1 : 0];
		int64_t got = mp_sketch_quantile(s, qs[i]);

		/* Whole numbers, hence the half. */
		assert_true(fabs((double)(got - exact)) <=
			    mp_sketch_error(s) * (double)exact + 0.5);
	}
}

/* Not const, only because cmocka passes each case as a plain void pointer. */
static struct sketch_case {
	const char *name;
	int from, to; /* powers of two */
	double error;
} sketch_cases[] = {
	{ "small numbers", -2, 5, 1 / 64.0 },
	{ "a ratio of 200", 10, 17, 1 / 64.0 },
	{ "from zero to a minute in microseconds", -1, 26, 1 / 16.0 },
	{ "a ratio of 32,768", 20, 35, 1 / 32.0 },
	{ "a ratio of 2^31", 20, 51, 1 / 16.0 },
	{ "all there are", -1, 62, 1 / 8.0 },
	{ "the largest", 61, 62, 1 / 64.0 },
	{ "one", 7, 7, 1 / 64.0 },
};

static void test_quantiles(void **state)
{
	const struct sketch_case *c = *state;
	struct mp_sketch whole = { 0 }, all = { 0 }, parts[3] = { { 0 } };
	int64_t *numbers = malloc(COUNT * sizeof(*numbers));

	assert_non_null(numbers);
	fill(numbers, c->from, c->to);
	for (unsigned i = 0; i < COUNT; i++) {
		/* Parts of their own ranges. */
		unsigned part = numbers[i] < numbers[0] ? 0 : 1 + i % 2;

		assert_int_equal(mp_sketch_add(&whole, numbers[i]), 0);
		assert_int_equal(mp_sketch_add(&parts[part], numbers[i]), 0);
	}
	qsort(numbers, COUNT, sizeof(*numbers), compare);
	assert_int_equal(whole.count, COUNT);
	assert_true(mp_sketch_error(&whole) <= c->error);
	assert_true(whole.size <= MP_SKETCH_BINS);
	assert_quantiles(&whole, numbers);

	for (unsigned i = 0; i < ARRAY_SIZE(parts); i++) {
		assert_int_equal(mp_sketch_merge(&all, &parts[i]), 0);
		mp_sketch_release(&parts[i]);
	}
	assert_int_equal(all.count, whole.count);
	assert_int_equal(all.joined, whole.joined);
	assert_int_equal(all.low, whole.low);
	assert_int_equal(all.high, whole.high);
	assert_false(all.is_wide || whole.is_wide);
	assert_memory_equal(all.bins.narrow + (all.low - all.first),
			    whole.bins.narrow + (whole.low - whole.first),
			    (whole.high - whole.low + 1u) *
				    sizeof(*whole.bins.narrow));
	mp_sketch_release(&all);
	mp_sketch_release(&whole);
	free(numbers);
}

static void test_each_number_has_a_near_answer(void **state)
{
	(void)state;
	for (int64_t v = 0; v < 100000; v++) {
		struct mp_sketch s = { 0 };

		assert_int_equal(mp_sketch_add(&s, v), 0);
		assert_int_equal(mp_sketch_add(&s, v + v / 200), 0);
		assert_true(llabs(mp_sketch_quantile(&s, 0.5) - v) <= v / 64);
		mp_sketch_release(&s);
	}
}

static void test_the_ends_of_all_numbers(void **state)
{
	struct mp_sketch s = { 0 };

	(void)state;
	assert_int_equal(mp_sketch_quantile(&s, 0.5), 0);
	assert_int_equal(mp_sketch_add(&s, INT64_MAX), 0);
	assert_int_equal(mp_sketch_quantile(&s, 0.5), INT64_MAX);
	assert_int_equal(mp_sketch_add(&s, 0), 0);
	assert_int_equal(mp_sketch_quantile(&s, 0), 0);
	assert_true(mp_sketch_quantile(&s, 1) > INT64_MAX / 8 * 7);
	mp_sketch_release(&s);
}

static void test_merging_with_nothing(void **state)
{
	struct mp_sketch s = { 0 }, none = { 0 };

	(void)state;
	assert_int_equal(mp_sketch_merge(&s, &none), 0);
	assert_int_equal(s.count, 0);
	assert_int_equal(mp_sketch_add(&none, 42), 0);
	assert_int_equal(mp_sketch_merge(&s, &none), 0);
	assert_int_equal(mp_sketch_quantile(&s, 0.5), 42);
	mp_sketch_release(&none);
	assert_int_equal(mp_sketch_merge(&s, &none), 0);
	assert_int_equal(mp_sketch_quantile(&s, 0.5), 42);
	mp_sketch_release(&s);
}

/* Each number `each` times, from `first` on. */
static void add_many(struct mp_sketch *s, int64_t first, unsigned numbers,
		     unsigned each)
{
	for (unsigned i = 0; i < numbers; i++)
		for (unsigned j = 0; j < each; j++)
			assert_int_equal(mp_sketch_add(s, first + i), 0);
}

static void assert_two_in_three(const struct mp_sketch *s)
{
	assert_int_equal(mp_sketch_quantile(s, 0), 3);
	assert_int_equal(mp_sketch_quantile(s, 0.666), 3);
	assert_true(mp_sketch_quantile(s, 0.667) >= 1000 - 1000 / 64);
	assert_true(mp_sketch_quantile(s, 1) >= 1000 - 1000 / 64);
}

/* Twice what sixteen bits hold in one bin, and half as many in another. */
static void test_more_numbers_than_narrow_bins_hold(void **state)
{
	struct mp_sketch s = { 0 }, small = { 0 };

	(void)state;
	add_many(&s, 3, 1, UINT16_MAX);
	assert_false(s.is_wide);
	add_many(&s, 3, 1, 1);
	assert_true(s.is_wide);
	assert_int_equal(mp_sketch_quantile(&s, 0.5), 3);
	add_many(&s, 3, 1, UINT16_MAX - 1);
	add_many(&small, 1000, 1, UINT16_MAX);
	assert_false(small.is_wide);

	/* Either way. */
	assert_int_equal(mp_sketch_merge(&small, &s), 0);
	assert_int_equal(small.count, 3 * UINT16_MAX);
	assert_two_in_three(&small);
	mp_sketch_release(&small);
	add_many(&small, 1000, 1, UINT16_MAX);
	assert_int_equal(mp_sketch_merge(&s, &small), 0);
	assert_two_in_three(&s);
	mp_sketch_release(&small);
	mp_sketch_release(&s);
}

/* Both fit, their sum does not. */
static void test_narrow_bins_merge_into_wide_ones(void **state)
{
	struct mp_sketch s = { 0 }, other = { 0 };

	(void)state;
	add_many(&s, 3, 1, 40000);
	add_many(&other, 3, 1, 30000);
	add_many(&other, 1000, 1, 35000);
	assert_int_equal(mp_sketch_merge(&s, &other), 0);
	assert_int_equal(s.count, 105000);
	assert_two_in_three(&s);
	mp_sketch_release(&other);
	assert_int_equal(mp_sketch_merge(&other, &s), 0);
	assert_two_in_three(&other);
	mp_sketch_release(&other);
	mp_sketch_release(&s);
}

/* As few numbers as there are bins, and so far apart that they are joined. */
static void test_wide_bins_join(void **state)
{
	struct mp_sketch s = { 0 };

	(void)state;
	add_many(&s, 1 << 20, 1, 70000);
	for (unsigned i = 0; i < 40; i++)
		assert_int_equal(mp_sketch_add(&s, INT64_C(1) << i), 0);
	assert_int_equal(s.count, 70040);
	assert_true(s.joined > 0);
	assert_true((double)llabs(mp_sketch_quantile(&s, 0.5) - (1 << 20)) <=
		    (double)(1 << 20) * mp_sketch_error(&s));
	mp_sketch_release(&s);
}

#define PLAIN_TESTS 6

int main(void)
{
	struct CMUnitTest tests[PLAIN_TESTS + ARRAY_SIZE(sketch_cases)] = {
		cmocka_unit_test(test_each_number_has_a_near_answer),
		cmocka_unit_test(test_the_ends_of_all_numbers),
		cmocka_unit_test(test_merging_with_nothing),
		cmocka_unit_test(test_more_numbers_than_narrow_bins_hold),
		cmocka_unit_test(test_narrow_bins_merge_into_wide_ones),
		cmocka_unit_test(test_wide_bins_join),
	};

	for (size_t i = 0; i < ARRAY_SIZE(sketch_cases); i++)
		tests[PLAIN_TESTS + i] = (struct CMUnitTest){
			.name = sketch_cases[i].name,
			.test_func = test_quantiles,
			.initial_state = &sketch_cases[i],
		};
	return cmocka_run_group_tests_name("sketch", tests, NULL, NULL);
}
