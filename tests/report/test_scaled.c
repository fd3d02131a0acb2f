/* scaled: what a sample tells of all requests, and how far off that is. */

#include "test.h"

#include "lines.h"

#include "report/scaled.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>

/* SplitMix64: Steele, Lea and Flood, OOPSLA 2014. */
static uint64_t next(uint64_t *state)
{
	uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
	return z ^ (z >> 31);
}

static void add(struct mp_report *r, const struct mp_record *record)
{
	assert_int_equal(mp_report_add(r, record, MP_RECORD_FORMAT_1), 0);
}

static void add_request(struct mp_report *r, const char *page, int64_t us,
			int64_t kept)
{
	struct mp_record record = lines_record(page);

	record.timestamp_us = us;
	record.allocated = kept > 0 ? kept : 0;
	record.freed = kept > 0 ? 0 : -kept;
	add(r, &record);
}

static void add_skipped(struct mp_report *r, const char *counts)
{
	struct mp_record record = lines_record("(skipped)");

	record.oops_id = lines_text(counts);
	add(r, &record);
}

static void begin(struct mp_report *r)
{
	const struct mp_report_options options = { .top = 100 };

	mp_report_init(r, &options);
}

/* Of two pages: one keeps now and then, one gives some of it back. */
static int64_t any_growth(uint64_t *random, const char **ret_page)
{
	double u = (double)(next(random) >> 11) * 0x1p-53;

	*ret_page = next(random) % 2 ? "Root:a" : "Root:b";
	if (next(random) % 5 == 0)
		return (int64_t)(-4096 * log1p(-u));
	return next(random) % 7 ? 0 : -512;
}

static void test_the_truth_is_within_the_error(void **state)
{
	enum { ROUNDS = 400, REQUESTS = 3000, ONE_IN = 10 };
	uint64_t random = 2718;
	unsigned within = 0;
	double off = 0;

	(void)state;
	for (unsigned round = 0; round < ROUNDS; round++) {
		int64_t truth = 0, left_out = 0;
		struct mp_report r;
		struct mp_scaled s;
		char counts[64];

		begin(&r);
		for (int64_t i = 0; i < REQUESTS; i++) {
			const char *page;
			int64_t kept = any_growth(&random, &page);

			truth += kept;
			if (next(&random) % ONE_IN == 0)
				add_request(&r, page, i * 50000, kept);
			else
				left_out++;
		}
		snprintf(counts, sizeof(counts),
			 "sampled=%d,threshold=0,one_in=%d", (int)left_out,
			 ONE_IN);
		add_skipped(&r, counts);
		assert_int_equal(mp_report_finish(&r), 0);
		assert_int_equal(mp_scaled_retained(&r, &s), 0);
		assert_int_equal(s.requests, REQUESTS);
		within += fabs(s.retained - (double)truth) <= 1.96 * s.error;
		off += (s.retained - (double)truth) / s.error;
		mp_report_release(&r);
	}
	printf("%u of %d intervals of 1.96 standard errors have the truth; "
	       "the mean is off by %.2f of one\n",
	       within, ROUNDS, off / ROUNDS);
	assert_in_range(within, ROUNDS * 91 / 100, ROUNDS * 98 / 100);
	assert_true(fabs(off / ROUNDS) < 0.2);
}

static void test_by_hand(void **state)
{
	struct mp_report r;
	struct mp_scaled s;

	(void)state;
	begin(&r);
	for (int64_t i = 0; i < 30; i++)
		add_request(&r, "Root:a", i, i % 3 ? 0 : 300);
	add_skipped(&r, "sampled=20,threshold=0,one_in=2");
	add_skipped(&r, "sampled=10,threshold=0,one_in=2");
	assert_int_equal(mp_report_finish(&r), 0);
	assert_int_equal(mp_scaled_retained(&r, &s), 0);
	assert_int_equal(s.requests, 60);
	assert_true(fabs(s.retained - 6000) < 1e-9);
	/* The variance is 10 * 200^2 + 20 * 100^2, by 29. */
	assert_true(fabs(s.error - 60 * sqrt(600000.0 / 29 / 30 / 2)) < 1e-6);
	mp_report_release(&r);
}

static struct refused_case {
	const char *name;
	const char *skipped, *second;
	int64_t requests;
	bool unknown, viewed;
} refused_cases[] = {
	{ "nothing was left out", NULL, NULL, 40, false, false },
	{ "a threshold", "sampled=20,threshold=1,one_in=2", NULL, 40, false,
	  false },
	{ "a pause", "sampled=20,threshold=0,one_in=2,paused=1", NULL, 40,
	  false, false },
	{ "two rates", "sampled=20,threshold=0,one_in=2",
	  "sampled=20,threshold=0,one_in=3", 40, false, false },
	{ "few requests", "sampled=20,threshold=0,one_in=2", NULL, 29, false,
	  false },
	{ "heap is not known of one", "sampled=20,threshold=0,one_in=2", NULL,
	  40, true, false },
	{ "a view", "sampled=20,threshold=0,one_in=2", NULL, 40, false, true },
};

static void test_refused(void **state)
{
	const struct refused_case *c = *state;
	const struct mp_report_options viewed = { .top = 9,
						  .view = &mp_view_all };
	struct mp_scaled s = { .requests = 99 };
	struct mp_record unknown = lines_record("Root:a");
	struct mp_report r;

	begin(&r);
	if (c->viewed)
		mp_report_init(&r, &viewed);
	for (int64_t i = 0; i < c->requests; i++)
		add_request(&r, "Root:a", i, i);
	if (c->unknown)
		add(&r, &unknown);
	if (c->skipped)
		add_skipped(&r, c->skipped);
	if (c->second)
		add_skipped(&r, c->second);
	assert_int_equal(mp_report_finish(&r), 0);
	assert_int_equal(mp_scaled_retained(&r, &s), -EINVAL);
	assert_int_equal(s.requests, 99);
	mp_report_release(&r);
}

#define PLAIN_TESTS 2

int main(void)
{
	struct CMUnitTest tests[PLAIN_TESTS + ARRAY_SIZE(refused_cases)] = {
		cmocka_unit_test(test_the_truth_is_within_the_error),
		cmocka_unit_test(test_by_hand),
	};

	for (size_t i = 0; i < ARRAY_SIZE(refused_cases); i++)
		tests[PLAIN_TESTS + i] = (struct CMUnitTest){
			.name = refused_cases[i].name,
			.test_func = test_refused,
			.initial_state = &refused_cases[i],
		};
	return cmocka_run_group_tests_name("scaled", tests, NULL, NULL);
}
