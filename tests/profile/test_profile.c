/* profile: of each request its own, and all its CPU time. */

#include "profiled.h"

#include <inttypes.h>

static void test_a_request_is_profiled(void **state)
{
	struct memprof *mp = serve(PROFILE_ALL);
	static struct profile p;
	int64_t used_ns;

	(void)state;
	used_ns = serve_page(mp, "Cart:index", 50 * MS);
	assert_int_equal(stats_of(mp).profiled, 1);
	assert_int_equal(stats_of(mp).profiles_written, 1);
	assert_int_equal(stats_of(mp).profiles_failed, 0);
	assert_int_equal(memprof_close(mp), 0);

	read_only_profile("-Cart:index-", &p);
	assert_string_equal(field(&p, "page_id"), "Cart:index");
	assert_string_equal(field(&p, "oops_id"), "-");
	assert_string_equal(field(&p, "mechanism"), "cpu-timer");
	assert_int_equal(number(&p, "interval_ns"), 10 * MS);
	assert_int_equal(number(&p, "pid"), getpid());
	assert_int_equal(number(&p, "tid"), gettid());
	assert_in_range(number(&p, "cpu_ns"), LEAST(50 * MS), used_ns);
	assert_true(number(&p, "duration_ns") >= number(&p, "cpu_ns"));
	assert_false(has_line(&p, "degraded"));
	need_samples();
	assert_true(p.samples >= 2);
}

/* ---- which requests ---- */

static void test_only_who_is_asked_for_is_profiled(void **state)
{
	static const char *const keys[] = {
		"profile_dir: .\nprofile_all_requests: true\n",
		"profiling_allowed: true\nprofile_dir: .\n",
		"profiling_allowed: true\nprofile_all_requests: true\n",
		"profiling_allowed: false\nprofile_dir: .\n"
		"profile_all_requests: true\n",
		PROFILE_ALL "profiling_start_paused: true\n",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(keys); i++) {
		struct memprof *mp = serve(keys[i]);

		serve_page(mp, "x", 0);
		assert_int_equal(stats_of(mp).profiled, 0);
		assert_int_equal(stats_of(mp).profiles_failed, 0);
		assert_int_equal(memprof_close(mp), 0);
		assert_int_equal(find_profiles("", NULL), 0);
	}
}

static void test_the_environment_may_allow_it(void **state)
{
	struct memprof *mp;

	(void)state;
	setenv("MEMPROF_PROFILING_ALLOWED", "true", 1);
	mp = serve("profile_dir: .\nprofile_all_requests: true\n");
	unsetenv("MEMPROF_PROFILING_ALLOWED");
	serve_page(mp, "x", 0);
	assert_int_equal(memprof_close(mp), 0);
	assert_int_equal(find_profiles("-x-", NULL), 1);
}

static void test_a_log_alone_allows_nothing(void **state)
{
	struct memprof *mp = NULL;

	(void)state;
	assert_int_equal(memprof_open_log(LOG_NAME, &mp), 0);
	serve_page(mp, "x", 0);
	assert_int_equal(stats_of(mp).profiled, 0);
	assert_int_equal(memprof_close(mp), 0);
}

static void test_one_in_some_is_profiled(void **state)
{
	struct memprof *mp = serve("profiling_allowed: true\n"
				   "profile_dir: .\nprofile_one_in: 10\n");
	uint64_t n;

	(void)state;
	for (int i = 0; i < 1000; i++)
		serve_page(mp, "x", 0);
	n = stats_of(mp).profiled;
	assert_in_range(n, 70, 130);
	assert_int_equal(stats_of(mp).profiles_written, n);
	assert_int_equal(memprof_close(mp), 0);
	assert_int_equal(find_profiles("", NULL), n);
}

static void test_no_log_is_needed(void **state)
{
	struct memprof *mp =
		serve(PROFILE_ALL "memory_profile_log:\nrun_dir:\n");

	(void)state;
	serve_page(mp, "x", 0);
	assert_int_equal(memprof_close(mp), 0);
	assert_int_equal(find_profiles("-x-", NULL), 1);
	assert_int_not_equal(access(LOG_NAME, F_OK), 0);
}

static void test_who_is_sampled_out_has_no_memory(void **state)
{
	struct memprof *mp = serve(PROFILE_ALL "sample_one_in: 1000000000\n");
	static struct profile p;

	(void)state;
	serve_page(mp, "x", MS);
	assert_int_equal(stats_of(mp).skipped_sampling, 1);
	assert_int_equal(memprof_close(mp), 0);
	read_only_profile("-x-", &p);
	assert_string_equal(field(&p, "rss_delta"), "\\N");
	assert_true(number(&p, "cpu_ns") >= LEAST(MS));
}

/* ---- what it tells ---- */

static void test_it_tells_what_the_log_does(void **state)
{
	static const char *const modes[] = {
		PROFILE_ALL,
		PROFILE_ALL "memory_profile_write: async\n",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(modes); i++) {
		struct memprof *mp = serve(modes[i]);
		struct memprof_request r = { 0 };
		static struct profile p;
		struct lines l;
		void *kept;

		memprof_begin(mp, &r, "page");
		kept = work_alloc(1 << 20);
		memprof_end(&r, "OOPS-1a");
		free(kept);
		assert_int_equal(memprof_close(mp), 0);
		l = read_lines(LOG_NAME);
		read_only_profile("-page-OOPS-1a-", &p);
		assert_string_equal(field(&p, "oops_id"), "OOPS-1a");
		for (size_t k = 0; k < l.count; k++) {
			if (!is_page(&l.r[k], "page"))
				continue;
			assert_int_equal(number(&p, "start_rss"),
					 l.r[k].start_rss);
			assert_int_equal(number(&p, "end_vss"), l.r[k].end_vss);
			assert_int_equal(number(&p, "rss_delta"),
					 l.r[k].rss_delta);
			if (has_jemalloc())
				assert_int_equal(number(&p, "allocated"),
						 l.r[k].allocated);
			assert_int_equal(number(&p, "duration_ns") / 1000 /
						 1000,
					 l.r[k].duration_us / 1000);
		}
		free_lines(&l);
		clear_dir();
	}
}

/* What a request is told to have used, profiled or not, once all that is
   touched once is touched. */
static struct memprof_result measure(const char *keys)
{
	struct memprof *mp = serve(keys);
	struct memprof_result ret = { .size = sizeof(ret) };

	for (int i = 0; i < 3; i++) {
		struct memprof_request r = { 0 };
		void *p;

		memprof_begin(mp, &r, "x");
		p = work_alloc(300000);
		burn(20 * MS);
		free(p);
		memprof_end(&r, NULL);
		ret = result_of(&r);
	}
	assert_int_equal(memprof_close(mp), 0);
	return ret;
}

static void test_it_does_not_show_in_the_numbers(void **state)
{
	struct memprof_result without, with;

	(void)state;
	need_jemalloc();
	without = measure("");
	with = measure(PROFILE_ALL);
	assert_int_equal(with.allocated, without.allocated);
	assert_int_equal(with.freed, without.freed);
	assert_int_equal(with.peak, without.peak);
	assert_in_range(with.end_rss - with.start_rss + 64 * 1024, 0,
			128 * 1024);
	assert_in_range(without.end_rss - without.start_rss + 64 * 1024, 0,
			128 * 1024);
}

/* The first one finds nothing of the profiler's touched. */
static int measure_first(void *arg)
{
	struct memprof *mp = serve(PROFILE_ALL "profile_interval: 0.004\n");
	struct memprof_request r = { 0 };
	struct memprof_result ret;

	(void)arg;
	memprof_begin(mp, &r, "x");
	burn(50 * MS);
	memprof_end(&r, NULL);
	ret = result_of(&r);
	CHILD_CHECK(ret.allocated == 0 || !has_jemalloc());
	CHILD_CHECK(ret.end_rss - ret.start_rss <= 512 * 1024);
	CHILD_CHECK(ret.end_vss == ret.start_vss);
	return 0;
}

static void test_not_even_the_first_shows_in_the_numbers(void **state)
{
	(void)state;
	need_jemalloc();
	assert_int_equal(in_child(measure_first, NULL), 0);
}

/* ---- notes ---- */

static int64_t now_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

/* The caller's frame is the first of the note. */
__attribute__((noinline)) static uintptr_t
note(struct memprof_request *r, const char *kind, const char *text,
     int64_t start_us, int64_t end_us)
{
	memprof_note(r, kind, text, start_us, end_us);
	__asm__ volatile("");
	return (uintptr_t)__builtin_return_address(0);
}

static void test_notes_have_times_and_stacks(void **state)
{
	struct memprof *mp = serve(PROFILE_ALL);
	struct memprof_request r = { 0 };
	static struct profile p;
	int64_t began_us, start_ns, end_ns;
	uintptr_t pc, caller, from;
	const char *line;

	(void)state;
	memprof_begin(mp, &r, "x");
	began_us = now_us();
	errno = 4711;
	from = note(&r, "sql", "SELECT 1\n\tFROM t", began_us + 1000,
		    began_us + 3000);
	assert_int_equal(errno, 4711);
	note(&r, NULL, "", INT64_MIN, INT64_MAX);
	memprof_end(&r, NULL);
	note(&r, "late", "x", 0, 0);
	assert_int_equal(memprof_close(mp), 0);
	note(&r, "later", "x", 0, 0);

	read_only_profile("-x-", &p);
	line = strstr(p.text, "\nnote\tsql\t");
	assert_non_null(line);
	assert_int_equal(sscanf(line,
				"\nnote\tsql\t%" SCNd64 "\t%" SCNd64
				"\tSELECT%%201%%0A%%09FROM%%20t\t%" SCNxPTR
				" %" SCNxPTR,
				&start_ns, &end_ns, &pc, &caller),
			 4);
	assert_int_equal(end_ns - start_ns, 2 * MS);
	assert_in_range(start_ns, MS, 1000 * MS);
	assert_in_range(pc, (uintptr_t)note, (uintptr_t)note + 512);
	assert_int_equal(caller, from - 1);
	assert_true(has_line(&p, "note\t-\t-"));
	assert_false(has_line(&p, "note\tlate"));
}

static void test_notes_are_for_profiled_requests(void **state)
{
	struct memprof *mp = serve("");
	struct memprof_request r = { 0 };

	(void)state;
	memprof_begin(mp, &r, "x");
	note(&r, "sql", "SELECT 1", 0, 0);
	memprof_end(&r, NULL);
	assert_int_equal(memprof_close(mp), 0);
	memprof_begin(NULL, &r, "x");
	note(&r, "sql", "SELECT 1", 0, 0);
	memprof_end(&r, NULL);
}

static void test_a_folder_that_is_missing_is_counted(void **state)
{
	struct memprof *mp = serve("profiling_allowed: true\n"
				   "profile_dir: missing\n"
				   "profile_all_requests: true\n");
	struct memprof_stats s;

	(void)state;
	serve_page(mp, "x", 0);
	s = stats_of(mp);
	assert_int_equal(s.profiled, 1);
	assert_int_equal(s.profiles_written, 0);
	assert_int_equal(s.profiles_failed, 1);
	assert_int_equal(s.profile_error, -ENOENT);
	assert_int_equal(s.logged, 1);
	assert_int_equal(memprof_close(mp), 0);
}

static void test_files_are_bounded(void **state)
{
	struct memprof *mp = serve(PROFILE_ALL "profile_max_files: 20\n");

	(void)state;
	for (int i = 0; i < 100; i++)
		serve_page(mp, "x", 0);
	assert_int_equal(memprof_close(mp), 0);
	assert_in_range(find_profiles("", NULL), 15, 22);
}

/* ---- in proportion ---- */

/* Shorter than a tick, half of them twice as long as the other half. */
static void test_short_requests_are_sampled_in_proportion(void **state)
{
	struct memprof *mp = serve("profiling_allowed: true\n"
				   "profile_run: run.mprof\n");
	static struct profile p;
	int64_t cpu_ns, tick_ns;

	(void)state;
	need_samples();
	for (int i = 0; i < 1700; i++)
		serve_page(mp, i & 1 ? "long" : "short",
			   (i & 1 ? 400 : 200) * MS / 1000);
	assert_int_equal(memprof_close(mp), 0);
	read_profile("run.mprof", &p);
	assert_int_equal(number(&p, "requests"), 1700);
	cpu_ns = number(&p, "cpu_ns");
	tick_ns = number(&p, "tick_ns");
	assert_true(cpu_ns >= LEAST(1700 * 300 * MS / 1000));
	/* One a tick; by chance many more or less. */
	assert_in_range(p.samples, (uint64_t)(cpu_ns / tick_ns / 3),
			(uint64_t)(cpu_ns / tick_ns * 2));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_teardown(name, clear)
		TEST(test_a_request_is_profiled),
		TEST(test_only_who_is_asked_for_is_profiled),
		TEST(test_the_environment_may_allow_it),
		TEST(test_a_log_alone_allows_nothing),
		TEST(test_one_in_some_is_profiled),
		TEST(test_no_log_is_needed),
		TEST(test_who_is_sampled_out_has_no_memory),
		TEST(test_it_tells_what_the_log_does),
		TEST(test_it_does_not_show_in_the_numbers),
		TEST(test_not_even_the_first_shows_in_the_numbers),
		TEST(test_notes_have_times_and_stacks),
		TEST(test_notes_are_for_profiled_requests),
		TEST(test_a_folder_that_is_missing_is_counted),
		TEST(test_files_are_bounded),
		TEST(test_short_requests_are_sampled_in_proportion),
	};

	return cmocka_run_group_tests_name("profile", tests, enter, leave);
}
