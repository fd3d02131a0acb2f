/* timeline: however long a log is, its extremes are kept where they were. */

#include "test.h"

#include "report/timeline.h"

#include <stdlib.h>
#include <string.h>

#define SECOND INT64_C(1000000)
#define START  (INT64_C(1795222923) * SECOND)

static struct mp_text text_of(const char *s)
{
	return (struct mp_text){ s, strlen(s) };
}

/* A request of process 7 that knows no memory. */
static struct mp_record request_at(int64_t us)
{
	return (struct mp_record){
		.timestamp_us = us,
		.page_id = text_of("Page"),
		.oops_id = text_of("-"),
		.duration_us = 0,
		.start_vss = MP_UNKNOWN,
		.start_rss = MP_UNKNOWN,
		.end_vss = MP_UNKNOWN,
		.end_rss = MP_UNKNOWN,
		.pid = 7,
		.host = text_of("web1"),
	};
}

static void add(struct mp_timeline *t, const struct mp_record *r)
{
	assert_int_equal(mp_timeline_add(t, r, MP_RECORD_FORMAT_1), 0);
}

/* Sums up the readings of one process, wherever they are. */
struct found {
	size_t buckets, first;
	struct mp_reading least, most;
};

static struct found find(const struct mp_extremes *e)
{
	struct found f = { 0 };

	for (size_t i = MP_TIMELINE_BUCKETS; i-- > 0;) {
		if (e[i].least.bytes == MP_UNKNOWN) {
			assert_int_equal(e[i].most.bytes, MP_UNKNOWN);
			continue;
		}
		assert_true(e[i].least.bytes <= e[i].most.bytes);
		if (f.buckets++ == 0 || e[i].least.bytes < f.least.bytes)
			f.least = e[i].least;
		if (f.buckets == 1 || e[i].most.bytes > f.most.bytes)
			f.most = e[i].most;
		f.first = i;
	}
	return f;
}

static void expect(struct mp_reading r, int64_t us, int64_t bytes)
{
	assert_int_equal(r.time_us, us);
	assert_int_equal(r.bytes, bytes);
}

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
	assert_int_equal(t.process_count, 1);
	assert_int_equal(t.processes[0]->pid, 7);
	assert_string_equal(t.processes[0]->host, "web1");
	rss = find(t.processes[0]->rss);
	vss = find(t.processes[0]->vss);
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
	assert_int_equal(t.bucket_us, 0);
	r.end_rss = 5;
	add(&t, &r);
	assert_int_equal(find(t.processes[0]->rss).buckets, 1);
	assert_int_equal(find(t.processes[0]->vss).buckets, 0);
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
	f = find(t.processes[0]->rss);
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
	assert_int_equal(find(t.processes[0]->rss).buckets, 0);
	r.start_rss = 1;
	add(&t, &r);
	assert_int_equal(find(t.processes[0]->rss).buckets, 1);
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
	expect(find(t.processes[0]->rss).most, START, 2);
	r.duration_us = MP_UNKNOWN;
	add(&t, &r);
	expect(find(t.processes[0]->rss).most, START, 2);
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
	expect(find(t.processes[0]->rss).least, 0, 10);
	expect(find(t.processes[0]->rss).most, -5 * SECOND, 14);
	assert_true(t.last - t.first < MP_TIMELINE_BUCKETS);
	mp_timeline_release(&t);
}

struct point {
	int64_t us, bytes;
	int64_t pid;
};

/* Among `points`: the least and the most of a process in a bucket. */
static struct mp_extremes look_up(const struct point *points, size_t n,
				  int64_t pid, int64_t from, int64_t until)
{
	struct mp_extremes e = { { 0, MP_UNKNOWN }, { 0, MP_UNKNOWN } };

	for (size_t i = 0; i < n; i++) {
		struct mp_reading r = { points[i].us, points[i].bytes };

		if (points[i].pid != pid || r.time_us < from ||
		    r.time_us >= until)
			continue;
		if (e.least.bytes == MP_UNKNOWN || r.bytes < e.least.bytes)
			e.least = r;
		if (e.most.bytes == MP_UNKNOWN || r.bytes > e.most.bytes)
			e.most = r;
	}
	return e;
}

/* Every bucket against a search through all readings, in orders that make the
   buckets grow in both directions. */
static void test_each_bucket_has_its_least_and_its_most(void **state)
{
	enum { POINTS = 3000 };
	static struct point points[POINTS];
	unsigned seed = 1;

	(void)state;
	for (int order = 0; order < 3; order++) {
		struct mp_timeline t;

		mp_timeline_init(&t);
		for (int64_t i = 0; i < POINTS; i++) {
			struct mp_record r;
			int64_t at = order == 0	  ? i
				     : order == 1 ? -i
						  : rand_r(&seed) % POINTS;

			points[i].us = at * 50 * 1000 + rand_r(&seed) % 1000;
			points[i].bytes = rand_r(&seed) % 1000000;
			points[i].pid = 1 + i % 3;
			r = request_at(points[i].us);
			r.end_rss = points[i].bytes;
			r.pid = points[i].pid;
			add(&t, &r);
		}
		assert_int_equal(t.process_count, 3);
		/* No coarser than need be. */
		assert_true((t.last - t.first + 1) * 2 >=
			    MP_TIMELINE_BUCKETS / 2);
		for (unsigned p = 0; p < t.process_count; p++)
			for (int64_t i = 0; i < MP_TIMELINE_BUCKETS; i++) {
				int64_t from = (t.first + i) * t.bucket_us;
				struct mp_extremes want = look_up(
					points, POINTS, t.processes[p]->pid,
					from, from + t.bucket_us);
				struct mp_extremes *e = &t.processes[p]->rss[i];

				assert_int_equal(e->least.bytes,
						 want.least.bytes);
				assert_int_equal(e->most.bytes,
						 want.most.bytes);
			}
		mp_timeline_release(&t);
	}
}

static void test_oops_marks_stand_where_the_request_ended(void **state)
{
	struct mp_record r = request_at(START);
	struct mp_timeline t;
	size_t marks = 0;

	(void)state;
	mp_timeline_init(&t);
	r.oops_id = text_of("OOPS-1");
	r.duration_us = 2 * SECOND;
	r.start_rss = 50;
	r.end_rss = 60;
	add(&t, &r);
	r.timestamp_us += 1; /* in the same bucket: counted, not drawn */
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
	for (size_t i = 0; i < MP_TIMELINE_BUCKETS; i++) {
		if (t.oops[i].bytes == MP_UNKNOWN)
			continue;
		if (marks++ == 0)
			expect(t.oops[i], START + 2 * SECOND, 60);
		else
			expect(t.oops[i], START + 7 * SECOND + 1, 62);
	}
	assert_int_equal(marks, 2);
	mp_timeline_release(&t);
}

static void test_oops_marks_survive_longer_buckets(void **state)
{
	struct mp_timeline t;
	size_t marks = 0;

	(void)state;
	mp_timeline_init(&t);
	for (int64_t i = 0; i < 100; i++) {
		struct mp_record r = request_at(i * 3600 * SECOND);

		r.oops_id = text_of("OOPS-1");
		r.end_rss = i;
		add(&t, &r);
	}
	for (size_t i = 0; i < MP_TIMELINE_BUCKETS; i++) {
		if (t.oops[i].bytes == MP_UNKNOWN)
			continue;
		expect(t.oops[i], (int64_t)marks * 3600 * SECOND,
		       (int64_t)marks);
		marks++;
	}
	assert_int_equal(marks, 100);
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
	assert_int_equal(t.process_count, 3);
	mp_timeline_sort(&t);
	assert_string_equal(t.processes[0]->host, "web2");
	assert_int_equal(t.processes[1]->pid, 6); /* then by number */
	assert_int_equal(t.processes[2]->pid, 7);
	mp_timeline_release(&t);
}

static void test_processes_beyond_the_room_are_counted(void **state)
{
	struct mp_record r = request_at(START);
	struct mp_timeline t;

	(void)state;
	mp_timeline_init(&t);
	for (int i = 0; i < MP_TIMELINE_PROCESSES + 3; i++) {
		r.pid = 100 + i;
		add(&t, &r);
	}
	assert_int_equal(t.process_count, MP_TIMELINE_PROCESSES);
	assert_int_equal(t.left_out, 3);
	mp_timeline_release(&t);
}

static void test_launchpads_times_are_local(void **state)
{
	struct mp_record r = request_at(START);
	struct mp_timeline t;

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
		cmocka_unit_test(test_each_bucket_has_its_least_and_its_most),
		cmocka_unit_test(test_oops_marks_stand_where_the_request_ended),
		cmocka_unit_test(test_oops_marks_survive_longer_buckets),
		cmocka_unit_test(test_processes_are_told_apart_by_pid_and_host),
		cmocka_unit_test(test_processes_beyond_the_room_are_counted),
		cmocka_unit_test(test_launchpads_times_are_local),
	};

	return cmocka_run_group_tests_name("timeline", tests, NULL, NULL);
}
