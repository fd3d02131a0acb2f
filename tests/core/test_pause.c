/* pause: what others may tell a server by its recorder, and it tells them. */

#include "recorded.h"

static int64_t log_size(void)
{
	struct mp_recorder h = header();

	return h.log_state.size;
}

static int64_t last_reading_ns(void)
{
	struct mp_recorder h = header();

	return h.reading.mono_ns;
}

static void store(off_t at, uint32_t v)
{
	assert_int_equal(pwrite(fd, &v, sizeof(v), at), sizeof(v));
}

static void set_pause(bool on)
{
	store(offsetof(struct mp_recorder, pause.on), on);
}

static void test_pausing_is_for_requests_that_begin_after_it(void **state)
{
	struct memprof_request before = { 0 }, r = { 0 }, cancelled = { 0 };
	struct memprof_stats s;
	struct lines l;

	(void)state;
	memprof_begin(mp, &before, "before");
	set_pause(true);
	memprof_begin(mp, &r, "paused");
	memprof_begin(mp, &cancelled, "cancelled");
	assert_int_equal(count_taken(), 1);
	memprof_page(&r, "other");
	memprof_detach(&r);
	memprof_attach(&r);
	s = stats_of(mp);
	assert_int_equal(s.in_flight, 3);
	assert_int_equal(s.paused, 1);
	memprof_cancel(&cancelled);
	memprof_end(&r, "OOPS-1");
	memprof_end(&before, NULL);
	set_pause(false);
	memprof_begin(mp, &r, "after");
	memprof_end(&r, NULL);
	s = stats_of(mp);
	assert_int_equal(s.skipped_paused, 1);
	assert_int_equal(s.cancelled, 1);
	assert_int_equal(s.logged, 2);
	assert_int_equal(s.paused, 0);
	assert_true(is_balanced(&s));
	assert_int_equal(memprof_close(mp), 0);
	close(fd);

	l = read_lines(LOG_NAME);
	assert_int_equal(count_page(&l, "before"), 1);
	assert_int_equal(count_page(&l, "after"), 1);
	assert_int_equal(count_page(&l, "(skipped)"), 1);
	for (size_t i = 0; i < l.count; i++) {
		const char *told = "sampled=0,threshold=0,one_in=1,paused=1";

		if (!is_page(&l.r[i], "(skipped)"))
			continue;
		assert_int_equal(l.r[i].oops_id.len, strlen(told));
		assert_memory_equal(l.r[i].oops_id.p, told, strlen(told));
	}
	assert_int_equal(l.bad, 0);
	free_lines(&l);
	open_with("");
}

/* A paused one in flight is another's overlap all the same. */
static void test_a_paused_one_overlaps(void **state)
{
	struct memprof_request paused = { 0 }, r = { 0 };

	(void)state;
	set_pause(true);
	memprof_begin(mp, &paused, "paused");
	memprof_detach(&paused);
	set_pause(false);
	memprof_begin(mp, &r, "page");
	memprof_end(&r, NULL);
	assert_int_equal(result_of(&r).overlap, 1);
	memprof_end(&paused, NULL);
}

static int go_on_paused(void *arg)
{
	struct memprof_request r = { 0 };
	struct memprof_stats s;

	(void)arg;
	memprof_begin(mp, &r, "page");
	memprof_end(&r, NULL);
	s = stats_of(mp);
	CHILD_CHECK(s.paused == 1 && s.skipped_paused == 1 && s.logged == 0);
	CHILD_CHECK(s.recorder == MEMPROF_RECORDER_ON);
	CHILD_CHECK(memprof_close(mp) == 0);
	return 0;
}

static void test_children_inherit_the_pause(void **state)
{
	(void)state;
	set_pause(true);
	assert_int_equal(in_child(go_on_paused, NULL), 0);
	assert_int_equal(count_recorders(), 1);
	set_pause(false);
}

static void test_starting_paused(void **state)
{
	struct memprof_request r = { 0 };
	struct mp_recorder h;

	(void)state;
	open_with("profiling_start_paused: yes");
	h = header();
	assert_int_equal(h.pause.by_config, 1);
	assert_int_equal(stats_of(mp).paused, 1);
	memprof_begin(mp, &r, "page");
	memprof_end(&r, NULL);
	assert_int_equal(stats_of(mp).skipped_paused, 1);
	set_pause(false);
	memprof_begin(mp, &r, "page");
	memprof_end(&r, NULL);
	assert_int_equal(stats_of(mp).logged, 1);
	assert_int_equal(close_session(NULL), 0);
}

/* The second's work is due, and a request comes. */
static void let_a_second_pass(void)
{
	struct memprof_request r = { 0 };

	atomic_store(&mp->tick_at_ns, 0);
	atomic_store(&mp->log.check_at_ns, 0);
	memprof_begin(mp, &r, "tick");
	memprof_end(&r, NULL);
}

static void test_reopening_by_the_control_word(void **state)
{
	struct memprof_request r = { 0 };

	(void)state;
	memprof_begin(mp, &r, "page");
	memprof_end(&r, NULL);
	let_a_second_pass();
	assert_int_equal(stats_of(mp).reopened, 0);
	store(offsetof(struct mp_recorder, reopen), 1);
	let_a_second_pass();
	assert_int_equal(stats_of(mp).reopened, 1);
	let_a_second_pass();
	assert_int_equal(stats_of(mp).reopened, 1);
	store(offsetof(struct mp_recorder, reopen), 2);
	let_a_second_pass();
	assert_int_equal(stats_of(mp).reopened, 2);
}

static void test_each_second_it_is_looked_after(void **state)
{
	int before = mp->recorder_file.fd;

	(void)state;
	close(before);
	let_a_second_pass();
	assert_true(mp_sys_is(mp->recorder_file.fd, mp->recorder_file.id));
	assert_int_equal(stats_of(mp).recorder, MEMPROF_RECORDER_ON);
	unlink(mp->recorder_file.path);
	let_a_second_pass();
	assert_int_equal(stats_of(mp).recorder, -ENOENT);
}

/* What is noted of the log is what it is now. */
static void test_each_second_the_logs_size_is_noted(void **state)
{
	struct memprof_request r = { 0 };
	int64_t before;

	(void)state;
	let_a_second_pass();
	before = log_size();
	memprof_begin(mp, &r, "page");
	memprof_end(&r, NULL);
	assert_int_equal(log_size(), before);
	let_a_second_pass();
	assert_true(log_size() > before);
}

/* ---- what else it tells ---- */

static void test_it_tells_the_size_and_what_memprof_costs(void **state)
{
	struct memprof_request r = { 0 };
	struct mp_recorder h = header();
	int64_t first = h.reading.mono_ns;

	(void)state;
	assert_true(h.reading.rss > 0 && h.reading.vss >= h.reading.rss);
	assert_true(h.log_state.size > 0 && h.log_state.ino > 0);
	assert_int_equal(h.cost.requests, 0);
	for (int i = 0; i < 1280 || last_reading_ns() == first; i++) {
		memprof_begin(mp, &r, "page");
		memprof_end(&r, NULL);
	}
	h = header();
	assert_true(h.reading.real_us > h.opened_real_us);
	assert_true(h.cost.requests >= 10);
	assert_true(h.cost.requests <= h.counts.logged / 128 + 1);
	/* A write(2) takes some hundred nanoseconds, whatever the machine. */
	assert_true(h.cost.ns / h.cost.requests > 100);
	assert_true(h.cost.ns / h.cost.requests < 1000000);
}

/* What 1,280 requests of so many slices cost, each of those measured. */
static uint64_t cost_of_slices(unsigned slices)
{
	struct mp_recorder before = header(), after;
	struct memprof_request r = { 0 };

	for (int i = 0; i < 1280; i++) {
		memprof_begin(mp, &r, "page");
		for (unsigned n = 0; n < slices; n++) {
			memprof_detach(&r);
			memprof_attach(&r);
		}
		memprof_end(&r, NULL);
	}
	after = header();
	assert_int_equal(after.cost.requests - before.cost.requests, 10);
	return (after.cost.ns - before.cost.ns) / 10;
}

/* A thousand pairs of calls cost more than a begin and an end on any machine. */
static void test_the_calls_of_an_event_loop_are_in_the_cost(void **state)
{
	(void)state;
	assert_true(cost_of_slices(2000) > 2 * cost_of_slices(0));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RECORDED_TEST(test_pausing_is_for_requests_that_begin_after_it),
		RECORDED_TEST(test_a_paused_one_overlaps),
		RECORDED_TEST(test_children_inherit_the_pause),
		cmocka_unit_test(test_starting_paused),
		RECORDED_TEST(test_reopening_by_the_control_word),
		RECORDED_TEST(test_each_second_it_is_looked_after),
		RECORDED_TEST(test_each_second_the_logs_size_is_noted),
		RECORDED_TEST(test_it_tells_the_size_and_what_memprof_costs),
		RECORDED_TEST(test_the_calls_of_an_event_loop_are_in_the_cost),
	};

	return cmocka_run_group_tests_name("pause", tests, enter_shm,
					   leave_shm);
}
