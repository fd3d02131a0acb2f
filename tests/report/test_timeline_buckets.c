/* timeline: each bucket has its extremes, in whatever order they came. */

#include "timelines.h"

struct point {
	int64_t us, bytes;
	int64_t pid;
};

/* Among `points`: the least and the most of a process in a bucket. */
static struct mp_extremes look_up(const struct point *points, size_t n,
				  int64_t pid, int64_t from, int64_t until)
{
	struct mp_extremes e = { { 0, MP_UNKNOWN }, { 0, MP_UNKNOWN } };

	/* Of equal ones the earliest. */
	for (size_t i = 0; i < n; i++) {
		struct mp_reading r = { points[i].us, points[i].bytes };

		if (points[i].pid != pid || r.time_us < from ||
		    r.time_us >= until)
			continue;
		if (e.least.bytes == MP_UNKNOWN || r.bytes < e.least.bytes ||
		    (r.bytes == e.least.bytes && r.time_us < e.least.time_us))
			e.least = r;
		if (e.most.bytes == MP_UNKNOWN || r.bytes > e.most.bytes ||
		    (r.bytes == e.most.bytes && r.time_us < e.most.time_us))
			e.most = r;
	}
	return e;
}

enum { POINTS = 3000 };

static void check_buckets(const struct mp_timeline *t,
			  const struct point *points)
{
	int64_t width = INT64_C(1) << t->shift;

	/* No coarser than need be. */
	assert_true((t->high - t->low + 1) * 2 >= MP_TIMELINE_BUCKETS / 2);
	for (size_t p = 0; p < mp_timeline_count(t); p++)
		for (int64_t i = t->low; i <= t->high; i++) {
			const struct mp_process *process = t->processes[p];
			const struct mp_extremes *e =
				at(process, MP_QUANTITY_RSS, i);
			struct mp_extremes want =
				look_up(points, POINTS, process->pid, i * width,
					(i + 1) * width);

			assert_int_equal(!e, want.least.bytes == MP_UNKNOWN);
			if (!e)
				continue;
			expect(e->least, want.least.time_us, want.least.bytes);
			expect(e->most, want.most.time_us, want.most.bytes);
		}
}

static struct mp_record record_of(const struct point *point)
{
	struct mp_record r = request_at(point->us);

	r.end_rss = point->bytes;
	r.pid = point->pid;
	return r;
}

/* Points in one of three orders, which make the buckets grow forwards,
   backwards and in both directions. */
static void fill_points(struct point *points, int order)
{
	unsigned seed = 1;

	for (int64_t i = 0; i < POINTS; i++) {
		int64_t at = order == 0	  ? i
			     : order == 1 ? -i
					  : rand_r(&seed) % POINTS;

		points[i].us = at * 50 * 1000 + rand_r(&seed) % 1000;
		points[i].bytes = rand_r(&seed) % 10000;
		points[i].pid = 1 + i % 3;
	}
}

/* Against a search through all readings. */
static void test_each_bucket_has_its_least_and_its_most(void **state)
{
	static struct point points[POINTS];

	(void)state;
	for (int order = 0; order < 3; order++) {
		struct mp_timeline t;

		mp_timeline_init(&t);
		fill_points(points, order);
		for (size_t i = 0; i < POINTS; i++) {
			struct mp_record r = record_of(&points[i]);

			add(&t, &r);
		}
		assert_int_equal(mp_timeline_count(&t), 3);
		check_buckets(&t, points);
		mp_timeline_release(&t);
	}
}

/* Dealt out to lanes, one of which ends early, so that its buckets are
   shorter than the others'. */
static void test_merged_parts_are_the_whole(void **state)
{
	static struct point points[POINTS];

	(void)state;
	for (int order = 0; order < 3; order++) {
		struct mp_timeline lanes[3], t;

		mp_timeline_init(&t);
		for (size_t i = 0; i < 3; i++)
			mp_timeline_init(&lanes[i]);
		fill_points(points, order);
		for (size_t i = 0; i < POINTS; i++) {
			struct mp_record r = record_of(&points[i]);

			add(&lanes[i < 50 ? 0 : 1 + i / 7 % 2], &r);
		}
		assert_true(lanes[0].shift <= lanes[1].shift);
		for (size_t i = 0; i < 3; i++) {
			assert_int_equal(mp_timeline_merge(&t, &lanes[i]), 0);
			mp_timeline_release(&lanes[i]);
		}
		assert_int_equal(mp_timeline_count(&t), 3);
		assert_int_equal(t.processes[0]->lines, POINTS / 3);
		assert_true(t.has_utc);
		assert_false(t.has_local);
		check_buckets(&t, points);
		mp_timeline_release(&t);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_each_bucket_has_its_least_and_its_most),
		cmocka_unit_test(test_merged_parts_are_the_whole),
	};

	return cmocka_run_group_tests_name("timeline_buckets", tests, NULL,
					   NULL);
}
