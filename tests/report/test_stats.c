/* stats: limits that are in tables, and intervals that hold what they say. */

#include "test.h"

#include "report/stats.h"

#include <math.h>
#include <stdio.h>

static void assert_near(double got, double want, double part)
{
	if (fabs(got - want) > part * fabs(want))
		fail_msg("%.9g is not %.9g", got, want);
}

/* Not const, only because cmocka passes each case as a plain void pointer. */
static struct count_case {
	const char *name;
	double count, low, high;
} count_cases[] = {
	/* F. Garwood's table, and those made after it. */
	{ "1 event", 1, 0.0253178, 5.57164 },
	{ "2 events", 2, 0.242209, 7.22469 },
	{ "10 events", 10, 4.79539, 18.3904 },
	{ "30 events", 30, 20.2409, 42.8269 },
	{ "100 events", 100, 81.3640, 121.627 },
};

static void test_equal_events_are_a_poisson_count(void **state)
{
	const struct count_case *c = *state;
	struct mp_events e = { c->count * 24, c->count * 24 * 24, 24 };
	struct mp_interval i = mp_stats_events(&e, MP_SURE_95);

	assert_near(i.low, 24 * c->low, 1e-5);
	assert_near(i.high, 24 * c->high, 1e-5);
	e.sum = -e.sum;
	i = mp_stats_events(&e, MP_SURE_95);
	assert_near(i.high, -24 * c->low, 1e-5);
	assert_near(i.low, -24 * c->high, 1e-5);
}

static void test_what_does_not_vary_is_a_point(void **state)
{
	struct mp_events e = { 4144, 0, 0 };
	struct mp_interval i = mp_stats_events(&e, MP_SURE_95);

	(void)state;
	assert_true(i.low == 4144 && i.high == 4144);
	i = mp_stats_mixed(&e, MP_SURE_95);
	assert_true(i.low == 4144 && i.high == 4144);
}

static void test_nothing_at_all_has_an_upper_limit(void **state)
{
	struct mp_events e = { 0, 0, 100 };
	struct mp_interval i = mp_stats_events(&e, MP_SURE_95);

	(void)state;
	assert_true(i.low == 0);
	assert_near(i.high, 100 * 3.68888, 1e-5);
}

static void test_one_huge_event_says_little(void **state)
{
	double huge = 64e6;
	struct mp_events e = { huge + 20 * 16, huge * huge + 20 * 256, huge };
	struct mp_interval i = mp_stats_events(&e, MP_SURE_95);

	(void)state;
	assert_true(i.low < 0.03 * huge && i.high > 5 * huge);
}

static void test_mixed_events_may_cancel(void **state)
{
	struct mp_events e = { 50, 10000, 100 };
	struct mp_interval i = mp_stats_mixed(&e, MP_SURE_95);

	(void)state;
	assert_near(i.low, 50 - 195.9964, 1e-6);
	assert_near(i.high, 50 + 195.9964, 1e-6);
	i = mp_stats_mixed(&e, MP_SURE_999);
	assert_near(i.high, 50 + 329.0527, 1e-6);
}

static void test_gamma_quantiles_meet_where_methods_change(void **state)
{
	static const double tails[] = { 0.0005, 0.025, 0.975, 0.9995 };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(tails); i++) {
		double below = mp_stats_gamma_quantile(1999.999, tails[i]);
		double above = mp_stats_gamma_quantile(2000.001, tails[i]);

		assert_near(below, above, 1e-5);
	}
	/* Chi-squared of 20 degrees of freedom, halved. */
	assert_near(mp_stats_gamma_quantile(10, 0.025), 4.795389, 1e-6);
	assert_near(mp_stats_gamma_quantile(10, 0.975), 17.084804, 1e-6);
	/* The exponential distribution. */
	assert_near(mp_stats_gamma_quantile(1, 0.0005), -log1p(-0.0005), 1e-6);
	/* No smaller shape underflows. */
	assert_true(mp_stats_gamma_quantile(0.05, 0.0005) >= 0);
}

static void test_binomial_tails_are_exact(void **state)
{
	(void)state;
	assert_near(mp_stats_binomial_tail(2, 10, 0.5), 0.0546875, 1e-12);
	assert_near(mp_stats_binomial_tail(0, 3, 0.1), 0.729, 1e-12);
	assert_near(mp_stats_binomial_tail(20, 1000, 0.03), 0.03328078413519505,
		    1e-9);
	assert_near(mp_stats_binomial_tail(60, 100, 0.5), 0.9823998998911476,
		    1e-9);
	assert_near(mp_stats_binomial_tail(4990, 5000, 0.999),
		    0.03175551952810726, 1e-9);
	assert_true(mp_stats_binomial_tail(7, 7, 0.5) == 1);
	assert_true(mp_stats_binomial_tail(0, 7, 0) == 1);
	assert_true(mp_stats_binomial_tail(3, 7, 1) == 0);
}

/* ---- by simulation ---- */

/* SplitMix64: Steele, Lea and Flood, OOPSLA 2014. */
static uint64_t next(uint64_t *state)
{
	uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
	return z ^ (z >> 31);
}

static double uniform(uint64_t *state)
{
	return ((double)(next(state) >> 11) + 0.5) / 9007199254740992.0;
}

static double constant(uint64_t *state)
{
	(void)state;
	return 24;
}

static double exponential(uint64_t *state)
{
	return -24 * log(uniform(state));
}

/* Between 16 bytes and 1 MiB, each order of magnitude as often. */
static double log_uniform(uint64_t *state)
{
	return 16 * pow(65536, uniform(state));
}

static struct cover_case {
	const char *name;
	double (*size)(uint64_t *state);
	double mean; /* of it */
	double requests, one_in;
	double missed; /* part of the intervals that may miss, at most */
} cover_cases[] = {
	{ "each request, all alike", constant, 24, 400, 1, 0 },
	{ "1 in 2, all alike", constant, 24, 400, 2, 0.05 },
	{ "1 in 10, exponential", exponential, 24, 1000, 10, 0.06 },
	{ "1 in 100, all alike", constant, 24, 2000, 100, 0.05 },
	{ "1 in 1000, all alike", constant, 24, 30000, 1000, 0.05 },
	{ "1 in 1000, exponential", exponential, 24, 30000, 1000, 0.07 },
	{ "1 in 100, from 16 B to 1 MiB", log_uniform, 94547.0, 10000, 100,
	  0.07 },
};

/* As judge does it: the variance of requests, of which `one_in` grows. */
static void test_intervals_hold_what_they_say(void **state)
{
	const struct cover_case *c = *state;
	uint64_t random = 20261121;
	unsigned missed = 0, runs = 1000;
	double want = c->mean * c->requests / c->one_in;

	for (unsigned run = 0; run < runs; run++) {
		struct mp_events e = { 0 };
		struct mp_interval i;

		/* Steps between events are geometric. */
		for (double at = 0;;) {
			double p = 1 / c->one_in, size;

			at += p < 1 ? ceil(log(uniform(&random)) / log1p(-p))
				    : 1;
			if (at > c->requests)
				break;
			size = c->size(&random);
			e.sum += size;
			e.variance += size * size;
			e.most = fmax(e.most, size);
		}
		e.variance -= e.sum * e.sum / c->requests;
		e.most -= e.sum / c->requests;
		i = mp_stats_events(&e, MP_SURE_95);
		missed += want < i.low - 1e-6 || want > i.high + 1e-6;
	}
	printf("%s: %.1f %% of the intervals missed the truth\n", c->name,
	       100.0 * missed / runs);
	assert_true(missed <= c->missed * runs);
}

int main(void)
{
	struct CMUnitTest tests[6 + ARRAY_SIZE(count_cases) +
				ARRAY_SIZE(cover_cases)] = {
		cmocka_unit_test(test_what_does_not_vary_is_a_point),
		cmocka_unit_test(test_nothing_at_all_has_an_upper_limit),
		cmocka_unit_test(test_one_huge_event_says_little),
		cmocka_unit_test(test_mixed_events_may_cancel),
		cmocka_unit_test(
			test_gamma_quantiles_meet_where_methods_change),
		cmocka_unit_test(test_binomial_tails_are_exact),
	};
	size_t n = 6;

	for (size_t i = 0; i < ARRAY_SIZE(count_cases); i++)
		tests[n++] = (struct CMUnitTest){
			.name = count_cases[i].name,
			.test_func = test_equal_events_are_a_poisson_count,
			.initial_state = &count_cases[i],
		};
	for (size_t i = 0; i < ARRAY_SIZE(cover_cases); i++)
		tests[n++] = (struct CMUnitTest){
			.name = cover_cases[i].name,
			.test_func = test_intervals_hold_what_they_say,
			.initial_state = &cover_cases[i],
		};
	return cmocka_run_group_tests_name("stats", tests, NULL, NULL);
}
