/* gaps: what is between requests, though those that take long are told last. */

#include "test.h"

#include "lines.h"

#include "report/gaps.h"

#include <stdlib.h>
#include <string.h>

#define NOON INT64_C(1795003200000000)

struct span {
	int64_t from, until, from_rss, until_rss;
};

static void add(struct mp_gaps *g, struct span s)
{
	struct mp_record r = lines_record("Root:page");

	r.timestamp_us = NOON + s.from;
	r.duration_us = s.until - s.from;
	r.start_rss = s.from_rss;
	r.end_rss = s.until_rss;
	assert_int_equal(mp_gaps_add(g, &r), 0);
}

static struct gaps_case {
	const char *name;
	struct span spans[6]; /* in the order of their lines */
	uint64_t count;
	int64_t growth, largest;
} gaps_cases[] = {
	{ "one after another",
	  { { 0, 10, 100, 200 }, { 20, 30, 250, 300 }, { 31, 40, 330, 330 } },
	  2,
	  80,
	  50 },
	{ "one request", { { 0, 10, 100, 200 } }, 0, 0, 0 },
	{ "they overlap",
	  { { 0, 20, 100, 200 }, { 10, 30, 150, 300 } },
	  0,
	  0,
	  0 },
	{ "one begins when another ends",
	  { { 0, 10, 100, 200 }, { 10, 20, 300, 400 } },
	  0,
	  0,
	  0 },
	{ "a long one fills all gaps",
	  { { 0, 10, 100, 200 },
	    { 20, 30, 250, 300 },
	    { 40, 50, 350, 400 },
	    { 5, 60, 160, 500 } },
	  0,
	  0,
	  0 },
	{ "a long one fills some gaps",
	  { { 0, 10, 100, 200 },
	    { 20, 30, 250, 300 },
	    { 40, 50, 350, 400 },
	    { 15, 60, 210, 500 } },
	  1,
	  10,
	  10 },
	{ "a line comes late",
	  { { 0, 10, 100, 200 }, { 40, 50, 350, 400 }, { 20, 30, 250, 300 } },
	  2,
	  100,
	  50 },
	{ "a line that comes late joins two",
	  { { 0, 10, 100, 200 },
	    { 40, 50, 350, 400 },
	    { 60, 70, 500, 500 },
	    { 10, 40, 250, 300 } },
	  1,
	  100,
	  100 },
	{ "it shrinks",
	  { { 0, 10, 100, 200 }, { 20, 30, 50, 60 }, { 40, 50, 70, 80 } },
	  2,
	  -140,
	  10 },
};

static void test_gaps(void **state)
{
	const struct gaps_case *c = *state;
	struct mp_gaps g;

	mp_gaps_init(&g);
	for (size_t i = 0; i < ARRAY_SIZE(c->spans); i++)
		if (c->spans[i].until > 0)
			add(&g, c->spans[i]);
	mp_gaps_end(&g);
	assert_int_equal(g.count, c->count);
	assert_int_equal(g.growth, c->growth);
	assert_int_equal(g.largest[0].growth, c->largest);
	assert_int_equal(g.late, 0);
	mp_gaps_release(&g);
}

static void test_launchpads_times_are_cut(void **state)
{
	struct mp_record r = lines_record("Root:page");
	struct mp_gaps g;

	(void)state;
	r.pid = MP_UNKNOWN;
	r.duration_us = 500;
	r.start_rss = r.end_rss = 100;
	mp_gaps_init(&g);
	/* The second may have begun before the first one ended. */
	for (int64_t us = 0; us <= 1000; us += 1000) {
		r.timestamp_us = NOON + us;
		assert_int_equal(mp_gaps_add(&g, &r), 0);
	}
	r.timestamp_us = NOON + 3000;
	r.start_rss = 107;
	assert_int_equal(mp_gaps_add(&g, &r), 0);
	mp_gaps_end(&g);
	assert_int_equal(g.count, 1);
	assert_int_equal(g.growth, 7);
	assert_true(g.largest[0].from_us == NOON + 1500);
	assert_true(g.largest[0].until_us == NOON + 3000);
	mp_gaps_release(&g);
}

static void test_what_is_not_known_is_left_out(void **state)
{
	struct mp_record r = lines_record("Root:page");
	struct mp_gaps g;

	(void)state;
	mp_gaps_init(&g);
	add(&g, (struct span){ 0, 10, 100, 200 });
	r.timestamp_us = NOON + 20;
	for (unsigned i = 0; i < 3; i++) {
		r.duration_us = i == 0 ? MP_UNKNOWN : 5;
		r.start_rss = i == 1 ? MP_UNKNOWN : 1000;
		r.end_rss = i == 2 ? MP_UNKNOWN : 1000;
		assert_int_equal(mp_gaps_add(&g, &r), 0);
	}
	add(&g, (struct span){ 40, 50, 201, 201 });
	mp_gaps_end(&g);
	assert_int_equal(g.unusable, 3);
	assert_int_equal(g.count, 1);
	assert_int_equal(g.growth, 1);
	mp_gaps_release(&g);
}

static void test_a_process_ends(void **state)
{
	struct mp_gaps g;

	(void)state;
	mp_gaps_init(&g);
	add(&g, (struct span){ 0, 10, 100, 200 });
	mp_gaps_end(&g);
	assert_int_equal(mp_gaps_add_reading(&g, NOON + 15, 50), 0);
	assert_int_equal(mp_gaps_add_reading(&g, NOON + 16, MP_UNKNOWN), 0);
	add(&g, (struct span){ 20, 30, 53, 60 });
	mp_gaps_end(&g);
	assert_int_equal(g.count, 1);
	assert_int_equal(g.growth, 3);
	mp_gaps_release(&g);
}

/* What a request fills that lasted longer than is remembered is told. */
static void test_too_late_is_counted(void **state)
{
	const int64_t n = 3 * MP_GAPS_WINDOW;
	struct mp_gaps g;

	(void)state;
	mp_gaps_init(&g);
	for (int64_t i = 0; i < n; i++)
		add(&g, (struct span){ 10 * i, 10 * i + 5, 7 * i, 7 * i + 3 });
	add(&g, (struct span){ 10 * n - 100, 10 * n, 0, 0 });
	assert_int_equal(g.late, 0);
	add(&g, (struct span){ 50, 10 * n + 1, 0, 0 });
	assert_int_equal(g.late, 1);
	assert_in_range(g.count, MP_GAPS_WINDOW, n);
	assert_true(g.growth == 4 * (int64_t)g.count);
	mp_gaps_end(&g);
	mp_gaps_release(&g);
}

/* An older log behind a newer one is no long request. */
static void test_logs_in_another_order(void **state)
{
	struct mp_gaps g;

	(void)state;
	mp_gaps_init(&g);
	for (int64_t part = 1; part >= 0; part--)
		for (int64_t i = 0; i < 1000; i++) {
			int64_t at = 10 * (1000 * part + i);

			add(&g, (struct span){ at, at + 5, at, at + 5 });
		}
	mp_gaps_end(&g);
	assert_int_equal(g.count, 2 * 999);
	assert_int_equal(g.growth, 5 * 2 * 999);
	assert_int_equal(g.late, 0);
	mp_gaps_release(&g);
}

static void test_the_largest_are_kept(void **state)
{
	static const int64_t growth[] = { 5, 9, 1, 9, 7, 2, 8, 0, -3 };
	static const int64_t want[MP_GAPS_LARGEST] = { 9, 9, 8, 7, 5 };
	struct mp_gaps g, all;

	(void)state;
	mp_gaps_init(&g);
	mp_gaps_init(&all);
	add(&g, (struct span){ 0, 5, 0, 0 });
	for (int64_t i = 0; i < (int64_t)ARRAY_SIZE(growth); i++)
		add(&g,
		    (struct span){ 10 * i + 10, 10 * i + 15, growth[i], 0 });
	mp_gaps_end(&g);
	mp_gaps_merge(&all, &g);
	mp_gaps_merge(&all, &(struct mp_gaps){ .count = 1,
					       .growth = 1,
					       .late = 2,
					       .unusable = 3 });
	for (size_t i = 0; i < MP_GAPS_LARGEST; i++)
		assert_int_equal(all.largest[i].growth, want[i]);
	assert_int_equal(all.count, ARRAY_SIZE(growth) + 1);
	assert_int_equal(all.growth, 5 + 9 + 1 + 9 + 7 + 2 + 8 - 3 + 1);
	assert_int_equal(all.late, 2);
	assert_int_equal(all.unusable, 3);
	mp_gaps_release(&g);
	mp_gaps_release(&all);
}

/* ---- against all at once ---- */

/* SplitMix64: Steele, Lea and Flood, OOPSLA 2014. */
static uint64_t next(uint64_t *state)
{
	uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
	return z ^ (z >> 31);
}

static int compare_ends(const void *a, const void *b)
{
	const struct span *sa = a, *sb = b;

	return (sa->until > sb->until) - (sa->until < sb->until);
}

static int compare_begins(const void *a, const void *b)
{
	const struct span *sa = a, *sb = b;

	return (sa->from > sb->from) - (sa->from < sb->from);
}

static void sweep(struct span *spans, size_t n, uint64_t *ret_count,
		  int64_t *ret_growth)
{
	struct span last;

	*ret_count = 0;
	*ret_growth = 0;
	qsort(spans, n, sizeof(*spans), compare_begins);
	last = spans[0];
	for (size_t i = 1; i < n; i++) {
		if (spans[i].from > last.until) {
			++*ret_count;
			*ret_growth += spans[i].from_rss - last.until_rss;
		}
		if (spans[i].until > last.until)
			last = spans[i];
	}
}

static void test_as_one_who_knows_all_lines(void **state)
{
	uint64_t random = 31;

	(void)state;
	for (unsigned round = 0; round < 500; round++) {
		struct span spans[400];
		size_t n = 1 + next(&random) % 400;
		struct mp_gaps g;
		uint64_t count;
		int64_t growth;

		for (size_t i = 0; i < n; i++) {
			int64_t until = (int64_t)(20 * i + next(&random) % 19);
			int64_t took = (int64_t)(next(&random) % 30);

			if (next(&random) % 50 == 0)
				took *= 40;
			/* Of one time there is one size. */
			spans[i] = (struct span){
				until - took,
				until,
				labs(until - took) * 7919 % 1000,
				(int64_t)(next(&random) % 1000),
			};
		}
		mp_gaps_init(&g);
		qsort(spans, n, sizeof(*spans), compare_ends);
		for (size_t i = 0; i < n; i++)
			add(&g, spans[i]);
		mp_gaps_end(&g);
		sweep(spans, n, &count, &growth);
		assert_int_equal(g.count, count);
		assert_int_equal(g.growth, growth);
		mp_gaps_release(&g);
	}
}

#define PLAIN_TESTS 7

int main(void)
{
	struct CMUnitTest tests[PLAIN_TESTS + ARRAY_SIZE(gaps_cases)] = {
		cmocka_unit_test(test_launchpads_times_are_cut),
		cmocka_unit_test(test_what_is_not_known_is_left_out),
		cmocka_unit_test(test_a_process_ends),
		cmocka_unit_test(test_too_late_is_counted),
		cmocka_unit_test(test_logs_in_another_order),
		cmocka_unit_test(test_the_largest_are_kept),
		cmocka_unit_test(test_as_one_who_knows_all_lines),
	};

	for (size_t i = 0; i < ARRAY_SIZE(gaps_cases); i++)
		tests[PLAIN_TESTS + i] = (struct CMUnitTest){
			.name = gaps_cases[i].name,
			.test_func = test_gaps,
			.initial_state = &gaps_cases[i],
		};
	return cmocka_run_group_tests_name("gaps", tests, NULL, NULL);
}
