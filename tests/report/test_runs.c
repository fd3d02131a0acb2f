/* runs: lines go to the process that wrote them, though a pid has several. */

#include "test.h"

#include "lines.h"

#include "report/runs.h"

#include <string.h>

#define SECOND INT64_C(1000000)
#define NOON   INT64_C(1795003200000000)

static struct mp_record line(const char *id, int64_t us, int64_t took_us,
			     int64_t start_rss, int64_t end_rss)
{
	struct mp_record r = lines_record(id);

	r.timestamp_us = us;
	r.duration_us = took_us;
	r.start_rss = start_rss;
	r.end_rss = end_rss;
	return r;
}

static void add(struct mp_runs *runs, struct mp_record r)
{
	enum mp_own kind = mp_own_kind(&r, MP_RECORD_FORMAT_1);

	assert_int_equal(mp_runs_add(runs, &r, kind), 0);
}

static void add_request(struct mp_runs *runs, int64_t us, int64_t took_us,
			int64_t start_rss, int64_t end_rss)
{
	add(runs, line("Root:page", us, took_us, start_rss, end_rss));
}

static void add_start(struct mp_runs *runs, int64_t us, int64_t rss)
{
	add(runs, line("(started)", us, MP_UNKNOWN, MP_UNKNOWN, rss));
}

static void test_what_a_process_did(void **state)
{
	struct mp_record outside =
		line("(outside)", NOON + 4 * SECOND, SECOND, MP_UNKNOWN, 90);
	struct mp_runs runs = { 0 };
	const struct mp_run *run;

	(void)state;
	add_start(&runs, NOON, 10);
	add_request(&runs, NOON + SECOND, 7 * SECOND, 20, 40);
	add_request(&runs, NOON + 2 * SECOND, SECOND, 21, 99);
	add_request(&runs, NOON + 3 * SECOND, SECOND, 100, 30);
	outside.rss_delta = 7;
	add(&runs, outside);
	outside.rss_delta = -2;
	add(&runs, outside);
	assert_int_equal(runs.count, 1);
	run = runs.runs;
	assert_true(run->began_us == NOON && run->from_us == NOON);
	assert_true(run->until_us == NOON + 8 * SECOND);
	assert_true(run->stopped_us == INT64_MAX);
	assert_int_equal(run->first.bytes, 10);
	/* The last to end, not the last that is logged. */
	assert_int_equal(run->last.bytes, 40);
	assert_true(run->last.us == NOON + 8 * SECOND);
	assert_int_equal(run->most_rss, 100);
	assert_int_equal(run->requests, 3);
	assert_int_equal(run->outside, 2);
	assert_int_equal(run->outside_rss, 5);
	mp_runs_release(&runs);
}

static void test_a_pid_comes_back(void **state)
{
	struct mp_runs runs = { 0 };

	(void)state;
	add_request(&runs, NOON, 1, 1, 2);
	add_start(&runs, NOON + 10 * SECOND, 3);
	add_request(&runs, NOON + 11 * SECOND, 1, 3, 4);
	add_request(&runs, NOON + 12 * SECOND, 1, 4, 5);
	add_start(&runs, NOON + 20 * SECOND, 6);
	add_request(&runs, NOON + 21 * SECOND, 1, 6, 7);
	/* A late line of the one before. */
	add_request(&runs, NOON + 15 * SECOND, 1, 8, 9);
	assert_int_equal(runs.count, 3);
	assert_true(runs.runs[0].stray);
	assert_int_equal(runs.runs[0].requests, 1);
	assert_int_equal(runs.runs[1].requests, 3);
	assert_int_equal(runs.runs[1].last.bytes, 9);
	assert_int_equal(runs.runs[2].requests, 1);
	assert_int_equal(runs.runs[2].first.bytes, 6);
	mp_runs_release(&runs);
}

static void test_a_stop_ends_the_run_that_began_then(void **state)
{
	struct mp_runs runs = { 0 };

	(void)state;
	/* Two sessions of one process; the first one stops last. */
	add_start(&runs, NOON, 1);
	add_start(&runs, NOON + 5 * SECOND, 2);
	add(&runs, line("(stopped)", NOON + 8 * SECOND, 3 * SECOND + 10, 2, 4));
	assert_true(runs.runs[0].stopped_us == INT64_MAX);
	assert_true(runs.runs[1].stopped_us == NOON + 8 * SECOND);
	add(&runs, line("(stopped)", NOON + 9 * SECOND, 9 * SECOND - 10, 1, 5));
	assert_true(runs.runs[0].stopped_us == NOON + 9 * SECOND);
	assert_true(runs.runs[1].stopped_us == NOON + 8 * SECOND);
	assert_int_equal(runs.runs[0].last.bytes, 5);
	mp_runs_release(&runs);
}

static void test_a_stop_tells_when_a_run_began_before_the_log(void **state)
{
	struct mp_runs runs = { 0 };

	(void)state;
	add_request(&runs, NOON, 1, 5, 6);
	add(&runs, line("(stopped)", NOON + SECOND, 3600 * SECOND, 1, 7));
	assert_int_equal(runs.count, 1);
	assert_true(runs.runs[0].stray);
	assert_true(runs.runs[0].told_us == NOON - 3599 * SECOND);
	assert_true(runs.runs[0].stopped_us == NOON + SECOND);
	assert_true(runs.runs[0].until_us == NOON + SECOND);
	assert_int_equal(runs.runs[0].first.bytes, 1);
	mp_runs_release(&runs);
}

static void test_a_recorder_tells_which_run_was_killed(void **state)
{
	struct mp_runs runs = { 0 };

	(void)state;
	/* It is found when the next one begins, here with the same pid. */
	add_start(&runs, NOON, 1);
	add_request(&runs, NOON + SECOND, SECOND, 1, 7);
	add_start(&runs, NOON + 20 * SECOND, 2);
	add(&runs,
	    line("(recovered)", NOON + 9 * SECOND, 9 * SECOND, MP_UNKNOWN, 8));
	assert_int_equal(runs.count, 2);
	assert_int_equal(runs.runs[0].killed, 1);
	assert_int_equal(runs.runs[1].killed, 0);
	assert_true(runs.runs[0].stopped_us == INT64_MAX);
	assert_true(runs.runs[0].until_us == NOON + 9 * SECOND);
	assert_int_equal(runs.runs[0].last.bytes, 8);
	mp_runs_release(&runs);
}

/* As the `(outside)` line of what grew before the first request. */
static void test_what_begins_with_a_process_is_its_own(void **state)
{
	struct mp_runs parts[2] = { { 0 }, { 0 } };

	(void)state;
	for (unsigned first = 0; first < 2; first++) {
		struct mp_runs all = { 0 };

		add_start(&parts[0], NOON, 1);
		add(&parts[1], line("(outside)", NOON, SECOND, 1, 2));
		assert_int_equal(mp_runs_merge(&all, &parts[first]), 0);
		assert_int_equal(mp_runs_merge(&all, &parts[!first]), 0);
		mp_runs_settle(&all);
		assert_int_equal(all.count, 1);
		assert_false(all.runs[0].stray);
		mp_runs_release(&all);
		mp_runs_release(&parts[0]);
		mp_runs_release(&parts[1]);
	}
}

static void test_a_clock_put_back_makes_no_new_process(void **state)
{
	struct mp_runs runs = { 0 };

	(void)state;
	add_start(&runs, NOON, 1);
	add_request(&runs, NOON - SECOND / 2, 1, 5, 6);
	assert_int_equal(runs.count, 1);
	assert_int_equal(runs.runs[0].requests, 1);
	mp_runs_release(&runs);
}

/* For the sanitizers: nothing here overflows. */
static void test_times_out_of_reason(void **state)
{
	const int64_t year_0 = INT64_C(-62167219200000000);
	struct mp_runs runs = { 0 };

	(void)state;
	add_request(&runs, year_0, INT64_MAX, 1, INT64_MAX);
	add_request(&runs, NOON, INT64_MAX, INT64_MAX, 1);
	add_request(&runs, NOON + 1, MP_RUNS_TOOK_MAX, 1, 1);
	add_request(&runs, NOON + 2, MP_RUNS_TOOK_MAX + 1, 1, 1);
	add(&runs, line("(stopped)", year_0, INT64_MAX, 1, 1));
	mp_runs_settle(&runs);
	assert_int_equal(runs.count, 1);
	assert_int_equal(runs.runs[0].requests, 4);
	assert_true(runs.runs[0].until_us == NOON + 2 + MP_RUNS_TOOK_MAX);
	assert_true(runs.runs[0].from_us == year_0 - MP_RUNS_TOOK_MAX);
	mp_runs_release(&runs);
}

static void test_stray_runs_are_bounded(void **state)
{
	struct mp_runs runs = { 0 };

	(void)state;
	for (int64_t i = 0; i < 100000; i++)
		add_request(&runs, NOON - i * 300 * SECOND, 1, 8, 9);
	assert_in_range(runs.count, 2, 4000);
	mp_runs_settle(&runs);
	assert_int_equal(runs.runs[0].requests, 100000);
	mp_runs_release(&runs);
}

static void test_settling_leaves_one_stray_run(void **state)
{
	struct mp_runs runs = { 0 };

	(void)state;
	add_request(&runs, NOON + 90 * 60 * SECOND, 1, 8, 9);
	add_request(&runs, NOON + 30 * 60 * SECOND, 1, 8, 9);
	add_request(&runs, NOON, 1, 8, 9);
	assert_int_equal(runs.count, 3);
	mp_runs_settle(&runs);
	assert_int_equal(runs.count, 1);
	assert_true(runs.runs[0].stray);
	assert_int_equal(runs.runs[0].requests, 3);
	assert_true(runs.runs[0].from_us == NOON);
	mp_runs_release(&runs);
}

/* ---- dealt out in any way ---- */

/* SplitMix64: Steele, Lea and Flood, OOPSLA 2014. */
static uint64_t next(uint64_t *state)
{
	uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
	return z ^ (z >> 31);
}

static int64_t below(uint64_t *state, unsigned limit)
{
	return (int64_t)(next(state) % limit);
}

static struct mp_record any_line(uint64_t *random, int64_t us)
{
	static const char *const ids[] = { "Root:a", "Root:b", "Root:c" };
	static const char *const own_ids[] = { "(outside)", "(skipped)",
					       "(stopped)", "(recovered)",
					       "(started)" };
	bool own = below(random, 40) == 0;
	struct mp_record r = line(
		own ? own_ids[below(random, ARRAY_SIZE(own_ids))]
		    : ids[below(random, ARRAY_SIZE(ids))],
		us, below(random, 50), below(random, 90), below(random, 90));

	if (below(random, 20) == 0)
		r.start_rss = MP_UNKNOWN;
	if (below(random, 20) == 0)
		r.end_rss = MP_UNKNOWN;
	if (below(random, 20) == 0)
		r.duration_us = MP_UNKNOWN;
	r.rss_delta = below(random, 9) - 4;
	return r;
}

static void assert_same(struct mp_runs *a, struct mp_runs *b)
{
	mp_runs_settle(a);
	mp_runs_settle(b);
	assert_int_equal(a->count, b->count);
	if (a->count > 0)
		assert_memory_equal(a->runs, b->runs,
				    a->count * sizeof(*a->runs));
}

static void test_parts_merge_to_the_whole(void **state)
{
	uint64_t random = 99;

	(void)state;
	for (unsigned round = 0; round < 300; round++) {
		struct mp_runs whole = { 0 }, parts[3] = { { 0 } }, all = { 0 };
		size_t lines = next(&random) % 300;
		int64_t us = NOON;

		for (size_t i = 0; i < lines; i++) {
			struct mp_record r = any_line(&random, us);
			enum mp_own kind = mp_own_kind(&r, MP_RECORD_FORMAT_1);
			size_t own = next(&random) % 3;

			add(&whole, r);
			for (size_t p = 0; p < 3; p++)
				if (p == own || kind == MP_OWN_STARTED)
					add(&parts[p], r);
			/* No process ends when the next one begins. */
			us += 1 + below(&random, 3);
		}
		for (size_t p = 0; p < 3; p++)
			assert_int_equal(
				mp_runs_merge(&all, &parts[(p + round) % 3]),
				0);
		assert_same(&all, &whole);
		for (size_t p = 0; p < 3; p++)
			mp_runs_release(&parts[p]);
		mp_runs_release(&whole);
		mp_runs_release(&all);
	}
}

static void test_logs_may_come_in_any_order(void **state)
{
	uint64_t random = 5;

	(void)state;
	for (unsigned round = 0; round < 300; round++) {
		struct mp_record lines[300];
		struct mp_runs whole = { 0 }, parts = { 0 };
		size_t cut = 50 + next(&random) % 50, cut2;
		int64_t us = NOON;

		for (size_t i = 0; i < 300; i++) {
			lines[i] = any_line(&random, us);
			add(&whole, lines[i]);
			us += (1 + below(&random, 60)) * SECOND;
		}
		cut2 = cut + 50 + next(&random) % 100;
		for (size_t i = cut2; i < 300; i++)
			add(&parts, lines[i]);
		for (size_t i = cut; i < cut2; i++)
			add(&parts, lines[i]);
		for (size_t i = 0; i < cut; i++)
			add(&parts, lines[i]);
		assert_same(&parts, &whole);
		mp_runs_release(&whole);
		mp_runs_release(&parts);
	}
}

/* The short way of mp_runs_add() and the long one are the same. */
static void test_usual_lines_are_no_others(void **state)
{
	uint64_t random = 17;

	(void)state;
	for (unsigned round = 0; round < 300; round++) {
		struct mp_runs a = { 0 }, b = { 0 };
		int64_t us = NOON;

		for (unsigned i = 0; i < 200; i++) {
			struct mp_record r = any_line(&random, us);
			enum mp_own kind = mp_own_kind(&r, MP_RECORD_FORMAT_1);

			assert_int_equal(mp_runs_add(&a, &r, kind), 0);
			assert_int_equal(mp_runs_put(&b, &r, kind), 0);
			us += below(&random, 4);
		}
		assert_same(&a, &b);
		mp_runs_release(&a);
		mp_runs_release(&b);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_what_a_process_did),
		cmocka_unit_test(test_a_pid_comes_back),
		cmocka_unit_test(test_a_stop_ends_the_run_that_began_then),
		cmocka_unit_test(
			test_a_stop_tells_when_a_run_began_before_the_log),
		cmocka_unit_test(test_a_recorder_tells_which_run_was_killed),
		cmocka_unit_test(test_what_begins_with_a_process_is_its_own),
		cmocka_unit_test(test_a_clock_put_back_makes_no_new_process),
		cmocka_unit_test(test_times_out_of_reason),
		cmocka_unit_test(test_stray_runs_are_bounded),
		cmocka_unit_test(test_settling_leaves_one_stray_run),
		cmocka_unit_test(test_logs_may_come_in_any_order),
		cmocka_unit_test(test_parts_merge_to_the_whole),
		cmocka_unit_test(test_usual_lines_are_no_others),
	};

	return cmocka_run_group_tests_name("runs", tests, NULL, NULL);
}
