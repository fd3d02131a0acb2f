/* request: every call, used rightly, and without a session; through the public
   interface. */

#include "requesting.h"

/* ---- without a session ---- */

static int forty_two(void *arg)
{
	(void)arg;
	return 42;
}

static void test_all_calls_take_no_session(void **state)
{
	struct memprof_result result = { .size = sizeof(result) };
	struct memprof_stats s;

	(void)state;
	memset(&req, 0, sizeof(req));
	memprof_begin(NULL, &req, "page");
	memprof_page(&req, "page");
	memprof_detach(&req);
	memprof_attach(&req);
	memprof_end(&req, "oops");
	memprof_cancel(&req);
	memprof_reopen(NULL);
	assert_int_equal(memprof_result(&req, &result), -ENODATA);
	assert_int_equal(memprof_call(NULL, "page", forty_two, NULL), 42);
	assert_int_equal(memprof_close(NULL), 0);
	s = stats_of(NULL);
	assert_int_equal(s.begun, 0);
	assert_int_equal(s.on, 0);
}

static void test_an_off_session_measures_nothing(void **state)
{
	struct memprof_result result = { .size = sizeof(result) };
	struct memprof_stats s;
	uint64_t before;

	(void)state;
	mp = serve("profiling_allowed: false");
	before = misused();
	memset(&req, 0, sizeof(req));
	memprof_begin(mp, &req, "page");
	memprof_page(&req, "page");
	memprof_end(&req, NULL);
	assert_int_equal(memprof_result(&req, &result), -ENODATA);
	assert_int_equal(memprof_call(mp, "page", forty_two, NULL), 42);
	s = stats_of(mp);
	assert_int_equal(s.begun, 0);
	assert_int_equal(s.on, 0);
	assert_int_equal(s.misused, before);
	assert_int_equal(memprof_close(mp), 0);
	assert_int_equal(access(LOG_NAME, F_OK), -1);
}

static void test_calls_after_close_are_misuse(void **state)
{
	struct memprof_request live = { 0 }, fresh = { 0 };
	struct memprof_result result = { .size = sizeof(result) };
	uint64_t before;

	(void)state;
	mp = serve("");
	memprof_begin(mp, &live, "live");
	before = misused();
	assert_int_equal(memprof_close(mp), 0);
	memprof_page(&live, "x");
	memprof_end(&live, NULL);
	memprof_begin(mp, &fresh, "fresh");
	memprof_end(&fresh, NULL);
	memprof_reopen(mp);
	assert_int_equal(memprof_result(&live, &result), -ENODATA);
	assert_int_equal(memprof_close(mp), 0);
	mp = serve("");
	assert_int_equal(misused() - before, 5);
	memprof_begin(mp, &live, "again");
	memprof_end(&live, NULL);
	assert_int_equal(count_logged("again"), 1);
	assert_int_equal(count_logged("live"), 0);
	assert_int_equal(memprof_close(mp), 0);
}

/* ---- ids ---- */

static void test_the_page_may_be_named_late(void **state)
{
	char name[16] = "early";
	struct lines l;

	(void)state;
	memprof_begin(mp, &req, NULL);
	memprof_end(&req, NULL);
	memprof_begin(mp, &req, name);
	strcpy(name, "changed");
	memprof_end(&req, name);
	memprof_begin(mp, &req, "early");
	memprof_page(&req, "late");
	memprof_end(&req, "OOPS-1");
	memprof_begin(mp, &req, "early");
	memprof_detach(&req);
	memprof_page(&req, "");
	memprof_end(&req, "");

	l = read_lines(LOG_NAME);
	assert_int_equal(l.count, 5);
	assert_true(is_page(&l.r[1], "Unknown"));
	assert_true(is_page(&l.r[2], "early"));
	assert_memory_equal(l.r[2].oops_id.p, "changed\t", 8);
	assert_true(is_page(&l.r[3], "late"));
	assert_memory_equal(l.r[3].oops_id.p, "OOPS-1\t", 7);
	assert_true(is_page(&l.r[4], "Unknown"));
	assert_memory_equal(l.r[4].oops_id.p, "-\t", 2);
	free_lines(&l);
}

/* ---- where it lies ---- */

/* Move a request to fresh memory, and poison where it was. */
static struct memprof_request *move(struct memprof_request *r)
{
	struct memprof_request *to = malloc(sizeof(*to));

	assert_non_null(to);
	memcpy(to, r, sizeof(*to));
	memset(r, 0x5a, sizeof(*r));
	free(r);
	return to;
}

static void test_it_may_be_moved_between_all_calls(void **state)
{
	struct memprof_request *r = calloc(1, sizeof(*r)), inner = { 0 };
	uint64_t before = misused();
	void *kept;

	(void)state;
	assert_non_null(r);
	memprof_begin(mp, r, "page");
	r = move(r);
	memprof_begin(mp, &inner, "inner");
	kept = work_alloc(300000);
	r = move(r);
	memprof_end(&inner, NULL);
	memprof_page(r, "moved");
	r = move(r);
	memprof_detach(r);
	r = move(r);
	free(work_alloc(1 << 20));
	memprof_attach(r);
	r = move(r);
	memprof_end(r, NULL);
	r = move(r);
	assert_int_equal(result_of(r).overlap, 0);
	if (has_jemalloc()) {
		assert_true(result_of(r).allocated >= 300000);
		assert_true(result_of(r).allocated < 400000);
	}
	assert_int_equal(misused(), before);
	assert_int_equal(count_logged("moved"), 1);
	free(kept);
	free(r);
}

static void test_ending_two_copies_counts_one(void **state)
{
	struct memprof_request copy;
	uint64_t before = misused();
	struct memprof_stats s;

	(void)state;
	memprof_begin(mp, &req, "page");
	copy = req;
	memprof_end(&req, NULL);
	memprof_end(&copy, NULL);
	memprof_begin(mp, &req, "page");
	copy = req;
	memprof_cancel(&req);
	memprof_cancel(&copy);
	s = stats_of(mp);
	assert_int_equal(s.begun, 2);
	assert_int_equal(s.logged, 1);
	assert_int_equal(s.cancelled, 1);
	assert_int_equal(s.in_flight, 0);
	assert_int_equal(s.misused - before, 2);
	assert_int_equal(count_logged("page"), 1);
}

static void *detach_here(void *arg)
{
	memprof_detach(arg);
	return NULL;
}

static void test_detaching_on_another_thread_is_misuse(void **state)
{
	uint64_t before = misused();

	(void)state;
	memprof_begin(mp, &req, "page");
	run_thread(detach_here, &req);
	assert_int_equal(misused() - before, 1);
	memprof_end(&req, NULL);
	if (has_jemalloc())
		assert_true(result_of(&req).allocated != MEMPROF_UNKNOWN);
}

/* ---- results ---- */

static void test_results_are_those_of_the_line(void **state)
{
	struct memprof_result r;
	struct lines l;
	void *kept;

	(void)state;
	memprof_begin(mp, &req, "page");
	kept = work_alloc(3 << 20);
	memprof_end(&req, NULL);
	r = result_of(&req);
	l = read_lines(LOG_NAME);
	assert_int_equal(l.count, 2);
	assert_int_equal(r.duration_us, l.r[1].duration_us);
	assert_int_equal(r.start_vss, l.r[1].start_vss);
	assert_int_equal(r.start_rss, l.r[1].start_rss);
	assert_int_equal(r.end_vss, l.r[1].end_vss);
	assert_int_equal(r.end_rss, l.r[1].end_rss);
	assert_int_equal(r.end_vss - r.start_vss, l.r[1].vss_delta);
	assert_int_equal(r.end_rss - r.start_rss, l.r[1].rss_delta);
	assert_int_equal(r.allocated, l.r[1].allocated);
	assert_int_equal(r.freed, l.r[1].freed);
	assert_int_equal(r.peak, l.r[1].peak);
	assert_int_equal(r.overlap, l.r[1].overlap);
	assert_int_equal(l.r[1].pid, getpid());
	assert_int_equal(l.r[1].tid, gettid());
	if (!has_jemalloc()) {
		assert_int_equal(r.allocated, MEMPROF_UNKNOWN);
		assert_int_equal(r.peak, MEMPROF_UNKNOWN);
	}
	free_lines(&l);
	free(kept);
}

static void test_results_can_be_had_after_the_end_alone(void **state)
{
	struct memprof_result r = { .size = sizeof(r) };

	(void)state;
	assert_int_equal(memprof_result(&req, &r), -EINVAL);
	memprof_begin(mp, &req, "page");
	assert_int_equal(memprof_result(&req, &r), -EINVAL);
	memprof_detach(&req);
	assert_int_equal(memprof_result(&req, &r), -EINVAL);
	memprof_end(&req, NULL);
	assert_int_equal(memprof_result(&req, &r), 0);
	assert_int_equal(memprof_result(&req, &r), 0);
	memprof_begin(mp, &req, "page");
	assert_int_equal(memprof_result(&req, &r), -EINVAL);
	memprof_cancel(&req);
	assert_int_equal(memprof_result(&req, &r), -ENODATA);
}

static void test_results_of_another_size(void **state)
{
	size_t sizes[] = { sizeof(size_t), sizeof(size_t) + 4, 24,
			   sizeof(struct memprof_result) + 64 };

	(void)state;
	memprof_begin(mp, &req, "page");
	memprof_end(&req, NULL);
	for (size_t i = 0; i < ARRAY_SIZE(sizes); i++) {
		struct memprof_result whole = result_of(&req);
		size_t n = sizes[i] < sizeof(whole) ? sizes[i] : sizeof(whole);
		unsigned char *r = malloc(sizes[i]);

		/* The size is kept, the rest is what there is, then zeros. */
		assert_non_null(r);
		memset(r, 0x5a, sizes[i]);
		memcpy(r, &sizes[i], sizeof(size_t));
		whole.size = sizes[i];
		assert_int_equal(
			memprof_result(&req,
				       (struct memprof_result *)(void *)r),
			0);
		assert_memory_equal(r, &whole, n);
		for (; n < sizes[i]; n++)
			assert_int_equal(r[n], 0);
		free(r);
	}
	for (size_t bad = 0; bad < sizeof(size_t); bad++) {
		struct memprof_result r = { .size = bad, .peak = 99 };

		assert_int_equal(memprof_result(&req, &r), -EINVAL);
		assert_int_equal(r.peak, 99);
	}
}

static void test_statistics_of_another_size(void **state)
{
	struct {
		struct memprof_stats s;
		unsigned char tail[16];
	} large;
	struct memprof_stats s;

	(void)state;
	memprof_begin(mp, &req, "page");
	memset(&s, 0x5a, sizeof(s));
	s.size = 2 * sizeof(uint64_t);
	memprof_stats(mp, &s);
	assert_int_equal(s.size, 2 * sizeof(uint64_t));
	assert_int_equal(s.begun, 1);
	assert_int_equal(s.in_flight, UINT64_C(0x5a5a5a5a5a5a5a5a));

	memset(&large, 0x5a, sizeof(large));
	large.s.size = sizeof(large);
	memprof_stats(mp, &large.s);
	assert_int_equal(large.s.in_flight, 1);
	for (size_t i = 0; i < sizeof(large.tail); i++)
		assert_int_equal(large.tail[i], 0);
	memprof_end(&req, NULL);
}

/* ---- memprof_call ---- */

static int allocate_and_return(void *arg)
{
	*(void **)arg = work_alloc(200000);
	return -7;
}

static void test_call_brackets_its_handler(void **state)
{
	struct lines l;
	void *kept;

	(void)state;
	assert_int_equal(memprof_call(mp, "called", allocate_and_return, &kept),
			 -7);
	l = read_lines(LOG_NAME);
	assert_int_equal(count_page(&l, "called"), 1);
	if (has_jemalloc())
		assert_int_equal(l.r[1].allocated,
				 (int64_t)malloc_usable_size(kept));
	free_lines(&l);
	free(kept);
}

static int leave_thread(void *arg)
{
	(void)arg;
	pthread_exit(NULL);
}

static int cancel_self(void *arg)
{
	(void)arg;
	pthread_cancel(pthread_self());
	pthread_testcancel();
	return 0;
}

static void *call_leave(void *arg)
{
	memprof_call(mp, "left", leave_thread, arg);
	return NULL;
}

static void *call_cancel(void *arg)
{
	memprof_call(mp, "cancelled", cancel_self, arg);
	return NULL;
}

static void test_call_ends_when_its_thread_ends(void **state)
{
	(void)state;
	run_thread(call_leave, NULL);
	run_thread(call_cancel, NULL);
	assert_int_equal(count_logged("left"), 1);
	assert_int_equal(count_logged("cancelled"), 1);
	assert_int_equal(stats_of(mp).in_flight, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_all_calls_take_no_session),
		cmocka_unit_test(test_an_off_session_measures_nothing),
		cmocka_unit_test(test_calls_after_close_are_misuse),
		REQUEST_TEST(test_the_page_may_be_named_late),
		REQUEST_TEST(test_it_may_be_moved_between_all_calls),
		REQUEST_TEST(test_ending_two_copies_counts_one),
		REQUEST_TEST(test_detaching_on_another_thread_is_misuse),
		REQUEST_TEST(test_results_are_those_of_the_line),
		REQUEST_TEST(test_results_can_be_had_after_the_end_alone),
		REQUEST_TEST(test_results_of_another_size),
		REQUEST_TEST(test_statistics_of_another_size),
		REQUEST_TEST(test_call_brackets_its_handler),
		REQUEST_TEST(test_call_ends_when_its_thread_ends),
	};

	return cmocka_run_group_tests_name("request", tests, enter, leave);
}
