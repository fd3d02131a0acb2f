/* request: every call, used rightly and wrongly, before, in and after its
   time; through the public interface. */

#include "serving.h"

#include "core/request.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>

static struct memprof *mp;
static struct memprof_request req;

static int open_session(void **state)
{
	(void)state;
	mp = serve("");
	memset(&req, 0, sizeof(req));
	return 0;
}

static int close_session(void **state)
{
	struct memprof_stats s = stats_of(mp);

	(void)state;
	return !is_balanced(&s) || memprof_close(mp);
}

static uint64_t misused(void)
{
	return stats_of(mp).misused;
}

/* ---- wrong use is a no-op that is counted ---- */

static void do_begin(struct memprof_request *r)
{
	memprof_begin(mp, r, "again");
}

static void do_page(struct memprof_request *r)
{
	memprof_page(r, "renamed");
}

static void do_end(struct memprof_request *r)
{
	memprof_end(r, NULL);
}

enum before { ZEROED, GARBAGE, LIVE, DETACHED, ENDED, CANCELLED, OFF };

static struct misuse_case {
	const char *name;
	enum before before;
	void (*call)(struct memprof_request *r);
	bool misused;
	bool in_flight; /* afterwards */
} misuse_cases[] = {
	{ "page of a zeroed struct", ZEROED, do_page, true, false },
	{ "end of a zeroed struct", ZEROED, do_end, true, false },
	{ "cancel of a zeroed struct", ZEROED, memprof_cancel, true, false },
	{ "detach of a zeroed struct", ZEROED, memprof_detach, true, false },
	{ "attach of a zeroed struct", ZEROED, memprof_attach, true, false },
	{ "page of garbage", GARBAGE, do_page, true, false },
	{ "end of garbage", GARBAGE, do_end, true, false },
	{ "cancel of garbage", GARBAGE, memprof_cancel, true, false },
	{ "detach of garbage", GARBAGE, memprof_detach, true, false },
	{ "attach of garbage", GARBAGE, memprof_attach, true, false },
	{ "begin on garbage", GARBAGE, do_begin, false, true },
	{ "begin on a live one", LIVE, do_begin, true, true },
	{ "attach when attached", LIVE, memprof_attach, true, true },
	{ "page when live", LIVE, do_page, false, true },
	{ "begin on a detached one", DETACHED, do_begin, true, true },
	{ "detach when detached", DETACHED, memprof_detach, true, true },
	{ "attach when detached", DETACHED, memprof_attach, false, true },
	{ "end when detached", DETACHED, do_end, false, false },
	{ "cancel when detached", DETACHED, memprof_cancel, false, false },
	{ "end twice", ENDED, do_end, true, false },
	{ "cancel after end", ENDED, memprof_cancel, true, false },
	{ "page after end", ENDED, do_page, true, false },
	{ "detach after end", ENDED, memprof_detach, true, false },
	{ "attach after end", ENDED, memprof_attach, true, false },
	{ "begin after end", ENDED, do_begin, false, true },
	{ "end after cancel", CANCELLED, do_end, true, false },
	{ "cancel twice", CANCELLED, memprof_cancel, true, false },
	{ "begin after cancel", CANCELLED, do_begin, false, true },
	{ "end without a session", OFF, do_end, false, false },
	{ "end twice without a session", OFF, do_end, false, false },
	{ "cancel without a session", OFF, memprof_cancel, false, false },
	{ "page without a session", OFF, do_page, false, false },
	{ "detach without a session", OFF, memprof_detach, false, false },
	{ "attach without a session", OFF, memprof_attach, false, false },
	{ "begin after one without a session", OFF, do_begin, false, true },
};

static void prepare(struct memprof_request *r, enum before before)
{
	memset(r, before == GARBAGE ? 0xa5 : 0, sizeof(*r));
	if (before == OFF)
		memprof_begin(NULL, r, "page");
	else if (before > GARBAGE)
		memprof_begin(mp, r, "page");
	if (before == DETACHED)
		memprof_detach(r);
	if (before == ENDED)
		memprof_end(r, NULL);
	if (before == CANCELLED)
		memprof_cancel(r);
}

static void test_misuse(void **state)
{
	const struct misuse_case *c = *state;
	struct memprof_request *r = malloc(sizeof(*r));
	struct memprof_stats s;
	uint64_t before;

	assert_non_null(r);
	mp = serve("");
	prepare(r, c->before);
	before = misused();
	errno = 4711;
	c->call(r);
	assert_int_equal(errno, 4711);
	s = stats_of(mp);
	assert_int_equal(s.misused - before, c->misused);
	assert_int_equal(s.in_flight, c->in_flight);
	assert_true(is_balanced(&s));

	/* It goes on as if nothing had been. */
	memprof_cancel(r);
	memset(r, 0, sizeof(*r));
	memprof_begin(mp, r, "sound");
	memprof_end(r, NULL);
	assert_int_equal(result_of(r).overlap, 0);
	assert_int_equal(count_logged("sound"), 1);
	assert_int_equal(memprof_close(mp), 0);
	free(r);
}

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

/* ---- cancelled threads ---- */

struct pending {
	struct memprof *mp;
	const char *page;
	int requests;
	bool went_through;
};

static void *serve_cancelled(void *arg)
{
	struct pending *p = arg;
	struct memprof_request r = { 0 };

	/* Pending from here on; any cancellation point would take it. */
	pthread_cancel(pthread_self());
	for (int i = 0; i < p->requests; i++) {
		memprof_begin(p->mp, &r, p->page);
		memprof_page(&r, p->page);
		memprof_detach(&r);
		memprof_attach(&r);
		memprof_end(&r, NULL);
	}
	p->went_through = true;
	return NULL;
}

static void test_no_call_is_a_cancellation_point(void **state)
{
	struct pending p = { .mp = mp, .page = "pending", .requests = 100 };

	(void)state;
	memprof_reopen(mp);
	run_thread(serve_cancelled, &p);
	assert_true(p.went_through);
	assert_int_equal(count_logged("pending"), 100);
}

static void test_no_call_is_a_cancellation_point_when_a_pipe_broke(void **state)
{
	struct pending p = { .page = "pending", .requests = 100 };
	int reader;

	(void)state;
	assert_int_equal(mkfifo("fifo", 0600), 0);
	reader = open("fifo", O_RDONLY | O_NONBLOCK);
	assert_true(reader >= 0);
	p.mp = serve("memory_profile_log: fifo\n");
	close(reader);
	run_thread(serve_cancelled, &p);
	assert_true(p.went_through);
	assert_true(stats_of(p.mp).dropped > 0);
	memprof_close(p.mp);
	unlink("fifo");
}

static void *open_cancelled(void *arg)
{
	struct memprof *session;
	bool *went_through = arg;

	pthread_cancel(pthread_self());
	if (memprof_open("c.conf", &session) || memprof_close(session))
		return NULL;
	*went_through = true;
	return NULL;
}

static void test_open_and_close_are_no_cancellation_points(void **state)
{
	bool went_through = false;

	(void)state;
	run_thread(open_cancelled, &went_through);
	assert_true(went_through);
}

static int child_without_log(void *arg)
{
	struct pending p = { .mp = arg, .page = "child", .requests = 10 };
	struct memprof_request r = { 0 };
	pthread_t thread;

	/* Renewing fails at each step. */
	closefrom(3);
	CHILD_CHECK(!chdir("/") && !rename(serving_dir, "/tmp/gone.serving"));
	CHILD_CHECK(!pthread_create(&thread, NULL, serve_cancelled, &p));
	CHILD_CHECK(!pthread_join(thread, NULL));
	CHILD_CHECK(!rename("/tmp/gone.serving", serving_dir));
	CHILD_CHECK(p.went_through);
	memprof_begin(p.mp, &r, "x");
	return 0;
}

static int child_keeps_errno(void *arg)
{
	struct memprof_stats s = { .size = sizeof(s) };
	int fate = (int)(intptr_t)arg;

	closefrom(3);
	CHILD_CHECK(!chdir("/") && !rename(serving_dir, "/tmp/gone.serving"));
	errno = 4711;
	if (fate == 0)
		memprof_begin(mp, &req, "x"); /* the parent's, live */
	else if (fate == 1)
		memprof_page(&req, "x");
	else if (fate == 2)
		memprof_detach(&req);
	else if (fate == 3)
		memprof_attach(&req);
	else if (fate == 4)
		memprof_end(&req, NULL);
	else if (fate == 5)
		memprof_cancel(&req);
	else if (fate == 6)
		memprof_stats(mp, &s);
	else
		memprof_close(mp);
	if (errno != 4711)
		fprintf(stderr, "call %d: errno is %d\n", fate, errno);
	return rename("/tmp/gone.serving", serving_dir) || errno != 4711;
}

/* A child that has lost its descriptors and its directory. */
static void
test_errno_and_threads_survive_a_child_that_can_log_nothing(void **state)
{
	struct memprof *per_pid;
	char keys[200];

	(void)state;
	memprof_close(mp);
	snprintf(keys, sizeof(keys), "memory_profile_log: %s/log.%%p\n",
		 serving_dir);
	mp = per_pid = serve(keys);
	memprof_begin(mp, &req, "parent's");
	assert_int_equal(in_child(child_without_log, per_pid), 0);
	for (intptr_t fate = 0; fate < 8; fate++)
		assert_int_equal(in_child(child_keeps_errno, (void *)fate), 0);
	memprof_end(&req, NULL);
}

#define ONE(name) \
	cmocka_unit_test_setup_teardown(name, open_session, close_session)

int main(void)
{
	const struct CMUnitTest single[] = {
		cmocka_unit_test(test_all_calls_take_no_session),
		cmocka_unit_test(test_an_off_session_measures_nothing),
		cmocka_unit_test(test_calls_after_close_are_misuse),
		ONE(test_the_page_may_be_named_late),
		ONE(test_it_may_be_moved_between_all_calls),
		ONE(test_ending_two_copies_counts_one),
		ONE(test_detaching_on_another_thread_is_misuse),
		ONE(test_results_are_those_of_the_line),
		ONE(test_results_can_be_had_after_the_end_alone),
		ONE(test_results_of_another_size),
		ONE(test_statistics_of_another_size),
		ONE(test_call_brackets_its_handler),
		ONE(test_call_ends_when_its_thread_ends),
		ONE(test_no_call_is_a_cancellation_point),
		ONE(test_no_call_is_a_cancellation_point_when_a_pipe_broke),
		ONE(test_open_and_close_are_no_cancellation_points),
		ONE(test_errno_and_threads_survive_a_child_that_can_log_nothing),
	};
	struct CMUnitTest tests[ARRAY_SIZE(single) + ARRAY_SIZE(misuse_cases)];

	memcpy(tests, single, sizeof(single));
	for (size_t i = 0; i < ARRAY_SIZE(misuse_cases); i++)
		tests[ARRAY_SIZE(single) + i] = (struct CMUnitTest){
			.name = misuse_cases[i].name,
			.test_func = test_misuse,
			.initial_state = &misuse_cases[i],
		};
	return cmocka_run_group_tests_name("request", tests, enter, leave);
}
