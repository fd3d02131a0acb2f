/* perfclock: samples that come more often than the kernel's ticks, where the
   kernel allows it; each thread has its own, which ends with it. */

#include "profiled.h"

#include "profile/perfclock.h"

#include <linux/perf_event.h>
#include <sys/syscall.h>

#define FAST PROFILE_ALL "profile_interval: 0.0005\n"

static struct profile profile;

static void need_perf(void)
{
	struct perf_event_attr attr = {
		.type = PERF_TYPE_SOFTWARE,
		.size = sizeof(attr),
		.config = PERF_COUNT_SW_TASK_CLOCK,
		.exclude_kernel = 1,
	};
	long fd = syscall(SYS_perf_event_open, &attr, 0, -1, -1, 0);

	if (fd >= 0) {
		close((int)fd);
		return;
	}
	print_message("skipped: perf_event_open: %s\n", strerror(errno));
	skip();
}

/* Mostly without system calls, whose time the event does not see. */
static void spin(int64_t ns)
{
	int64_t until_ns = thread_cpu_ns() + ns;

	while (thread_cpu_ns() < until_ns)
		for (unsigned i = 0; i < 10000; i++)
			__asm__ volatile("" : : "r"(i));
}

static void spin_page(struct memprof *mp, const char *page, int64_t ns)
{
	struct memprof_request r = { 0 };

	memprof_begin(mp, &r, page);
	spin(ns);
	memprof_end(&r, NULL);
}

static size_t count_open_files(void)
{
	DIR *dir = opendir("/proc/self/fd");
	size_t n = 0;

	assert_non_null(dir);
	while (readdir(dir))
		n++;
	closedir(dir);
	return n;
}

static void test_samples_come_between_ticks(void **state)
{
	struct memprof *mp;

	(void)state;
	need_perf();
	mp = serve(FAST);
	spin_page(mp, "x", 100 * MS);
	assert_int_equal(memprof_close(mp), 0);
	read_only_profile("-x-", &profile);
	assert_string_equal(field(&profile, "mechanism"), "perf");
	assert_int_equal(number(&profile, "interval_ns"), MS / 2);
	assert_false(has_line(&profile, "degraded"));
	need_samples();
	/* 200, and at most 100 by ticks of a millisecond. */
	assert_in_range(profile.samples, 110, 260);
}

/* Most begin and end within one interval; what is left of it goes on. */
static void test_short_ones_are_sampled_in_proportion(void **state)
{
	struct memprof *mp;

	(void)state;
	need_perf();
	need_samples();
	mp = serve("profiling_allowed: true\nprofile_run: run.mprof\n"
		   "profile_interval: 0.001\n");
	for (int i = 0; i < 1000; i++)
		spin_page(mp, "x", 300 * MS / 1000);
	assert_int_equal(memprof_close(mp), 0);
	read_profile("run.mprof", &profile);
	/* By chance some more or less, and none of the time in the kernel. */
	assert_in_range(profile.samples,
			(uint64_t)(number(&profile, "cpu_ns") / MS / 3),
			(uint64_t)(number(&profile, "cpu_ns") / MS * 3 / 2));
}

static void *serve_once(void *arg)
{
	spin_page(arg, "x", MS);
	spin_page(arg, "x", MS);
	return NULL;
}

static void test_a_threads_clock_ends_with_it(void **state)
{
	struct memprof *mp;
	size_t before;

	(void)state;
	need_perf();
	mp = serve(FAST);
	spin_page(mp, "x", MS);
	before = count_open_files();
	for (int i = 0; i < MP_PERFCLOCKS + 10; i++)
		run_thread(serve_once, mp);
	assert_int_equal(count_open_files(), before);
	assert_int_equal(stats_of(mp).profiles_failed, 0);
	spin_page(mp, "last", MS);
	assert_int_equal(memprof_close(mp), 0);
	read_only_profile("-last-", &profile);
	assert_string_equal(field(&profile, "mechanism"), "perf");
}

static void test_nested_ones_fall_back_to_the_timer(void **state)
{
	struct memprof_request outer = { 0 };
	struct memprof *mp;

	(void)state;
	need_perf();
	mp = serve(FAST);
	memprof_begin(mp, &outer, "outer");
	spin_page(mp, "inner", 20 * MS);
	spin(20 * MS);
	memprof_end(&outer, NULL);
	spin_page(mp, "after", 20 * MS);
	assert_int_equal(memprof_close(mp), 0);
	read_only_profile("-inner-", &profile);
	assert_string_equal(field(&profile, "mechanism"), "cpu-timer");
	assert_true(has_line(&profile, "degraded\tSamples come at ticks"));
	read_only_profile("-outer-", &profile);
	assert_string_equal(field(&profile, "mechanism"), "perf");
	read_only_profile("-after-", &profile);
	assert_string_equal(field(&profile, "mechanism"), "perf");
	need_samples();
	assert_true(profile.samples >= 10);
}

static int child_of_perf(void *arg)
{
	spin_page(arg, "childs", 50 * MS);
	CHILD_CHECK(memprof_close(arg) == 0);
	return 0;
}

static void test_a_child_has_its_own(void **state)
{
	struct memprof_request r = { 0 };
	struct memprof *mp;

	(void)state;
	need_perf();
	mp = serve(FAST);
	memprof_begin(mp, &r, "parents");
	spin(10 * MS);
	assert_int_equal(in_child(child_of_perf, mp), 0);
	spin(40 * MS);
	memprof_end(&r, NULL);
	assert_int_equal(memprof_close(mp), 0);
	read_only_profile("-childs-", &profile);
	assert_string_equal(field(&profile, "mechanism"), "perf");
	if (has_samples())
		assert_in_range(profile.samples, 20, 130);
	read_only_profile("-parents-", &profile);
	if (has_samples())
		assert_in_range(profile.samples, 20, 130);
}

/* The host closed what it did not know, and has other files there. */
static void test_a_descriptor_that_is_gone_is_opened_anew(void **state)
{
	struct memprof *mp;

	(void)state;
	need_perf();
	mp = serve(FAST);
	spin_page(mp, "first", 10 * MS);
	for (int fd = 64; fd < 128; fd++) {
		char link[64], to[64];
		ssize_t n;

		snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
		n = readlink(link, to, sizeof(to) - 1);
		to[n > 0 ? n : 0] = '\0';
		if (strstr(to, "perf_event"))
			assert_int_equal(dup2(STDERR_FILENO, fd), fd);
	}
	spin_page(mp, "second", 20 * MS);
	assert_int_equal(memprof_close(mp), 0);
	read_only_profile("-second-", &profile);
	assert_string_equal(field(&profile, "mechanism"), "perf");
	need_samples();
	assert_true(profile.samples >= 10);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_teardown(name, clear)
		TEST(test_samples_come_between_ticks),
		TEST(test_short_ones_are_sampled_in_proportion),
		TEST(test_a_threads_clock_ends_with_it),
		TEST(test_nested_ones_fall_back_to_the_timer),
		TEST(test_a_child_has_its_own),
		TEST(test_a_descriptor_that_is_gone_is_opened_anew),
	};

	return cmocka_run_group_tests_name("perfclock", tests, enter, leave);
}
