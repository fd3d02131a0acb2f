/* means: batches, the single numbers that are kept, what of them is paired. */

#include "test.h"

#include "report/means.h"

#include <math.h>

static void assert_near(double got, double want, double error)
{
	if (!(fabs(got - want) <= error))
		fail_msg("%.9g is not %.9g", got, want);
}

/* ---- batches ---- */

static void test_few_numbers_are_batches_of_one(void **state)
{
	struct mp_means b;

	(void)state;
	mp_means_init(&b);
	for (int i = 0; i < MP_MEANS - 1; i++)
		mp_means_add(&b, 10 * i);
	assert_int_equal(b.full, MP_MEANS - 1);
	for (int i = 0; i < MP_MEANS - 1; i++)
		assert_near(b.means[i], 10 * i, 0);
	assert_false(b.same);
	assert_near(mp_means_mean(&b), 150, 1e-9);
}

static void test_many_numbers_are_equal_batches_in_order(void **state)
{
	struct mp_means b;

	(void)state;
	mp_means_init(&b);
	for (int i = 0; i < 1000; i++)
		mp_means_add(&b, i);
	/* 1000 = 31 * 32 + 8 */
	assert_int_equal(b.size, 32);
	assert_int_equal(b.full, 31);
	assert_int_equal(b.open_count, 8);
	for (size_t i = 0; i < b.full; i++)
		assert_near(b.means[i], 32.0 * (double)i + 15.5, 1e-9);
	assert_near(mp_means_mean(&b), 499.5, 1e-9);
}

static void test_equal_numbers_have_themselves_as_mean(void **state)
{
	struct mp_means b;

	(void)state;
	mp_means_init(&b);
	for (int i = 0; i < 1000; i++)
		mp_means_add(&b, INT64_MAX / 3);
	assert_true(b.same);
	assert_true(mp_means_mean(&b) == (double)(INT64_MAX / 3));
}

static void test_the_first_number_again_does_not_make_them_equal(void **state)
{
	static const int64_t numbers[] = { 1, 4, 1 };
	struct mp_means b;

	(void)state;
	mp_means_init(&b);
	for (size_t i = 0; i < ARRAY_SIZE(numbers); i++)
		mp_means_add(&b, numbers[i]);
	assert_false(b.same);
	assert_near(mp_means_mean(&b), 2, 1e-9);
}

/* ---- single numbers ---- */

/* The numbers 1, 2, 3 and so on. */
static void fill(struct mp_means *b, int64_t count)
{
	mp_means_init(b);
	for (int64_t i = 1; i <= count; i++)
		mp_means_add(b, i);
}

/* Of 32 numbers that are drawn, eight are expected of each quarter. */
static void test_early_and_late_numbers_are_kept_alike(void **state)
{
	size_t quarters[4] = { 0 };
	struct mp_means b;

	(void)state;
	fill(&b, 10000);
	for (size_t i = 0; i < MP_MEANS; i++) {
		assert_in_range((int64_t)b.singles[i], 1, 10000);
		quarters[((size_t)b.singles[i] - 1) / 2500]++;
	}
	for (size_t i = 0; i < ARRAY_SIZE(quarters); i++)
		assert_in_range(quarters[i], 3, 13);
}

/* ---- pairs ---- */

/* The means of 1, 2, 3 and so on, in batches of `size`. */
static void assert_batches(const double *means, size_t count, double size)
{
	for (size_t i = 0; i < count; i++)
		assert_near(means[i], size * (double)i + (size + 1) / 2, 1e-9);
}

static struct pair_case {
	const char *name;
	int64_t few, many;
	size_t few_count, many_count; /* that are compared */
	double size;		      /* of their batches; 0: drawn ones */
} pair_cases[] = {
	{ "a handful of each is compared one by one", 2, 5, 2, 5, 1 },
	{ "all of 31 are compared one by one", 31, 31, 31, 31, 1 },
	{ "smaller batches are made as large as those of the other", 500, 1000,
	  15, 31, 32 },
	{ "eight batches are enough", 256, 1000, 8, 31, 32 },
	{ "seven are not", 255, 1000, 32, 32, 0 },
	{ "all of a handful are compared with some of many", 5, 1000, 5, 32,
	  0 },
};

static void assert_pair(const struct pair_case *c, const double *few,
			size_t few_count, const double *many, size_t many_count)
{
	assert_int_equal(few_count, c->few_count);
	assert_int_equal(many_count, c->many_count);
	if (c->size > 0) {
		assert_batches(few, few_count, c->size);
		assert_batches(many, many_count, c->size);
		return;
	}
	if (c->few <= MP_MEANS)
		assert_batches(few, few_count, 1);
	/* A mean of an even number of neighbours is no whole number. */
	for (size_t i = 0; i < few_count; i++)
		assert_true(few[i] == floor(few[i]));
	for (size_t i = 0; i < many_count; i++)
		assert_true(many[i] == floor(many[i]));
}

static void test_pair(void **state)
{
	const struct pair_case *c = *state;
	struct mp_means few, many;
	struct mp_pair pair;

	fill(&few, c->few);
	fill(&many, c->many);
	mp_means_pair(&few, &many, &pair);
	assert_pair(c, pair.a, pair.a_count, pair.b, pair.b_count);
	mp_means_pair(&many, &few, &pair);
	assert_pair(c, pair.b, pair.b_count, pair.a, pair.a_count);
}

int main(void)
{
	struct CMUnitTest tests[ARRAY_SIZE(pair_cases) + 5] = {
		cmocka_unit_test(test_few_numbers_are_batches_of_one),
		cmocka_unit_test(test_many_numbers_are_equal_batches_in_order),
		cmocka_unit_test(test_equal_numbers_have_themselves_as_mean),
		cmocka_unit_test(
			test_the_first_number_again_does_not_make_them_equal),
		cmocka_unit_test(test_early_and_late_numbers_are_kept_alike),
	};

	for (size_t i = 0; i < ARRAY_SIZE(pair_cases); i++)
		tests[i + 5] = (struct CMUnitTest){
			.name = pair_cases[i].name,
			.test_func = test_pair,
			.initial_state = &pair_cases[i],
		};
	return cmocka_run_group_tests_name("means", tests, NULL, NULL);
}
