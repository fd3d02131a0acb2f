/*
 * printer: profiles in other formats, by a command that nobody waits for: here
 * that is a script, which does as each test would have it.
 */

#include "profiled.h"

#include "core/clock.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/stat.h>

#define OUTPUTS PROFILE_ALL "close_timeout: 60\nprofile_output: "

/* The command `memprof` in the PATH from now on. */
static void set_command(const char *script)
{
	FILE *f = fopen("new", "w");

	assert_non_null(f);
	fprintf(f, "#!/bin/sh\n%s\n", script);
	fclose(f);
	assert_int_equal(chmod("new", 0700), 0);
	/* Whole, for one may be starting. */
	assert_int_equal(rename("new", "memprof"), 0);
}

/* One that says that it has begun, and ends when it is let go. */
static void set_stuck_command(void)
{
	unlink("go");
	assert_int_equal(mkfifo("go", 0600), 0);
	set_command("cd \"${4%/*}\"\n"
		    "touch begun; cat go; echo done");
}

static void let_go(void)
{
	int fd = open("go", O_RDWR | O_CLOEXEC);

	assert_true(fd >= 0);
	/* To who reads, and to who will: the name is gone for the rest. */
	set_command("echo done");
	unlink("go");
	close(fd);
}

static size_t count_suffix(const char *suffix)
{
	DIR *dir = opendir(".");
	struct dirent *e;
	size_t n = 0;

	assert_non_null(dir);
	while ((e = readdir(dir))) {
		size_t len = strlen(e->d_name), want = strlen(suffix);

		n += len >= want && !strcmp(e->d_name + len - want, suffix);
	}
	closedir(dir);
	return n;
}

static size_t count_threads(void)
{
	DIR *dir = opendir("/proc/self/task");
	size_t n = 0;

	assert_non_null(dir);
	while (readdir(dir))
		n++;
	closedir(dir);
	return n;
}

/* Wait for something, for a minute; returns whether it came. */
static bool wait_for_file(const char *name)
{
	for (int i = 0; i < 6000; i++) {
		if (!access(name, F_OK))
			return true;
		poll(NULL, 0, 10);
	}
	return false;
}

static bool wait_for_threads(size_t count)
{
	for (int i = 0; i < 6000; i++) {
		if (count_threads() <= count)
			return true;
		poll(NULL, 0, 10);
	}
	return false;
}

/* The first, for what is looked for is looked for once. */
static void test_without_the_command_there_is_the_raw_file(void **state)
{
	int status;
	pid_t child;

	(void)state;
	child = fork();
	if (!child) {
		struct memprof_stats s;
		struct memprof *mp;

		setenv("PATH", ".:relative:/none", 1);
		set_command("echo x");
		mp = serve(OUTPUTS "flamegraph\n");
		serve_page(mp, "x", 0);
		s = stats_of(mp);
		memprof_close(mp);
		_exit(s.profiles_failed != 1 || s.profile_error != -ENOENT ||
		      s.profiles_written != 1 ||
		      find_profiles("-x-", NULL) != 1 || count_suffix(".svg"));
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
}

static void test_each_format_has_a_file_of_the_same_name(void **state)
{
	char raw[PATH_MAX], name[PATH_MAX + 16], want[2 * PATH_MAX + 64];
	struct memprof *mp;
	struct stat st;
	FILE *f;

	(void)state;
	set_command("echo \"$*\"");
	mp = serve(OUTPUTS "callgrind, raw,flamegraph\n");
	serve_page(mp, "Cart:index", 0);
	assert_int_equal(memprof_close(mp), 0);
	assert_int_equal(find_profiles("-Cart:index-", raw), 1);
	raw[strlen(raw) - strlen(".mprof")] = '\0';
	snprintf(name, sizeof(name), "%s.svg", raw);
	assert_int_equal(stat(name, &st), 0);
	assert_int_equal(st.st_mode, S_IFREG | 0600);
	snprintf(name, sizeof(name), "%s.callgrind", raw);
	f = fopen(name, "r");
	assert_non_null(f);
	assert_non_null(fgets(name, sizeof(name), f));
	fclose(f);
	snprintf(want, sizeof(want), "view --format callgrind %s/./%s.mprof\n",
		 serving_dir, raw);
	assert_string_equal(name, want);
	assert_int_equal(count_suffix(".tmp"), 0);
}

static void test_raw_files_alone_take_no_thread(void **state)
{
	size_t before = count_threads();
	struct memprof *mp = serve(PROFILE_ALL);

	(void)state;
	serve_page(mp, "x", 0);
	assert_true(count_threads() <= before);
	assert_int_equal(memprof_close(mp), 0);
}

static void test_nobody_waits_for_it(void **state)
{
	size_t threads = count_threads();
	struct memprof *mp;

	(void)state;
	set_stuck_command();
	mp = serve(OUTPUTS "flamegraph\n");
	serve_page(mp, "x", 0);
	assert_int_equal(find_profiles("-x-", NULL), 1);
	assert_true(wait_for_file("begun"));
	/* More than may wait: these have their raw files alone. */
	for (int i = 0; i < 20; i++)
		serve_page(mp, "x", 0);
	assert_int_equal(stats_of(mp).profiles_written, 21);
	assert_int_equal(stats_of(mp).profiles_failed, 5);
	assert_int_equal(stats_of(mp).profile_error, -EAGAIN);
	assert_int_equal(count_suffix(".svg"), 0);
	let_go();
	assert_int_equal(memprof_close(mp), 0);
	assert_int_equal(count_suffix(".svg"), 16);
	assert_true(wait_for_threads(threads));
}

static void test_a_close_waits_not_for_long(void **state)
{
	size_t threads = count_threads();
	int64_t start_ns;
	struct memprof *mp;

	(void)state;
	set_stuck_command();
	mp = serve(PROFILE_ALL "close_timeout: 0.2\n"
			       "profile_output: flamegraph, html\n");
	serve_page(mp, "x", 0);
	serve_page(mp, "x", 0);
	assert_true(wait_for_file("begun"));
	start_ns = mp_clock_mono_ns();
	assert_int_equal(memprof_close(mp), 0);
	assert_true(mp_clock_mono_ns() - start_ns < 30 * 1000 * MS);
	assert_int_equal(count_suffix(".svg"), 0);
	let_go();
	/* What was begun is there, and the rest is not made. */
	assert_true(wait_for_threads(threads));
	assert_int_equal(count_suffix(".svg"), 1);
	assert_int_equal(count_suffix(".html"), 0);
}

static void test_failures_are_counted_and_leave_nothing(void **state)
{
	struct memprof *mp;
	struct memprof_stats s;

	(void)state;
	set_command("echo half; touch ${4%/*}/called; exit 3");
	mp = serve(OUTPUTS "html\n");
	serve_page(mp, "x", 0);
	for (int i = 0; i < 6000 && !stats_of(mp).profiles_failed; i++)
		poll(NULL, 0, 10);
	s = stats_of(mp);
	assert_int_equal(s.profiles_written, 1);
	assert_int_equal(s.profiles_failed, 1);
	assert_int_equal(s.profile_error, -EIO);
	assert_int_equal(memprof_close(mp), 0);
	assert_int_equal(access("called", F_OK), 0);
	assert_int_equal(count_suffix(".html"), 0);
	assert_int_equal(count_suffix(".tmp"), 0);
	assert_int_equal(find_profiles("-x-", NULL), 1);
}

static void test_what_is_larger_than_all_may_be_is_not_kept(void **state)
{
	struct memprof *mp;

	(void)state;
	set_command("head -c 2000000 /dev/zero");
	mp = serve(OUTPUTS "html\nprofile_max_bytes: 1M\n");
	serve_page(mp, "x", 0);
	for (int i = 0; i < 6000 && !stats_of(mp).profiles_failed; i++)
		poll(NULL, 0, 10);
	assert_int_equal(stats_of(mp).profile_error, -EFBIG);
	assert_int_equal(memprof_close(mp), 0);
	assert_int_equal(count_suffix(".html"), 0);
	assert_int_equal(count_suffix(".tmp"), 0);
}

static void test_it_is_in_the_bounds(void **state)
{
	struct memprof *mp;

	(void)state;
	set_command("head -c 400000 /dev/zero");
	mp = serve(OUTPUTS "html\nprofile_max_bytes: 1M\n");
	for (int i = 0; i < 8; i++)
		serve_page(mp, "x", 0);
	assert_int_equal(memprof_close(mp), 0);
	assert_in_range(count_suffix(".html"), 1, 2);
	assert_in_range(find_profiles("-x-", NULL), 1, 8);
}

static void test_sections_have_them_too(void **state)
{
	struct memprof *mp;

	(void)state;
	set_command("echo x");
	mp = serve("profiling_allowed: true\nprofile_dir: .\n"
		   "close_timeout: 60\nprofile_output: pstats\n");
	memprof_profile_start(mp, "part");
	memprof_profile_stop(mp, "part");
	assert_int_equal(memprof_close(mp), 0);
	assert_int_equal(count_suffix(".pstats"), 1);
}

/* ---- what a host does with its children ---- */

static volatile sig_atomic_t reaped;

static void reap_all(int signal)
{
	int saved_errno = errno;

	(void)signal;
	while (waitpid(-1, NULL, WNOHANG) > 0)
		reaped++;
	errno = saved_errno;
}

static void test_a_host_that_reaps_all(void **state)
{
	struct sigaction reap = { .sa_handler = reap_all,
				  .sa_flags = SA_RESTART };
	struct sigaction before;
	struct memprof *mp;

	(void)state;
	set_command("echo x");
	assert_int_equal(sigaction(SIGCHLD, &reap, &before), 0);
	mp = serve(OUTPUTS "json, tree\n");
	for (int i = 0; i < 4; i++)
		serve_page(mp, "x", 0);
	assert_int_equal(memprof_close(mp), 0);
	assert_int_equal(sigaction(SIGCHLD, &before, NULL), 0);
	assert_int_equal(count_suffix(".json"), 4);
	assert_int_equal(count_suffix(".txt"), 4);
}

static void test_a_forked_child_has_its_own(void **state)
{
	struct memprof *mp;
	int status;
	pid_t child;

	(void)state;
	if (!has_samples()) {
		print_message("skipped: the thread sanitizer lets no child of "
			      "a process with threads start one\n");
		skip();
	}
	set_command("echo x");
	mp = serve(OUTPUTS "json\n");
	serve_page(mp, "parents", 0);
	child = fork();
	if (!child) {
		serve_page(mp, "childs", 0);
		_exit(memprof_close(mp) || stats_of(mp).profiles_failed);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
	serve_page(mp, "parents", 0);
	assert_int_equal(memprof_close(mp), 0);
	assert_int_equal(count_suffix(".json"), 3);
}

/* ---- */

static size_t files_before;

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

static int begin_test(void **state)
{
	(void)state;
	files_before = count_open_files();
	return 0;
}

/* No descriptor is left, and no child. */
static int end_test(void **state)
{
	bool alone = waitpid(-1, NULL, WNOHANG) == -1 && errno == ECHILD;

	clear(state);
	return !alone || count_open_files() != files_before;
}

/* In a folder of its own in front of the PATH. */
static int enter_with_path(void **state)
{
	char path[PATH_MAX];
	int err = enter(state);

	if (err)
		return err;
	snprintf(path, sizeof(path), "%s:/usr/bin:/bin", serving_dir);
	setenv("PATH", path, 1);
	/* What a process opens once and keeps. */
	return memprof_close(serve(PROFILE_ALL));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(f) cmocka_unit_test_setup_teardown(f, begin_test, end_test)
		TEST(test_without_the_command_there_is_the_raw_file),
		TEST(test_each_format_has_a_file_of_the_same_name),
		TEST(test_raw_files_alone_take_no_thread),
		TEST(test_nobody_waits_for_it),
		TEST(test_a_close_waits_not_for_long),
		TEST(test_failures_are_counted_and_leave_nothing),
		TEST(test_what_is_larger_than_all_may_be_is_not_kept),
		TEST(test_it_is_in_the_bounds),
		TEST(test_sections_have_them_too),
		TEST(test_a_host_that_reaps_all),
		TEST(test_a_forked_child_has_its_own),
	};

	return cmocka_run_group_tests_name("printer", tests, enter_with_path,
					   leave);
}
