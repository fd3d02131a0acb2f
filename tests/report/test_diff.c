/* diff: by seeded simulation, how often chance is taken for a change, and how
   often a change for chance. */

#include "test.h"

#include "report/diff.h"

#include <math.h>
#include <stdio.h>

#define SEED 20261121

/* ---- random numbers: splitmix64 ---- */

static uint64_t seed;

static double uniform(void)
{
	uint64_t z = seed += 0x9e3779b97f4a7c15;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
	z = (z ^ z >> 27) * 0x94d049bb133111eb;
	z ^= z >> 31;
	return ((double)(z >> 11) + 0.5) * 0x1p-53;
}

static double normal(void)
{
	return sqrt(-2 * log(uniform())) * cos(2 * M_PI * uniform());
}

static double draw_lognormal(void)
{
	return 10000 * exp(1.5 * normal());
}

/* No variance. */
static double draw_pareto(void)
{
	return 10000 * pow(uniform(), -1 / 1.5);
}

static double draw_normal(void)
{
	return fmax(0, 10000 + 1000 * normal());
}

/* A cache: most requests the same, one in 50 a hundredfold. */
static double draw_spikes(void)
{
	return uniform() < 0.02 ? 1e6 : 10000;
}

static double draw_two_values(void)
{
	return uniform() < 0.5 ? 4096 : 8192;
}

static double draw_rarely_anything(void)
{
	return uniform() < 0.001 ? 65536 : 0;
}

/* ---- diffs ---- */

static void add_request(struct mp_diff *d, enum mp_side side, char page,
			const double *v)
{
	struct mp_record r = {
		.page_id = { &page, 1 },
		.oops_id = { "-", 1 },
		.host = { "h", 1 },
		.allocated = (int64_t)v[MP_MEASURE_ALLOCATED],
		.duration_us = (int64_t)v[MP_MEASURE_DURATION],
		.peak = (int64_t)v[MP_MEASURE_PEAK],
	};

	r.freed = r.allocated - (int64_t)v[MP_MEASURE_RETAINED];
	assert_int_equal(mp_diff_add(d, side, &r, MP_RECORD_FORMAT_1), 0);
}

/* `n` requests whose numbers are drawn and multiplied by `factor`. */
static void add_drawn(struct mp_diff *d, enum mp_side side, char page, int n,
		      double (*draw)(void), double factor)
{
	for (int i = 0; i < n; i++) {
		double v[MP_MEASURES];

		for (int m = 0; m < MP_MEASURES; m++)
			v[m] = factor * draw();
		add_request(d, side, page, v);
	}
}

/* How many numbers of pages are told to have changed, or are over. */
static int count(const struct mp_diff *d, bool over)
{
	int n = 0;

	for (size_t i = 0; i < d->count; i++)
		for (int m = 0; m < MP_MEASURES; m++) {
			const struct mp_change *c = &d->pages[i]->changes[m];

			n += over ? c->over : c->certainty >= MP_CERTAINTY_TEST;
		}
	return n;
}

static const struct mp_limit ten_percent = {
	.measures = { true, true, true, true },
	.percent = true,
	.value = 10,
};

/* From one request to a thousand. */
static int any_number(void)
{
	return (int)exp(uniform() * 7);
}

/* ---- how often chance is taken for a change ---- */

static struct chance_case {
	const char *name;
	double (*draw)(void);
} chance_cases[] = {
	{ "log-normal", draw_lognormal },
	{ "Pareto, without variance", draw_pareto },
	{ "normal", draw_normal },
	{ "rare spikes", draw_spikes },
	{ "two values", draw_two_values },
	{ "nothing but rarely", draw_rarely_anything },
};

#define PAGES 8
#define DIFFS 200

/* More than 9 of 200 diffs happen by chance in one of 10,000 runs, where each
   one is wrong with a probability of 1 %. */
#define FALSE_MOST 9

static void test_chance_is_no_change(void **state)
{
	const struct chance_case *c = *state;
	int told = 0, over = 0;

	seed = SEED;
	for (int i = 0; i < DIFFS; i++) {
		struct mp_diff d;

		mp_diff_init(&d, 0);
		for (int page = 0; page < PAGES; page++)
			for (int side = 0; side < MP_SIDES; side++)
				add_drawn(&d, (enum mp_side)side,
					  (char)('a' + page), any_number(),
					  c->draw, 1);
		assert_int_equal(mp_diff_judge(&d, &ten_percent), 0);
		told += count(&d, false) > 0;
		over += count(&d, true) > 0;
		mp_diff_release(&d);
	}
	printf("%s: %d of %d diffs tell a change, %d one over the limit\n",
	       c->name, told, DIFFS, over);
	assert_in_range(told, 0, FALSE_MOST);
	assert_in_range(over, 0, FALSE_MOST);
}

/* A growth of 10 % is not over 10 %. */
static void test_the_limit_itself_is_not_over_it(void **state)
{
	int over = 0;

	(void)state;
	seed = SEED;
	for (int i = 0; i < DIFFS; i++) {
		struct mp_diff d;

		mp_diff_init(&d, 0);
		for (int page = 0; page < PAGES; page++) {
			add_drawn(&d, MP_BEFORE, (char)('a' + page), 300,
				  draw_normal, 1);
			add_drawn(&d, MP_AFTER, (char)('a' + page), 300,
				  draw_normal, 1.1);
		}
		assert_int_equal(mp_diff_judge(&d, &ten_percent), 0);
		over += count(&d, true) > 0;
		mp_diff_release(&d);
	}
	printf("at the limit: %d of %d diffs\n", over, DIFFS);
	assert_in_range(over, 0, FALSE_MOST);
}

/* ---- how often a change is taken for chance ---- */

static struct power_case {
	const char *name;
	double (*draw)(void);
	int requests;
	double factor;
} power_cases[] = {
	{ "a third more, 20 requests", draw_normal, 20, 1.3333 },
	{ "a quarter more, 100 requests", draw_normal, 100, 1.25 },
	{ "half as much again, 10,000 log-normal requests", draw_lognormal,
	  10000, 1.5 },
	{ "twice as much, 3,000 log-normal requests", draw_lognormal, 3000, 2 },
	{ "fourfold rare growth, 50,000 requests", draw_rarely_anything, 50000,
	  4 },
};

/* One page of eight has grown; it is found in 95 of 100 diffs. */
static void test_growth_is_found(void **state)
{
	const struct power_case *c = *state;
	int found = 0, diffs = c->requests > 1000 ? 20 : 60;

	seed = SEED;
	for (int i = 0; i < diffs; i++) {
		const struct mp_diff_page *page;
		struct mp_diff d;

		mp_diff_init(&d, 0);
		add_drawn(&d, MP_BEFORE, 'x', c->requests, c->draw, 1);
		add_drawn(&d, MP_AFTER, 'x', c->requests, c->draw, c->factor);
		for (int k = 0; k < PAGES - 1; k++)
			for (int side = 0; side < MP_SIDES; side++)
				add_drawn(&d, (enum mp_side)side,
					  (char)('a' + k), 50, c->draw, 1);
		assert_int_equal(mp_diff_judge(&d, &ten_percent), 0);
		for (size_t k = 0; k < d.count; k++) {
			page = d.pages[k];
			if (page->id.p[0] == 'x')
				found += page->changes[MP_MEASURE_ALLOCATED]
						 .over;
		}
		mp_diff_release(&d);
	}
	printf("%s: found in %d of %d\n", c->name, found, diffs);
	assert_true(20 * found >= 19 * diffs);
}

/* ---- single diffs ---- */

/* Pages `a`, whose requests all have these numbers, retained first. */
static void add_same(struct mp_diff *d, enum mp_side side, int n, double first,
		     double allocated, double peak)
{
	const double v[] = { first, allocated, peak, 5 };

	for (int i = 0; i < n; i++)
		add_request(d, side, 'a', v);
}

static const struct mp_change *change(const struct mp_diff *d,
				      enum mp_measure m)
{
	assert_int_equal(d->count, 1);
	return &d->pages[0]->changes[m];
}

static void test_constants_need_no_statistics(void **state)
{
	const struct mp_change *c;
	struct mp_diff d;

	(void)state;
	mp_diff_init(&d, 0);
	add_same(&d, MP_BEFORE, 4, 0, 4096, 100);
	add_same(&d, MP_AFTER, 4, 16, 4112, 100);
	assert_int_equal(mp_diff_judge(&d, &ten_percent), 0);

	c = change(&d, MP_MEASURE_RETAINED);
	assert_int_equal(c->certainty, MP_CERTAINTY_EXACT);
	assert_true(c->before == 0 && c->after == 16 && c->over);
	c = change(&d, MP_MEASURE_ALLOCATED);
	assert_int_equal(c->certainty, MP_CERTAINTY_EXACT);
	assert_false(c->over);
	assert_int_equal(change(&d, MP_MEASURE_PEAK)->certainty,
			 MP_CERTAINTY_SAME);
	assert_int_equal(change(&d, MP_MEASURE_DURATION)->certainty,
			 MP_CERTAINTY_SAME);
	mp_diff_release(&d);
}

static void test_a_few_requests_prove_nothing(void **state)
{
	struct mp_diff d;

	(void)state;
	mp_diff_init(&d, 0);
	add_same(&d, MP_BEFORE, 3, 0, 4096, 0);
	add_same(&d, MP_AFTER, 50, 1 << 30, 1 << 30, 1 << 30);
	assert_int_equal(mp_diff_judge(&d, &ten_percent), 0);
	assert_int_equal(change(&d, MP_MEASURE_RETAINED)->certainty,
			 MP_CERTAINTY_FEW);
	assert_int_equal(count(&d, true), 0);
	mp_diff_release(&d);
}

static void test_a_peak_is_no_surer_than_its_error(void **state)
{
	struct mp_diff d;

	(void)state;
	mp_diff_init(&d, 0);
	add_same(&d, MP_BEFORE, 50, 0, 4096, 0);
	add_same(&d, MP_AFTER, 50, 0, 4096, 65535);
	assert_int_equal(mp_diff_judge(&d, &ten_percent), 0);
	assert_int_equal(change(&d, MP_MEASURE_PEAK)->certainty,
			 MP_CERTAINTY_ERROR);
	assert_int_equal(count(&d, true), 0);
	mp_diff_release(&d);
}

static void test_the_warm_up_is_left_out(void **state)
{
	struct mp_diff d;

	(void)state;
	mp_diff_init(&d, 2);
	for (int side = 0; side < MP_SIDES; side++) {
		add_same(&d, (enum mp_side)side, 2, 1000 + side, 5000, 0);
		add_same(&d, (enum mp_side)side, 4, 0, 4096, 0);
	}
	assert_int_equal(mp_diff_judge(&d, NULL), 0);
	assert_int_equal(change(&d, MP_MEASURE_RETAINED)->certainty,
			 MP_CERTAINTY_SAME);
	assert_true(change(&d, MP_MEASURE_ALLOCATED)->after == 4096);
	mp_diff_release(&d);
}

static void test_bytes_as_limit(void **state)
{
	struct mp_limit limit = { .measures = { true }, .value = 64 };
	struct mp_diff d;

	(void)state;
	for (int more = 64; more <= 65; more++) {
		mp_diff_init(&d, 0);
		add_same(&d, MP_BEFORE, 4, -100, 4096, 0);
		add_same(&d, MP_AFTER, 4, -100 + more, 8192, 0);
		assert_int_equal(mp_diff_judge(&d, &limit), 0);
		assert_int_equal(count(&d, true), more > 64);
		mp_diff_release(&d);
	}
}

static void test_unknown_numbers_are_no_numbers(void **state)
{
	struct mp_record r = {
		.page_id = { "a", 1 },
		.oops_id = { "-", 1 },
		.allocated = 7,
		.freed = MP_UNKNOWN,
		.peak = MP_UNKNOWN,
	};
	struct mp_diff d;

	(void)state;
	mp_diff_init(&d, 0);
	for (int i = 0; i < 8; i++)
		assert_int_equal(mp_diff_add(&d, (enum mp_side)(i % 2), &r,
					     MP_RECORD_FORMAT_1),
				 0);
	assert_int_equal(mp_diff_judge(&d, &ten_percent), 0);
	assert_int_equal(change(&d, MP_MEASURE_RETAINED)->certainty,
			 MP_CERTAINTY_NONE);
	assert_int_equal(change(&d, MP_MEASURE_PEAK)->certainty,
			 MP_CERTAINTY_NONE);
	assert_int_equal(change(&d, MP_MEASURE_ALLOCATED)->certainty,
			 MP_CERTAINTY_SAME);
	mp_diff_release(&d);
}

/* A page whose requests retain and allocate so much more afterwards. */
static void add_changed(struct mp_diff *d, char page, double retained,
			double allocated)
{
	for (int side = 0; side < MP_SIDES; side++)
		for (int i = 0; i < 4; i++) {
			const double v[] = { side * retained,
					     8192 + side * allocated, 0, 5 };

			add_request(d, (enum mp_side)side, page, v);
		}
}

static void test_what_grew_most_comes_first(void **state)
{
	const double unknown[] = { 0, 4096, 0, 5 };
	char order[8] = "";
	struct mp_diff d;

	(void)state;
	mp_diff_init(&d, 0);
	add_request(&d, MP_AFTER, 'a', unknown);
	add_changed(&d, 'b', -64, 0);
	add_changed(&d, 'd', 0, 0);
	add_changed(&d, 'c', 0, 0);
	add_changed(&d, 'e', 0, 4096);
	add_changed(&d, 'f', 16, 0);
	add_changed(&d, 'g', 4096, 0);
	assert_int_equal(mp_diff_judge(&d, NULL), 0);
	assert_int_equal(d.count, sizeof(order) - 1);
	for (size_t i = 0; i < d.count; i++)
		order[i] = d.pages[i]->id.p[0];
	assert_string_equal(order, "gfecdba");
	mp_diff_release(&d);
}

#define SINGLE 8

int main(void)
{
	struct CMUnitTest tests[SINGLE + ARRAY_SIZE(chance_cases) +
				ARRAY_SIZE(power_cases)] = {
		cmocka_unit_test(test_constants_need_no_statistics),
		cmocka_unit_test(test_a_few_requests_prove_nothing),
		cmocka_unit_test(test_a_peak_is_no_surer_than_its_error),
		cmocka_unit_test(test_the_warm_up_is_left_out),
		cmocka_unit_test(test_bytes_as_limit),
		cmocka_unit_test(test_unknown_numbers_are_no_numbers),
		cmocka_unit_test(test_what_grew_most_comes_first),
		cmocka_unit_test(test_the_limit_itself_is_not_over_it),
	};
	size_t n = SINGLE;

	printf("seed %d\n", SEED);
	for (size_t i = 0; i < ARRAY_SIZE(chance_cases); i++)
		tests[n++] = (struct CMUnitTest){
			.name = chance_cases[i].name,
			.test_func = test_chance_is_no_change,
			.initial_state = &chance_cases[i],
		};
	for (size_t i = 0; i < ARRAY_SIZE(power_cases); i++)
		tests[n++] = (struct CMUnitTest){
			.name = power_cases[i].name,
			.test_func = test_growth_is_found,
			.initial_state = &power_cases[i],
		};
	return cmocka_run_group_tests_name("diff", tests, NULL, NULL);
}
