/* outside: growth while nothing was in flight, and nothing else. */

#include "serving.h"

#include "core/outside.h"

#define MB	(1 << 20)
#define THREADS 4
#define ROUNDS	300

/* ---- the ledger by itself ---- */

static struct mp_outside_end at(uint32_t begun, int64_t s, int64_t rss)
{
	return (struct mp_outside_end){
		.begun = begun,
		.mono_ns = s * 1000000000,
		.real_us = s * 1000000,
		.size = { .vss = rss == MP_UNKNOWN ? rss : 10 * rss,
			  .rss = rss },
	};
}

static struct mp_outside ledger;
static struct mp_outside_growth growth;

static int set_up(void **state)
{
	(void)state;
	mp_outside_init(&ledger, at(0, 1, 1000));
	return 0;
}

static uint64_t unsure(void)
{
	return atomic_load(&ledger.unsure);
}

static void test_the_gap_before_the_first_request(void **state)
{
	(void)state;
	assert_true(mp_outside_close(&ledger, at(0, 3, 1600), 500, &growth));
	assert_int_equal(growth.rss_delta, 600);
	assert_int_equal(growth.vss_delta, 6000);
	assert_int_equal(growth.ns, 2000000000);
	assert_int_equal(growth.real_us, 1000000);
	assert_true(growth.one_gap);
	assert_int_equal(growth.start.rss, 1000);
	assert_int_equal(unsure(), 0);
}

/* By the clock of a request that was held up before it was counted. */
static void test_no_gap_is_shorter_than_nothing(void **state)
{
	(void)state;
	assert_true(mp_outside_close(&ledger, at(0, 0, 5000), 1, &growth));
	assert_true(growth.ns == 0);
	assert_int_equal(growth.rss_delta, 4000);
}

static void test_small_gaps_add_up(void **state)
{
	(void)state;
	for (uint32_t i = 0; i < 4; i++) {
		assert_false(mp_outside_close(&ledger, at(i, 2 * i + 2, 1100),
					      500, &growth));
		mp_outside_open(&ledger, at(i + 1, 2 * i + 3, 1000));
	}
	assert_true(mp_outside_close(&ledger, at(4, 10, 1100), 500, &growth));
	assert_int_equal(growth.rss_delta, 500);
	assert_int_equal(growth.ns, 5000000000);
	assert_int_equal(growth.real_us, 1000000);
	assert_false(growth.one_gap);

	/* And then anew. */
	mp_outside_open(&ledger, at(5, 20, 1000));
	assert_false(mp_outside_close(&ledger, at(5, 21, 1400), 500, &growth));
	assert_int_equal(unsure(), 0);
}

static void test_quiet_gaps_do_not_count(void **state)
{
	(void)state;
	for (uint32_t i = 0; i < 4; i++) {
		assert_false(mp_outside_close(&ledger, at(i, 2 * i + 2, 1000),
					      500, &growth));
		mp_outside_open(&ledger, at(i + 1, 2 * i + 3, 1000));
	}
	assert_true(mp_outside_close(&ledger, at(4, 10, 1600), 500, &growth));
	assert_true(growth.one_gap);
	assert_int_equal(growth.start.rss, 1000);
	assert_int_equal(growth.ns, 1000000000);
	assert_int_equal(growth.real_us, 9000000);
	assert_int_equal(unsure(), 0);
}

static void test_rises_and_falls_cancel_out(void **state)
{
	(void)state;
	assert_false(mp_outside_close(&ledger, at(0, 2, 1400), 500, &growth));
	mp_outside_open(&ledger, at(1, 3, 1400));
	assert_false(mp_outside_close(&ledger, at(1, 4, 1000), 500, &growth));
	mp_outside_open(&ledger, at(2, 5, 1000));
	assert_false(mp_outside_close(&ledger, at(2, 6, 1400), 500, &growth));
}

static void test_a_fall_is_told_too(void **state)
{
	(void)state;
	assert_true(mp_outside_close(&ledger, at(0, 2, 400), 500, &growth));
	assert_int_equal(growth.rss_delta, -600);
}

static struct gap_case {
	const char *name;
	uint32_t opened_at, closed_at;
	int64_t open_rss, close_rss;
	bool opened, sure;
} gap_cases[] = {
	{ "a sure gap", 7, 7, 1000, 9000, true, true },
	{ "somebody was begun in between", 7, 8, 1000, 9000, true, false },
	{ "opened late, by the one before", 7, 6, 1000, 9000, true, false },
	{ "never opened", 7, 1, 1000, 9000, false, false },
	{ "size unknown at its end", 7, 7, 1000, MP_UNKNOWN, true, false },
	{ "size unknown at its start", 7, 7, MP_UNKNOWN, 9000, true, false },
	{ "at the wrap", 0, 0, 1000, 9000, true, true },
};

static void test_gap(void **state)
{
	const struct gap_case *c = *state;
	bool told;

	set_up(NULL);
	mp_outside_close(&ledger, at(0, 1, 1000), 500, &growth);
	if (c->opened)
		mp_outside_open(&ledger, at(c->opened_at, 2, c->open_rss));
	told = mp_outside_close(&ledger, at(c->closed_at, 3, c->close_rss), 500,
				&growth);
	assert_int_equal(told, c->sure);
	assert_int_equal(unsure(), !c->sure);

	/* A gap is closed once. */
	assert_false(mp_outside_close(&ledger, at(c->opened_at, 4, 99000), 500,
				      &growth));
	assert_int_equal(unsure(), !c->sure + 1);
}

static void test_a_ledger_in_use_makes_the_gap_unsure(void **state)
{
	(void)state;
	atomic_flag_test_and_set(&ledger.busy);
	assert_false(mp_outside_close(&ledger, at(0, 2, 9000), 500, &growth));
	assert_int_equal(unsure(), 1);
	atomic_flag_clear(&ledger.busy);
}

/* ---- in a session ---- */

static void serve_one(struct memprof *mp)
{
	struct memprof_request r = { 0 };

	memprof_begin(mp, &r, "page");
	memprof_end(&r, NULL);
}

static void test_growth_between_requests_is_logged(void **state)
{
	struct memprof *mp;
	struct lines l;
	void *kept;

	(void)state;
	need_jemalloc(); /* RSS has shadows else */
	mp = serve("");
	kept = work_alloc(20 * MB);
	serve_one(mp);
	serve_one(mp);
	l = read_lines(LOG_NAME);
	assert_int_equal(l.count, 4);
	assert_true(is_page(&l.r[1], "(outside)"));
	assert_true(l.r[1].rss_delta >= 19 * MB);
	assert_true(l.r[1].rss_delta <= 21 * MB);
	assert_int_equal(l.r[1].rss_delta, l.r[1].end_rss - l.r[1].start_rss);
	assert_int_equal(l.r[1].vss_delta, l.r[1].end_vss - l.r[1].start_vss);
	/* From reading to reading: nothing is in neither. */
	assert_int_equal(l.r[1].start_rss, l.r[0].end_rss);
	assert_int_equal(l.r[1].end_rss, l.r[2].start_rss);
	assert_int_equal(l.r[2].rss_delta, 0);
	free_lines(&l);
	free(kept);
	assert_int_equal(memprof_close(mp), 0);
}

static void test_growth_below_the_threshold_waits(void **state)
{
	struct memprof *mp;
	void *kept[5];

	(void)state;
	need_jemalloc(); /* RSS has shadows else */
	mp = serve("outside_threshold: 64M");
	serve_one(mp);
	for (size_t i = 0; i < ARRAY_SIZE(kept); i++) {
		assert_int_equal(count_logged("(outside)"), 0);
		kept[i] = work_alloc(15 * MB);
		serve_one(mp);
	}
	assert_int_equal(count_logged("(outside)"), 1);
	for (size_t i = 0; i < ARRAY_SIZE(kept); i++)
		free(kept[i]);
	assert_int_equal(memprof_close(mp), 0);
}

static void test_growth_while_another_is_in_flight_is_not_outside(void **state)
{
	struct memprof *mp = serve("");
	struct memprof_request waiting = { 0 };
	void *kept;

	(void)state;
	serve_one(mp);
	memprof_begin(mp, &waiting, "waiting");
	memprof_detach(&waiting);
	kept = work_alloc(20 * MB);
	serve_one(mp);
	memprof_end(&waiting, NULL);
	serve_one(mp);
	assert_int_equal(count_logged("(outside)"), 0);
	free(kept);
	assert_int_equal(memprof_close(mp), 0);
}

static void test_a_gap_that_a_cancelled_request_opened_is_unsure(void **state)
{
	struct memprof *mp = serve("");
	struct memprof_request r = { 0 };
	void *kept;

	(void)state;
	serve_one(mp);
	memprof_begin(mp, &r, "cancelled");
	memprof_cancel(&r);
	kept = work_alloc(20 * MB);
	serve_one(mp);
	assert_int_equal(count_logged("(outside)"), 0);
	assert_int_equal(stats_of(mp).outside_unsure, 1);
	free(kept);
	assert_int_equal(memprof_close(mp), 0);
}

static void test_borrowed_readings_make_no_sure_gap(void **state)
{
	struct memprof *mp = serve("statm_max_age: 60");
	void *kept;

	(void)state;
	serve_one(mp);
	serve_one(mp);
	kept = work_alloc(20 * MB);
	serve_one(mp);
	assert_int_equal(count_logged("(outside)"), 0);
	assert_true(stats_of(mp).outside_unsure > 0);
	free(kept);
	assert_int_equal(memprof_close(mp), 0);
}

/* ---- somebody comes and goes while the size is read ---- */

/* Linked with --wrap=mp_sys_pread: on the reading `intrude_at` from now, a
   whole request of another thread takes place, and grows. */
ssize_t __real_mp_sys_pread(int fd, void *ret, size_t len, off_t offset);
ssize_t __wrap_mp_sys_pread(int fd, void *ret, size_t len, off_t offset);

static struct memprof *intruded;
static int intrude_at;
static void *intruders;

static void *intrude(void *arg)
{
	struct memprof_request r = { 0 };

	memprof_begin(arg, &r, "intruder");
	intruders = work_alloc(20 * MB);
	memprof_end(&r, NULL);
	return NULL;
}

ssize_t __wrap_mp_sys_pread(int fd, void *ret, size_t len, off_t offset)
{
	ssize_t n = 0;

	/* After the end's reading was taken, before the begin's. */
	if (intrude_at < 0 && ++intrude_at == 0)
		run_thread(intrude, intruded);
	n = __real_mp_sys_pread(fd, ret, len, offset);
	if (intrude_at > 0 && --intrude_at == 0)
		run_thread(intrude, intruded);
	return n;
}

static struct intrusion_case {
	const char *name;
	int at;
} intrusion_cases[] = {
	{ "after the reading at an end", 2 },
	{ "before the reading at the next begin", -3 },
};

static void test_intrusion(void **state)
{
	const struct intrusion_case *c = *state;

	intruded = serve("");
	serve_one(intruded);
	intrude_at = c->at;
	serve_one(intruded);
	serve_one(intruded);
	assert_int_equal(intrude_at, 0);
	assert_int_equal(count_logged("intruder"), 1);
	assert_int_equal(count_logged("(outside)"), 0);
	assert_true(stats_of(intruded).outside_unsure > 0);
	free(intruders);
	assert_int_equal(memprof_close(intruded), 0);
}

/* ---- threads that grow inside their requests alone ---- */

static struct memprof *crowded;
static pthread_barrier_t ready, go, done;

/* Each block is mapped in the request, and unmapped in it or in a later one:
   nothing moves while none is in flight. */
static void *grow_inside(void *arg)
{
	struct memprof_request r = { 0 };
	void *kept = NULL;

	(void)arg;
	memprof_begin(crowded, &r, "warm");
	memprof_end(&r, NULL);
	pthread_barrier_wait(&ready);
	pthread_barrier_wait(&go);
	for (int i = 0; i < ROUNDS; i++) {
		memprof_begin(crowded, &r, "page");
		free(kept);
		kept = work_alloc((size_t)(1 + i % 5) * MB);
		if (i == ROUNDS - 1)
			free(kept);
		memprof_end(&r, NULL);
		if (i % 4 == 0)
			usleep(100);
	}
	/* A thread that ends gives memory back, outside of any request. */
	pthread_barrier_wait(&done);
	return NULL;
}

static void test_growth_in_concurrent_requests_is_never_outside(void **state)
{
	pthread_t threads[THREADS];
	struct memprof_stats s;
	size_t before;

	(void)state;
	crowded = serve("outside_threshold: 1M");
	pthread_barrier_init(&ready, NULL, THREADS + 1);
	pthread_barrier_init(&go, NULL, THREADS + 1);
	pthread_barrier_init(&done, NULL, THREADS + 1);
	for (int i = 0; i < THREADS; i++)
		assert_int_equal(
			pthread_create(&threads[i], NULL, grow_inside, NULL),
			0);
	/* What they took to start is told by the end of this one. */
	pthread_barrier_wait(&ready);
	serve_one(crowded);
	before = count_logged("(outside)");
	pthread_barrier_wait(&go);
	pthread_barrier_wait(&done);
	s = stats_of(crowded);
	print_message("%ju requests, %ju gaps unsure\n", (uintmax_t)s.begun,
		      (uintmax_t)s.outside_unsure);
	/*
	 * 1,200 requests grew and shrank by megabytes.  What may add up outside
	 * is a page of a stack here and there, far below the threshold; and
	 * what a sanitizer's own thread does to its shadows.
	 */
	if (has_jemalloc())
		assert_int_equal(count_logged("(outside)"), before);
	for (int i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	assert_int_equal(memprof_close(crowded), 0);
}

int main(void)
{
	const struct CMUnitTest single[] = {
		cmocka_unit_test_setup(test_no_gap_is_shorter_than_nothing,
				       set_up),
		cmocka_unit_test_setup(test_the_gap_before_the_first_request,
				       set_up),
		cmocka_unit_test_setup(test_small_gaps_add_up, set_up),
		cmocka_unit_test_setup(test_quiet_gaps_do_not_count, set_up),
		cmocka_unit_test_setup(test_rises_and_falls_cancel_out, set_up),
		cmocka_unit_test_setup(test_a_fall_is_told_too, set_up),
		cmocka_unit_test_setup(
			test_a_ledger_in_use_makes_the_gap_unsure, set_up),
		cmocka_unit_test(test_growth_between_requests_is_logged),
		cmocka_unit_test(test_growth_below_the_threshold_waits),
		cmocka_unit_test(
			test_growth_while_another_is_in_flight_is_not_outside),
		cmocka_unit_test(
			test_a_gap_that_a_cancelled_request_opened_is_unsure),
		cmocka_unit_test(test_borrowed_readings_make_no_sure_gap),
		cmocka_unit_test(
			test_growth_in_concurrent_requests_is_never_outside),
	};
	struct CMUnitTest tests[ARRAY_SIZE(single) + ARRAY_SIZE(gap_cases) +
				ARRAY_SIZE(intrusion_cases)];
	size_t n = ARRAY_SIZE(single);

	memcpy(tests, single, sizeof(single));
	for (size_t i = 0; i < ARRAY_SIZE(gap_cases); i++)
		tests[n++] = (struct CMUnitTest){
			.name = gap_cases[i].name,
			.test_func = test_gap,
			.initial_state = &gap_cases[i],
		};
	for (size_t i = 0; i < ARRAY_SIZE(intrusion_cases); i++)
		tests[n++] = (struct CMUnitTest){
			.name = intrusion_cases[i].name,
			.test_func = test_intrusion,
			.initial_state = &intrusion_cases[i],
		};
	return cmocka_run_group_tests_name("outside", tests, enter, leave);
}
