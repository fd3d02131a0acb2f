/* keep: what adds up: the requests of a run, page by page, and the stretches of
   sections; written at close, at exit(3), and by each process its own. */

#include "profiled.h"

#include <fcntl.h>

#define RUN "profiling_allowed: true\nprofile_run: run.mprof\n"

static struct profile profile;

/* The numbers of a page's line: requests and CPU time. */
static void read_page(const char *page, uint64_t *ret_requests,
		      int64_t *ret_cpu_ns)
{
	char start[64];
	const char *line;
	int64_t duration_ns;

	snprintf(start, sizeof(start), "\npage\t%s\t", page);
	line = strstr(profile.text, start);
	if (!line)
		fail_msg("no page %s in %s", page, profile.text);
	assert_int_equal(sscanf(line + strlen(start),
				"%" SCNu64 "\t%" SCNd64 "\t%" SCNd64,
				ret_requests, &duration_ns, ret_cpu_ns),
			 3);
	assert_true(duration_ns >= *ret_cpu_ns);
}

/* ---- runs ---- */

static void test_a_run_has_all_requests_by_page(void **state)
{
	struct memprof *mp = serve(RUN);
	struct memprof_request r = { 0 };
	uint64_t a_requests, b_requests;
	int64_t a_ns, b_ns;

	(void)state;
	for (int i = 0; i < 10; i++) {
		serve_page(mp, "a", 2 * MS);
		serve_page(mp, "b", 4 * MS);
		serve_page(mp, "b", 0);
	}
	memprof_begin(mp, &r, "c");
	memprof_note(&r, "sql", "SELECT", 0, 1);
	memprof_end(&r, NULL);
	assert_int_equal(stats_of(mp).profiled, 31);
	assert_int_equal(find_profiles("", NULL), 0);
	assert_int_equal(memprof_close(mp), 0);

	read_only_profile("run", &profile);
	read_page("a", &a_requests, &a_ns);
	read_page("b", &b_requests, &b_ns);
	assert_int_equal(a_requests, 10);
	assert_int_equal(b_requests, 20);
	assert_int_equal(number(&profile, "requests"), 31);
	assert_true(number(&profile, "cpu_ns") >= a_ns + b_ns);
	assert_non_null(strstr(strstr(profile.text, "\npage\tc\t1\t"),
			       "\nnote\tsql\t"));
	assert_true(a_ns >= LEAST(20 * MS));
	assert_true(b_ns >= LEAST(40 * MS));
	assert_string_equal(field(&profile, "tid"), "\\N");
	need_samples();
	assert_true(profile.samples >= 3);
}

static void test_a_run_replaces_the_one_before(void **state)
{
	(void)state;
	for (int i = 1; i <= 3; i++) {
		struct memprof *mp = serve(RUN);

		for (int k = 0; k < i; k++)
			serve_page(mp, "x", 0);
		assert_int_equal(memprof_close(mp), 0);
		read_only_profile("run", &profile);
		assert_int_equal(number(&profile, "requests"), i);
	}
}

static void test_a_run_without_requests_is_no_file(void **state)
{
	struct memprof *mp = serve(RUN);
	struct memprof_request r = { 0 };

	(void)state;
	memprof_begin(mp, &r, "x");
	memprof_cancel(&r);
	assert_int_equal(memprof_close(mp), 0);
	assert_int_equal(find_profiles("", NULL), 0);
}

static void test_requests_of_a_run_may_have_files_as_well(void **state)
{
	struct memprof *mp = serve(RUN "profile_dir: .\nprofile_one_in: 10\n");
	uint64_t written;

	(void)state;
	for (int i = 0; i < 100; i++)
		serve_page(mp, "x", 0);
	written = stats_of(mp).profiles_written;
	assert_in_range(written, 1, 40);
	assert_int_equal(stats_of(mp).profiled, 100);
	assert_int_equal(memprof_close(mp), 0);
	assert_int_equal(find_profiles("-x-", NULL), written);
	read_only_profile("run", &profile);
	assert_int_equal(number(&profile, "requests"), 100);
}

static void test_pages_without_room_are_counted(void **state)
{
	struct memprof *mp = serve(RUN);
	char page[32];

	(void)state;
	for (int i = 0; i < MP_FOLD_PAGES + 7; i++) {
		snprintf(page, sizeof(page), "p%d", i);
		serve_page(mp, page, 0);
	}
	assert_int_equal(stats_of(mp).profiles_failed, 7);
	assert_int_equal(stats_of(mp).profile_error, -ENOSPC);
	assert_int_equal(memprof_close(mp), 0);
	read_only_profile("run", &profile);
	assert_int_equal(number(&profile, "requests"), MP_FOLD_PAGES);
}

static void test_a_run_that_cannot_be_written_is_counted(void **state)
{
	struct memprof *mp = serve("profiling_allowed: true\n"
				   "profile_run: missing/run.mprof\n");

	(void)state;
	serve_page(mp, "x", 0);
	assert_int_equal(memprof_close(mp), 0);
	assert_int_equal(find_profiles("", NULL), 0);
}

/* ---- the end of a process ---- */

static int leave_by_exit(void *arg)
{
	serve_page(arg, "childs", MS);
	memprof_profile_start(arg, "childs section");
	memprof_profile_stop(arg, "childs section");
	exit(0);
}

static int leave_at_once(void *arg)
{
	serve_page(arg, "childs", 0);
	return 0;
}

static int leave_without_a_call(void *arg)
{
	(void)arg;
	exit(0);
}

static void test_exit_writes_what_is_not_closed(void **state)
{
	struct memprof *mp = serve(RUN "profile_dir: .\n");

	(void)state;
	serve_page(mp, "parents", 0);
	assert_int_equal(in_child(leave_by_exit, mp), 0);
	assert_int_equal(in_child(leave_at_once, mp), 0);
	assert_int_equal(in_child(leave_without_a_call, mp), 0);
	assert_int_equal(find_profiles("run-", NULL), 1);
	assert_int_equal(find_profiles("run", NULL), 1);
	assert_int_equal(find_profiles("-childs%20section-", NULL), 1);
	read_only_profile("run-", &profile);
	assert_true(has_line(&profile, "page\tchilds\t1\t"));
	assert_false(has_line(&profile, "page\tparents\t"));
	assert_int_equal(memprof_close(mp), 0);
	read_profile("run.mprof", &profile);
	assert_true(has_line(&profile, "page\tparents\t1\t"));
	assert_int_equal(number(&profile, "pid"), getpid());
}

static int serve_and_close(void *arg)
{
	serve_page(arg, "x", 0);
	CHILD_CHECK(memprof_close(arg) == 0);
	return 0;
}

static void test_a_pid_in_the_name_is_each_ones_own(void **state)
{
	struct memprof *mp = serve("profiling_allowed: true\n"
				   "profile_run: r%%-%p.mprof\n");
	char name[64];

	(void)state;
	assert_int_equal(in_child(serve_and_close, mp), 0);
	assert_int_equal(serve_and_close(mp), 0);
	snprintf(name, sizeof(name), "r%%-%d.mprof", getpid());
	assert_int_equal(find_profiles(name, NULL), 1);
	assert_int_equal(find_profiles("r%-", NULL), 2);
}

static void test_a_childs_name_may_have_no_suffix(void **state)
{
	struct memprof *mp =
		serve("profiling_allowed: true\nprofile_run: run\n");
	pid_t pid = fork();
	char name[64];
	int status;

	(void)state;
	if (pid == 0)
		_exit(serve_and_close(mp));
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	snprintf(name, sizeof(name), "run-%d", pid);
	assert_int_equal(access(name, F_OK), 0);
	assert_int_not_equal(access("run", F_OK), 0);
	assert_int_equal(memprof_close(mp), 0);
}

/* ---- sections ---- */

#define SECTIONS "profiling_allowed: true\nprofile_dir: .\n"

struct section {
	struct memprof *mp;
	const char *name;
	int64_t ns;
};

static void *run_section(void *arg)
{
	struct section *s = arg;

	memprof_profile_start(s->mp, s->name);
	burn(s->ns);
	memprof_profile_stop(s->mp, s->name);
	return NULL;
}

static void test_a_section_adds_up(void **state)
{
	struct memprof *mp = serve(SECTIONS);
	struct section a = { mp, "a", 10 * MS }, b = { mp, "b/c", MS };

	(void)state;
	run_section(&a);
	burn(50 * MS);
	run_section(&a);
	run_thread(run_section, &a);
	run_section(&b);
	assert_int_equal(stats_of(mp).profiled, 4);
	assert_int_equal(find_profiles("", NULL), 0);
	assert_int_equal(memprof_close(mp), 0);
	assert_int_equal(find_profiles("", NULL), 2);
	read_only_profile("Z-a-", &profile);
	assert_string_equal(field(&profile, "page_id"), "a");
	assert_int_equal(number(&profile, "requests"), 3);
	assert_in_range(number(&profile, "cpu_ns"), LEAST(30 * MS), 75 * MS);
	read_only_profile("Z-b", &profile);
	assert_string_equal(field(&profile, "page_id"), "b/c");
}

static void test_sections_nest_in_requests_and_each_other(void **state)
{
	struct memprof *mp = serve(SECTIONS "profile_all_requests: true\n");
	struct section inner = { mp, "inner", 10 * MS };
	struct memprof_request r = { 0 };

	(void)state;
	memprof_profile_start(mp, "outer");
	memprof_begin(mp, &r, "page");
	run_section(&inner);
	burn(10 * MS);
	memprof_end(&r, NULL);
	memprof_profile_stop(mp, "outer");
	assert_int_equal(memprof_close(mp), 0);
	read_only_profile("-page-", &profile);
	assert_true(number(&profile, "cpu_ns") >= LEAST(20 * MS));
	read_only_profile("-outer-", &profile);
	assert_true(number(&profile, "cpu_ns") >= LEAST(20 * MS));
	read_only_profile("-inner-", &profile);
	assert_in_range(number(&profile, "cpu_ns"), LEAST(10 * MS), 19 * MS);
}

/* The process's memory that is of no file, in KiB, as the page tables have it:
   statm's count of it lags behind. */
static long anonymous_kib(void)
{
	static char text[4096];
	int fd = open("/proc/self/smaps_rollup", O_RDONLY | O_CLOEXEC);
	const char *line;
	ssize_t len;

	assert_true(fd >= 0);
	len = read(fd, text, sizeof(text) - 1);
	close(fd);
	assert_true(len > 0);
	text[len] = '\0';
	line = strstr(text, "\nAnonymous:");
	assert_non_null(line);
	return strtol(line + strlen("\nAnonymous:"), NULL, 10);
}

/* A section may be inside of a request that is not profiled.  The first test,
   for the places of profiles keep what they have touched. */
static void test_a_request_takes_memory_at_begin_a_section_little(void **state)
{
	struct memprof *mp = serve(SECTIONS "profile_all_requests: true\n");
	struct section a = { mp, "a", 0 };
	struct memprof_request r = { 0 };
	long before_kib;

	(void)state;
	if (getenv("MEMPROF_TEST_SANITIZE")) {
		print_message("skipped: sanitizers have memory of their own\n");
		skip();
	}
	before_kib = anonymous_kib();
	before_kib = anonymous_kib();
	run_section(&a);
	assert_in_range(anonymous_kib() - before_kib, 0, 128);
	before_kib = anonymous_kib();
	memprof_begin(mp, &r, "x");
	assert_true(anonymous_kib() - before_kib >= 256);
	memprof_end(&r, NULL);
	assert_int_equal(memprof_close(mp), 0);
}

static void *stop_anothers(void *arg)
{
	memprof_profile_stop(arg, "a");
	return NULL;
}

static void test_wrong_use_of_sections_is_counted(void **state)
{
	struct memprof *mp = serve(SECTIONS);
	struct section a = { mp, "a", 0 };
	uint64_t before = stats_of(mp).misused;

	(void)state;
	memprof_profile_stop(mp, "a");
	assert_int_equal(stats_of(mp).misused, before + 1);
	memprof_profile_start(mp, "a");
	memprof_profile_start(mp, "a");
	assert_int_equal(stats_of(mp).misused, before + 2);
	run_thread(stop_anothers, mp);
	assert_int_equal(stats_of(mp).misused, before + 3);
	memprof_profile_stop(mp, "b");
	assert_int_equal(stats_of(mp).misused, before + 4);
	memprof_profile_stop(mp, "a");
	assert_int_equal(stats_of(mp).misused, before + 4);
	run_section(&a);
	assert_int_equal(memprof_close(mp), 0);
	memprof_profile_start(mp, "a");
	memprof_profile_start(NULL, "a");
	memprof_profile_stop(NULL, "a");
	read_only_profile("Z-a-", &profile);
	assert_int_equal(number(&profile, "requests"), 2);
}

static void test_sections_without_room_are_counted(void **state)
{
	struct memprof *mp = serve(SECTIONS);
	char name[16];

	(void)state;
	for (int i = 0; i < MP_KEEP_SECTIONS + 3; i++) {
		struct section s = { mp, name, 0 };

		snprintf(name, sizeof(name), "s%d", i);
		run_section(&s);
	}
	assert_int_equal(stats_of(mp).profiles_failed, 3);
	assert_int_equal(stats_of(mp).profile_error, -ENOSPC);
	assert_int_equal(memprof_close(mp), 0);
	assert_int_equal(find_profiles("", NULL), MP_KEEP_SECTIONS);
}

static void test_sections_need_permission_and_a_folder(void **state)
{
	static const char *const keys[] = {
		"profile_dir: .\n",
		"profiling_allowed: true\n",
		RUN,
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(keys); i++) {
		struct memprof *mp = serve(keys[i]);
		struct section a = { mp, "a", 0 };
		uint64_t misused = stats_of(mp).misused;

		run_section(&a);
		assert_int_equal(stats_of(mp).profiled, 0);
		assert_int_equal(stats_of(mp).misused, misused);
		assert_int_equal(memprof_close(mp), 0);
		assert_int_equal(find_profiles("", NULL), 0);
	}
}

/* It is no request, which could be given up. */
static void test_a_section_may_last(void **state)
{
	struct memprof *mp = serve(SECTIONS);

	(void)state;
	memprof_profile_start(mp, "a");
	mp_profile_sweep(mp);
	memprof_profile_stop(mp, "a");
	assert_int_equal(memprof_close(mp), 0);
	read_only_profile("Z-a-", &profile);
	assert_int_equal(number(&profile, "requests"), 1);
}

static void test_a_section_in_flight_at_close_is_left_out(void **state)
{
	struct memprof *mp = serve(SECTIONS);
	struct section a = { mp, "a", 0 };

	(void)state;
	run_section(&a);
	memprof_profile_start(mp, "a");
	assert_int_equal(memprof_close(mp), 0);
	read_only_profile("Z-a-", &profile);
	assert_int_equal(number(&profile, "requests"), 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_teardown(name, clear)
		TEST(test_a_request_takes_memory_at_begin_a_section_little),
		TEST(test_a_run_has_all_requests_by_page),
		TEST(test_a_run_replaces_the_one_before),
		TEST(test_a_run_without_requests_is_no_file),
		TEST(test_requests_of_a_run_may_have_files_as_well),
		TEST(test_pages_without_room_are_counted),
		TEST(test_a_run_that_cannot_be_written_is_counted),
		TEST(test_exit_writes_what_is_not_closed),
		TEST(test_a_pid_in_the_name_is_each_ones_own),
		TEST(test_a_childs_name_may_have_no_suffix),
		TEST(test_a_section_adds_up),
		TEST(test_sections_nest_in_requests_and_each_other),
		TEST(test_wrong_use_of_sections_is_counted),
		TEST(test_sections_without_room_are_counted),
		TEST(test_sections_need_permission_and_a_folder),
		TEST(test_a_section_may_last),
		TEST(test_a_section_in_flight_at_close_is_left_out),
	};

	return cmocka_run_group_tests_name("profile_sums", tests, enter, leave);
}
