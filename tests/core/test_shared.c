/* shared: one reading of statm for many requests, and never a torn one. */

#include "serving.h"

#include "core/clock.h"
#include "core/shared.h"

#define THREADS 4
#define ROUNDS	100000
#define AGE_NS	1000000

static struct mp_shared_statm statm;
static struct mp_shared_totals totals;

static int set_up(void **state)
{
	(void)state;
	mp_statm_open();
	mp_shared_init(&statm, &totals);
	return 0;
}

static void test_a_reading_serves_until_it_is_too_old(void **state)
{
	int64_t read_ns, t = 1000 * MP_NS_PER_S;
	struct mp_statm first, again;

	(void)state;
	first = mp_shared_statm_get(&statm, AGE_NS, t, &read_ns);
	assert_int_equal(read_ns, t);
	assert_true(first.rss > 0 && first.vss > first.rss);
	again = mp_shared_statm_get(&statm, AGE_NS, t + AGE_NS, &read_ns);
	assert_int_equal(read_ns, t);
	assert_int_equal(again.vss, first.vss);
	assert_int_equal(again.rss, first.rss);
	mp_shared_statm_get(&statm, AGE_NS, t + AGE_NS + 1, &read_ns);
	assert_int_equal(read_ns, t + AGE_NS + 1);
}

static void test_without_an_age_each_is_fresh(void **state)
{
	int64_t read_ns;

	(void)state;
	for (int64_t t = 5; t < 15; t++) {
		mp_shared_statm_get(&statm, 0, t, &read_ns);
		assert_int_equal(read_ns, t);
	}
}

static void test_who_writes_is_not_waited_for(void **state)
{
	int64_t read_ns, t = 1000 * MP_NS_PER_S;

	(void)state;
	mp_shared_statm_get(&statm, AGE_NS, t, &read_ns);
	assert_true(mp_seq_write_begin(&statm.seq));
	assert_false(mp_seq_write_begin(&statm.seq));
	mp_shared_statm_get(&statm, AGE_NS, t + 1, &read_ns);
	assert_int_equal(read_ns, t + 1);
	mp_seq_write_end(&statm.seq);
	mp_shared_statm_get(&statm, AGE_NS, t + 2, &read_ns);
	assert_int_equal(read_ns, t);
}

/* ---- many threads ---- */

static struct {
	struct mp_seq seq;
	_Atomic int64_t a, b, c;
	_Atomic int64_t next;
	_Atomic uint32_t torn, whole;
} triple;

static void *publish_and_read(void *arg)
{
	(void)arg;
	for (int i = 0; i < ROUNDS; i++) {
		uint32_t began;
		int64_t a, b, c;

		if (mp_seq_write_begin(&triple.seq)) {
			int64_t n = ++triple.next;

			mp_seq_put(&triple.a, n);
			mp_seq_put(&triple.b, 2 * n);
			mp_seq_put(&triple.c, 3 * n);
			mp_seq_write_end(&triple.seq);
		}
		began = mp_seq_read_begin(&triple.seq);
		a = mp_seq_get(&triple.a);
		b = mp_seq_get(&triple.b);
		c = mp_seq_get(&triple.c);
		if (!mp_seq_read_ok(&triple.seq, began))
			continue;
		triple.whole++;
		if (b != 2 * a || c != 3 * a)
			triple.torn++;
	}
	return NULL;
}

static void test_what_is_read_belongs_together(void **state)
{
	pthread_t threads[THREADS];

	(void)state;
	for (int i = 0; i < THREADS; i++)
		assert_int_equal(pthread_create(&threads[i], NULL,
						publish_and_read, NULL),
				 0);
	for (int i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	assert_int_equal(triple.torn, 0);
	assert_true(triple.whole > 0);
}

/* ---- in requests ---- */

static void test_both_ends_from_one_reading_have_no_deltas(void **state)
{
	struct memprof *mp = serve("statm_max_age: 60");
	struct memprof_request first = { 0 }, r = { 0 };
	struct memprof_result ret;
	struct lines l;
	void *kept;

	(void)state;
	memprof_begin(mp, &first, "first");
	memprof_end(&first, NULL);
	memprof_begin(mp, &r, "page");
	kept = work_alloc(8 << 20);
	memprof_end(&r, NULL);
	free(kept);
	ret = result_of(&r);
	assert_int_equal(ret.start_rss, ret.end_rss);
	/* Others may have grown since that reading: never clean. */
	assert_int_equal(ret.overlap, MEMPROF_UNKNOWN);
	if (has_jemalloc())
		assert_true(ret.allocated >= 8 << 20);

	l = read_lines(LOG_NAME);
	assert_int_equal(l.count, 3);
	assert_true(l.r[2].start_rss > 0);
	assert_int_equal(l.r[2].vss_delta, MP_UNKNOWN);
	assert_int_equal(l.r[2].rss_delta, MP_UNKNOWN);
	assert_int_equal(l.r[2].overlap, MP_UNKNOWN);
	free_lines(&l);
	assert_int_equal(memprof_close(mp), 0);
}

static void test_a_fresh_reading_at_both_ends_is_clean(void **state)
{
	struct memprof *mp = serve("statm_max_age: 0.001");
	struct memprof_request r = { 0 };
	void *kept;

	(void)state;
	usleep(2000);
	memprof_begin(mp, &r, "page");
	kept = work_alloc(8 << 20);
	usleep(2000);
	memprof_end(&r, NULL);
	free(kept);
	assert_int_equal(result_of(&r).overlap, 0);
	assert_true(result_of(&r).end_rss - result_of(&r).start_rss >= 6 << 20);
	assert_int_equal(memprof_close(mp), 0);
}

static void test_two_at_once_are_counted_with_borrowed_readings(void **state)
{
	struct memprof *mp = serve("statm_max_age: 60");
	struct memprof_request a = { 0 }, b = { 0 };

	(void)state;
	memprof_begin(mp, &a, "a");
	memprof_detach(&a);
	memprof_begin(mp, &b, "b");
	memprof_end(&b, NULL);
	memprof_end(&a, NULL);
	assert_int_equal(result_of(&a).overlap, 1);
	assert_int_equal(result_of(&b).overlap, 1);
	assert_int_equal(memprof_close(mp), 0);
}

static struct memprof *served;
static _Atomic uint32_t clean, wrong;

static void *serve_many(void *arg)
{
	struct memprof_result ret = { .size = sizeof(ret) };
	struct memprof_request r = { 0 };

	(void)arg;
	for (int i = 0; i < 2000; i++) {
		memprof_begin(served, &r, "page");
		free(work_alloc(1000));
		memprof_end(&r, NULL);
		memprof_result(&r, &ret);
		clean += ret.overlap == 0;
		wrong += ret.start_rss <= 0 || ret.end_rss <= 0 ||
			 ret.start_vss < ret.start_rss ||
			 (ret.overlap < 0 && ret.overlap != MEMPROF_UNKNOWN);
	}
	return NULL;
}

static void test_many_threads_share_readings(void **state)
{
	pthread_t threads[THREADS];

	(void)state;
	served = serve("statm_max_age: 60");
	serve_many(NULL);
	clean = 0;
	for (int i = 0; i < THREADS; i++)
		pthread_create(&threads[i], NULL, serve_many, NULL);
	for (int i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	assert_int_equal(wrong, 0);
	/* All readings are of before: none may call itself clean. */
	assert_int_equal(clean, 0);
	assert_int_equal(memprof_close(served), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(
			test_a_reading_serves_until_it_is_too_old, set_up),
		cmocka_unit_test_setup(test_without_an_age_each_is_fresh,
				       set_up),
		cmocka_unit_test_setup(test_who_writes_is_not_waited_for,
				       set_up),
		cmocka_unit_test(test_what_is_read_belongs_together),
		cmocka_unit_test(
			test_both_ends_from_one_reading_have_no_deltas),
		cmocka_unit_test(test_a_fresh_reading_at_both_ends_is_clean),
		cmocka_unit_test(
			test_two_at_once_are_counted_with_borrowed_readings),
		cmocka_unit_test(test_many_threads_share_readings),
	};

	return cmocka_run_group_tests_name("shared", tests, enter, leave);
}
