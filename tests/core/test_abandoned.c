/* abandoned: requests that never end, in memory that is gone. */

#include "serving.h"

#include "core/session.h"

#define MANY 1000

static struct memprof *mp;

static int open_session(void **state)
{
	(void)state;
	mp = serve("abandon_after: 600");
	return 0;
}

static int close_session(void **state)
{
	struct memprof_stats s = stats_of(mp);

	(void)state;
	return !is_balanced(&s) || memprof_close(mp);
}

/* Linked with --wrap=clock_gettime: time goes by as we like. */
int __real_clock_gettime(clockid_t clock, struct timespec *ret);
int __wrap_clock_gettime(clockid_t clock, struct timespec *ret);

static int64_t ahead_s;

int __wrap_clock_gettime(clockid_t clock, struct timespec *ret)
{
	int err = __real_clock_gettime(clock, ret);

	ret->tv_sec += ahead_s;
	return err;
}

/* Let time go by, and a request come then. */
static void let_pass(int64_t seconds)
{
	struct memprof_request r = { 0 };

	ahead_s += seconds;
	memprof_begin(mp, &r, "tick");
	memprof_cancel(&r);
}

/* Begin one that nobody will end, and spoil its memory. */
static void abandon(void)
{
	struct memprof_request *r = calloc(1, sizeof(*r));

	assert_non_null(r);
	memprof_begin(mp, r, "lost");
	free(work_alloc(100));
	memset(r, 0x5a, sizeof(*r));
	free(r);
}

static unsigned count_slots(void)
{
	unsigned n = 0;

	for (unsigned i = 0; i < MP_RECORDER_WORDS; i++)
		n += (unsigned)__builtin_popcountll(mp->recorder->taken[i]);
	return n;
}

/* Its slot is another's when it ends at last. */
static void test_a_late_one_is_logged_without_its_slot(void **state)
{
	struct memprof_request late = { 0 }, next = { 0 };

	(void)state;
	if (stats_of(mp).recorder != MEMPROF_RECORDER_ON)
		skip();
	memprof_begin(mp, &late, "late");
	memprof_detach(&late);
	assert_int_equal(count_slots(), 1);
	let_pass(599);
	assert_int_equal(count_slots(), 1);
	let_pass(77);
	assert_int_equal(count_slots(), 0);
	memprof_begin(mp, &next, "next");
	assert_int_equal(count_slots(), 1);
	memprof_page(&late, "late, too");
	memprof_attach(&late);
	free(work_alloc(100));
	memprof_detach(&late);
	memprof_end(&late, NULL);
	assert_int_equal(result_of(&late).overlap, MEMPROF_UNKNOWN);
	assert_int_equal(count_slots(), 1);
	memprof_end(&next, NULL);
	assert_int_equal(count_slots(), 0);
	assert_int_equal(count_logged("late,%20too"), 1);
	assert_int_equal(count_logged("next"), 1);
	assert_int_equal(stats_of(mp).abandoned, 0);
}

static void *abandon_here(void *arg)
{
	struct memprof_request *r = arg;

	memprof_begin(mp, r, "lost");
	memset(r, 0x5a, sizeof(*r));
	return NULL;
}

static void serve_one(int64_t want_overlap)
{
	struct memprof_request r = { 0 };

	memprof_begin(mp, &r, "sound");
	memprof_end(&r, NULL);
	assert_int_equal(result_of(&r).overlap, want_overlap);
}

static void test_1000_lost_ones_are_given_up(void **state)
{
	struct memprof_request r = { 0 };
	struct memprof_stats s;

	(void)state;
	for (int i = 0; i < MANY; i++) {
		if (i % 3 == 0)
			memprof_begin(mp, &r, "outer");
		if (i % 50 == 0) {
			struct memprof_request *lost = calloc(1, sizeof(r));

			assert_non_null(lost);
			run_thread(abandon_here, lost);
			free(lost);
		} else {
			abandon();
		}
		if (i % 3 == 2)
			memprof_end(&r, NULL);
	}
	memprof_end(&r, NULL);
	s = stats_of(mp);
	assert_int_equal(s.in_flight, MANY);
	assert_int_equal(s.abandoned, 0);
	let_pass(599);
	assert_int_equal(stats_of(mp).abandoned, 0);

	let_pass(77);
	s = stats_of(mp);
	assert_int_equal(s.in_flight, 0);
	assert_int_equal(s.abandoned, MANY);
	assert_true(is_balanced(&s));
	for (int i = 0; i < 20; i++)
		serve_one(0);
}

/* Their frames are gone from the stack of this thread, too. */
static void test_nested_lost_ones_leave_the_next_its_peak(void **state)
{
	struct memprof_request outer = { 0 }, inner = { 0 };
	int64_t size;
	void *p;

	(void)state;
	for (int i = 0; i < 50; i++)
		abandon();
	let_pass(676);
	memprof_begin(mp, &outer, "outer");
	p = work_alloc(5 << 20);
	size = (int64_t)malloc_usable_size(p);
	memprof_begin(mp, &inner, "inner");
	memprof_end(&inner, NULL);
	memprof_end(&outer, NULL);
	free(p);
	assert_int_equal(result_of(&outer).overlap, 0);
	assert_int_equal(result_of(&inner).overlap, 0);
	if (has_jemalloc())
		assert_int_equal(result_of(&outer).peak, size);
}

static void test_a_late_end_logs_without_an_overlap(void **state)
{
	struct memprof_request r = { 0 };
	struct memprof_stats s;
	struct lines l;

	(void)state;
	memprof_begin(mp, &r, "late");
	let_pass(676);
	assert_int_equal(stats_of(mp).abandoned, 1);
	serve_one(0);
	memprof_end(&r, NULL);
	s = stats_of(mp);
	assert_int_equal(s.abandoned, 0);
	assert_int_equal(s.logged, 2);
	assert_int_equal(s.in_flight, 0);
	assert_int_equal(result_of(&r).overlap, MEMPROF_UNKNOWN);
	l = read_lines(LOG_NAME);
	assert_int_equal(count_page(&l, "late"), 1);
	assert_int_equal(l.r[2].overlap, MP_UNKNOWN);
	free_lines(&l);
}

static void test_a_late_cancel_counts_as_cancelled(void **state)
{
	struct memprof_request r = { 0 };
	struct memprof_stats s;

	(void)state;
	memprof_begin(mp, &r, "late");
	let_pass(676);
	memprof_cancel(&r);
	s = stats_of(mp);
	assert_int_equal(s.abandoned, 0);
	assert_int_equal(s.cancelled, 2);
}

static void test_what_was_given_up_may_be_begun_anew(void **state)
{
	struct memprof_request r = { 0 };
	struct memprof_stats s;
	uint64_t before = stats_of(mp).misused;

	(void)state;
	memprof_begin(mp, &r, "lost");
	memprof_begin(mp, &r, "still live");
	assert_int_equal(stats_of(mp).misused - before, 1);
	let_pass(676);
	memprof_begin(mp, &r, "anew");
	memprof_end(&r, NULL);
	assert_int_equal(result_of(&r).overlap, 0);
	s = stats_of(mp);
	assert_int_equal(s.abandoned, 1);
	assert_int_equal(s.logged, 1);
	assert_int_equal(s.misused - before, 1);
	assert_int_equal(count_logged("anew"), 1);
}

int main(void)
{
#define ONE(name) \
	cmocka_unit_test_setup_teardown(name, open_session, close_session)
	const struct CMUnitTest tests[] = {
		ONE(test_1000_lost_ones_are_given_up),
		ONE(test_a_late_one_is_logged_without_its_slot),
		ONE(test_nested_lost_ones_leave_the_next_its_peak),
		ONE(test_a_late_end_logs_without_an_overlap),
		ONE(test_a_late_cancel_counts_as_cancelled),
		ONE(test_what_was_given_up_may_be_begun_anew),
	};

	return cmocka_run_group_tests_name("abandoned", tests, enter, leave);
}
