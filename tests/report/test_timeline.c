/* timeline: however long a log is, its extremes are kept where they were. */

#include "timelines.h"

static void test_a_request_is_read_at_both_ends(void **state)
{
	struct mp_record r = request_at(START);
	struct mp_timeline t;
	struct found rss, vss;

	(void)state;
	mp_timeline_init(&t);
	r.duration_us = 3 * SECOND;
	r.start_rss = 100;
	r.end_rss = 90;
	r.start_vss = 1000;
	r.end_vss = 1100;
	add(&t, &r);
	assert_int_equal(mp_timeline_count(&t), 1);
	assert_int_equal(t.processes[0]->pid, 7);
	assert_memory_equal(t.processes[0]->host.p, "web1", 4);
	rss = find(&t, 0, MP_QUANTITY_RSS);
	vss = find(&t, 0, MP_QUANTITY_VSS);
	assert_int_equal(rss.buckets, 2);
	expect(rss.most, START, 100);
	expect(rss.least, START + 3 * SECOND, 90);
	expect(vss.least, START, 1000);
	expect(vss.most, START + 3 * SECOND, 1100);
	assert_true(t.has_utc);
	assert_false(t.has_local);
	mp_timeline_release(&t);
}

static void test_unknown_is_no_reading(void **state)
{
	struct mp_record r = request_at(START);
	struct mp_timeline t;

	(void)state;
	mp_timeline_init(&t);
	add(&t, &r);
	assert_true(t.low > t.high);
	r.end_rss = 5;
	add(&t, &r);
	assert_int_equal(find(&t, 0, MP_QUANTITY_RSS).buckets, 1);
	assert_int_equal(find(&t, 0, MP_QUANTITY_VSS).buckets, 0);
	assert_int_equal(t.processes[0]->lines, 2);
	mp_timeline_release(&t);
}

static void test_a_process_that_stopped_is_told_backwards(void **state)
{
	struct mp_record r = request_at(START);
	struct mp_timeline t;
	struct found f;

	(void)state;
	mp_timeline_init(&t);
	r.page_id = text_of("(stopped)");
	r.duration_us = 10 * SECOND;
	r.start_rss = 1;
	r.end_rss = 2;
	add(&t, &r);
	f = find(&t, 0, MP_QUANTITY_RSS);
	expect(f.least, START - 10 * SECOND, 1);
	expect(f.most, START, 2);
	mp_timeline_release(&t);
}

/* Its deltas are of several gaps: nobody knows when it ended. */
static void test_growth_outside_counts_where_its_start_is_known(void **state)
{
	struct mp_record r = request_at(START);
	struct mp_timeline t;

	(void)state;
	mp_timeline_init(&t);
	r.page_id = text_of("(outside)");
	r.end_rss = 2;
	add(&t, &r);
	assert_int_equal(find(&t, 0, MP_QUANTITY_RSS).buckets, 0);
	r.start_rss = 1;
	add(&t, &r);
	assert_int_equal(find(&t, 0, MP_QUANTITY_RSS).buckets, 1);
	mp_timeline_release(&t);
}

static void test_a_duration_beyond_all_time_is_none(void **state)
{
	struct mp_record r = request_at(START);
	struct mp_timeline t;

	(void)state;
	mp_timeline_init(&t);
	r.start_rss = 1;
	r.end_rss = 2;
	r.duration_us = INT64_MAX;
	add(&t, &r);
	expect(find(&t, 0, MP_QUANTITY_RSS).most, START, 2);
	r.duration_us = MP_UNKNOWN;
	add(&t, &r);
	expect(find(&t, 0, MP_QUANTITY_RSS).most, START, 2);
	mp_timeline_release(&t);
}

/* A thousand years before 1970, and as many behind. */
static void test_clocks_that_jump_keep_every_extreme(void **state)
{
	static const int64_t seconds[] = { 0, 1, -31556952000, 31556952000,
					   -5 };
	struct mp_timeline t;

	(void)state;
	mp_timeline_init(&t);
	for (size_t i = 0; i < ARRAY_SIZE(seconds); i++) {
		struct mp_record r = request_at(seconds[i] * SECOND);

		r.end_rss = (int64_t)(10 + i);
		add(&t, &r);
	}
	expect(find(&t, 0, MP_QUANTITY_RSS).least, 0, 10);
	expect(find(&t, 0, MP_QUANTITY_RSS).most, -5 * SECOND, 14);
	assert_true(t.high - t.low < MP_TIMELINE_BUCKETS);
	mp_timeline_release(&t);
}

static void test_oops_marks_stand_where_the_request_ended(void **state)
{
	struct mp_record r = request_at(START);
	struct mp_timeline t;
	struct found f;

	(void)state;
	mp_timeline_init(&t);
	r.oops_id = text_of("OOPS-1");
	r.duration_us = 2 * SECOND;
	r.start_rss = 50;
	r.end_rss = 60;
	add(&t, &r);
	r.timestamp_us += 1;
	r.end_rss = 61;
	add(&t, &r);
	r.end_rss = MP_UNKNOWN; /* no place to draw it at */
	add(&t, &r);
	r.oops_id = text_of("-");
	r.end_rss = 1;
	add(&t, &r);
	r.oops_id = text_of("--");
	r.timestamp_us += 5 * SECOND;
	r.end_rss = 62;
	add(&t, &r);
	/* What (skipped) says there is no oops id. */
	r.page_id = text_of("(skipped)");
	r.oops_id = text_of("sampled=1,threshold=2,one_in=3");
	r.timestamp_us += 5 * SECOND;
	add(&t, &r);
	assert_int_equal(t.oops_count, 4);
	f = find(&t, 0, MP_QUANTITY_OOPS);
	assert_int_equal(f.buckets, 2);
	expect(f.least, START + 2 * SECOND, 60);
	expect(f.most, START + 7 * SECOND + 1, 62);
	mp_timeline_release(&t);
}

static void test_starts_and_stops_are_marks_of_their_own(void **state)
{
	struct mp_record r = request_at(START);
	struct mp_timeline t;

	(void)state;
	mp_timeline_init(&t);
	r.page_id = text_of("(started)");
	r.end_rss = 10;
	add(&t, &r);
	r.page_id = text_of("(stopped)");
	r.timestamp_us += 60 * SECOND;
	r.duration_us = 60 * SECOND;
	r.start_rss = 10;
	r.end_rss = 40;
	add(&t, &r);
	r.page_id = text_of("(started)"); /* the pid comes back */
	r.timestamp_us += 9 * SECOND;
	r.duration_us = MP_UNKNOWN;
	r.start_rss = MP_UNKNOWN;
	r.end_rss = 11;
	add(&t, &r);
	assert_int_equal(mp_timeline_count(&t), 1);
	assert_int_equal(find(&t, 0, MP_QUANTITY_STARTED).buckets, 2);
	expect(find(&t, 0, MP_QUANTITY_STARTED).least, START, 10);
	expect(find(&t, 0, MP_QUANTITY_STARTED).most, START + 69 * SECOND, 11);
	assert_int_equal(find(&t, 0, MP_QUANTITY_STOPPED).buckets, 1);
	expect(find(&t, 0, MP_QUANTITY_STOPPED).most, START + 60 * SECOND, 40);
	assert_int_equal(find(&t, 0, MP_QUANTITY_OOPS).buckets, 0);
	mp_timeline_release(&t);
}

static void test_what_was_in_flight_at_a_kill_marks_it(void **state)
{
	struct mp_record r = request_at(START);
	struct mp_timeline t;

	(void)state;
	mp_timeline_init(&t);
	r.oops_id = text_of("UNFINISHED");
	r.duration_us = 2 * SECOND;
	r.end_rss = 70;
	add(&t, &r);
	assert_int_equal(t.oops_count, 0);
	assert_int_equal(find(&t, 0, MP_QUANTITY_OOPS).buckets, 0);
	expect(find(&t, 0, MP_QUANTITY_KILLED).most, START + 2 * SECOND, 70);
	expect(find(&t, 0, MP_QUANTITY_RSS).most, START + 2 * SECOND, 70);
	mp_timeline_release(&t);
}

/* As `(stopped)` it has the time of its end. */
static void test_a_process_that_was_recovered_was_last_seen_then(void **state)
{
	struct mp_record r = request_at(START);
	struct mp_timeline t;

	(void)state;
	mp_timeline_init(&t);
	r.page_id = text_of("(recovered)");
	r.oops_id = text_of("begun=1");
	r.duration_us = 60 * SECOND;
	r.end_rss = 70;
	add(&t, &r);
	assert_int_equal(t.oops_count, 0);
	expect(find(&t, 0, MP_QUANTITY_KILLED).most, START, 70);
	expect(find(&t, 0, MP_QUANTITY_RSS).most, START, 70);
	assert_int_equal(find(&t, 0, MP_QUANTITY_STOPPED).buckets, 0);
	mp_timeline_release(&t);
}

static void test_the_heap_is_read_at_the_end(void **state)
{
	struct mp_record r = request_at(START);
	struct mp_timeline t;

	(void)state;
	mp_timeline_init(&t);
	r.duration_us = SECOND;
	r.heap_allocated = 1;
	r.heap_active = 2;
	r.heap_resident = 3;
	add(&t, &r);
	expect(find(&t, 0, MP_QUANTITY_ALLOCATED).most, START + SECOND, 1);
	expect(find(&t, 0, MP_QUANTITY_ACTIVE).most, START + SECOND, 2);
	expect(find(&t, 0, MP_QUANTITY_RESIDENT).most, START + SECOND, 3);
	mp_timeline_release(&t);
}

/* One lives all the time, and thousands a moment each, as where a server
   crashes and is started over and over. */
static void test_memory_is_bounded_by_what_can_be_drawn(void **state)
{
	struct mp_timeline t;
	struct mp_record r;

	(void)state;
	mp_timeline_init(&t);
	for (int64_t i = 0; i < 20000; i++) {
		r = request_at(START + i * SECOND);
		r.end_rss = 5 + i;
		add(&t, &r);
		r.pid = 100 + i;
		add(&t, &r);
	}
	assert_int_equal(mp_timeline_count(&t), 20001);
	assert_true(t.cells < 20001 * 4 + 2 * MP_TIMELINE_BUCKETS);
	assert_true(t.high - t.low + 1 > MP_TIMELINE_BUCKETS / 2);
	expect(find(&t, 20000, MP_QUANTITY_RSS).most, START + 19999 * SECOND,
	       20004);
	mp_timeline_release(&t);
}

/* Where many live all the time, all have longer buckets. */
static void test_a_crowd_has_longer_buckets(void **state)
{
	struct mp_timeline t;

	(void)state;
	mp_timeline_init(&t);
	for (int64_t i = 0; i < MP_TIMELINE_BUCKETS; i++)
		for (int64_t pid = 0; pid < 1200; pid++) {
			struct mp_record r = request_at(START + i * SECOND);

			r.pid = pid;
			r.end_rss = i;
			add(&t, &r);
			assert_true(t.cells <= MP_TIMELINE_CELLS);
		}
	for (size_t p = 0; p < mp_timeline_count(&t); p++) {
		struct found f = find(&t, p, MP_QUANTITY_RSS);

		expect(f.least, START, 0);
		expect(f.most, START + (MP_TIMELINE_BUCKETS - 1) * SECOND,
		       MP_TIMELINE_BUCKETS - 1);
		assert_true(f.buckets >= 60);
	}
	mp_timeline_release(&t);
}

static void test_processes_are_told_apart_by_pid_and_host(void **state)
{
	struct mp_record r = request_at(START);
	struct mp_timeline t;

	(void)state;
	mp_timeline_init(&t);
	add(&t, &r);
	r.host = text_of("web2");
	add(&t, &r);
	add(&t, &r);
	r.host = text_of("web");
	r.pid = 6;
	add(&t, &r);
	assert_int_equal(mp_timeline_count(&t), 3);
	mp_timeline_sort(&t);
	assert_memory_equal(t.processes[0]->host.p, "web2", 4);
	assert_int_equal(t.processes[1]->pid, 6); /* then by number */
	assert_int_equal(t.processes[2]->pid, 7);
	mp_timeline_release(&t);
}

/* By the floor: a spike is no rise, and what was there at first is none. */
static void test_those_that_rose_most_come_first(void **state)
{
	static const struct {
		int64_t pid, bytes[4];
	} processes[] = {
		{ 1, { 100, 9000, 100, 110 } },
		{ 2, { 50, 60, 70, 80 } },
		{ 3, { 10, 500, 20, 9 } }, /* was stopped, and began anew */
	};
	struct mp_timeline t;

	(void)state;
	mp_timeline_init(&t);
	for (size_t p = 0; p < ARRAY_SIZE(processes); p++)
		for (int64_t i = 0; i < 4; i++) {
			struct mp_record r =
				request_at(START + i * 600 * SECOND);

			r.pid = processes[p].pid;
			r.end_rss = processes[p].bytes[i];
			add(&t, &r);
			/* In the same bucket as the spike. */
			r.end_rss = 115;
			if (p == 0 && i == 1)
				add(&t, &r);
		}
	mp_timeline_sort(&t);
	assert_int_equal(t.processes[0]->pid, 3);
	assert_int_equal(t.processes[0]->rise, 490);
	assert_int_equal(t.processes[1]->pid, 2);
	assert_int_equal(t.processes[1]->rise, 30);
	assert_int_equal(t.processes[2]->rise, 15);
	mp_timeline_release(&t);
}

static void test_launchpads_times_are_local(void **state)
{
	struct mp_record r = request_at(START);
	struct mp_timeline t, merged;

	(void)state;
	mp_timeline_init(&t);
	r.pid = MP_UNKNOWN;
	r.host = text_of("");
	r.page_id = text_of("(started)"); /* there it is a page */
	r.oops_id = text_of("OOPS-1");
	assert_int_equal(mp_timeline_add(&t, &r, MP_RECORD_LAUNCHPAD_7), 0);
	assert_true(t.has_local);
	assert_false(t.has_utc);
	assert_int_equal(t.oops_count, 1);
	assert_int_equal(t.processes[0]->pid, MP_UNKNOWN);
	mp_timeline_init(&merged);
	assert_int_equal(mp_timeline_merge(&merged, &t), 0);
	assert_true(merged.has_local);
	assert_int_equal(merged.oops_count, 1);
	mp_timeline_release(&merged);
	mp_timeline_release(&t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_request_is_read_at_both_ends),
		cmocka_unit_test(test_unknown_is_no_reading),
		cmocka_unit_test(test_a_process_that_stopped_is_told_backwards),
		cmocka_unit_test(
			test_growth_outside_counts_where_its_start_is_known),
		cmocka_unit_test(test_a_duration_beyond_all_time_is_none),
		cmocka_unit_test(test_clocks_that_jump_keep_every_extreme),
		cmocka_unit_test(test_oops_marks_stand_where_the_request_ended),
		cmocka_unit_test(test_starts_and_stops_are_marks_of_their_own),
		cmocka_unit_test(test_what_was_in_flight_at_a_kill_marks_it),
		cmocka_unit_test(
			test_a_process_that_was_recovered_was_last_seen_then),
		cmocka_unit_test(test_the_heap_is_read_at_the_end),
		cmocka_unit_test(test_memory_is_bounded_by_what_can_be_drawn),
		cmocka_unit_test(test_a_crowd_has_longer_buckets),
		cmocka_unit_test(test_processes_are_told_apart_by_pid_and_host),
		cmocka_unit_test(test_those_that_rose_most_come_first),
		cmocka_unit_test(test_launchpads_times_are_local),
	};

	return cmocka_run_group_tests_name("timeline", tests, NULL, NULL);
}
