/* render: what a program prints is ours, or why it is not; and nothing of the
   program is left, whatever the host does with its children. */

#include "test.h"

#include "core/clock.h"
#include "profile/render.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#define SECOND	INT64_C(1000000000)
#define PATIENT (60 * SECOND)

static char out[256 * 1024];
static size_t out_len;

static int run_sh(const char *script, int64_t timeout_ns, size_t size)
{
	char sh[] = "sh", c[] = "-c";
	char *text = strdup(script);
	char *argv[] = { sh, c, text, NULL };
	int err = mp_render_run(argv, timeout_ns, out, size, &out_len);

	free(text);
	if (!err)
		out[out_len < sizeof(out) ? out_len : sizeof(out) - 1] = '\0';
	return err;
}

static int open_files(void)
{
	DIR *dir = opendir("/proc/self/fd");
	int n = 0;

	assert_non_null(dir);
	while (readdir(dir))
		n++;
	closedir(dir);
	return n;
}

static int files_before;

static int count_files(void **state)
{
	(void)state;
	files_before = open_files();
	return 0;
}

/* After each test: as many files as before, and no child. */
static int assert_nothing_is_left(void **state)
{
	siginfo_t info;

	(void)state;
	assert_int_equal(open_files(), files_before);
	assert_int_equal(waitid(P_ALL, 0, &info, WEXITED | WNOHANG), -1);
	assert_int_equal(errno, ECHILD);
	return 0;
}

static void test_what_it_prints(void **state)
{
	(void)state;
	assert_int_equal(run_sh("printf 'a\\nb'", PATIENT, sizeof(out)), 0);
	assert_int_equal(out_len, 3);
	assert_string_equal(out, "a\nb");
}

static void test_more_than_a_pipe_holds(void **state)
{
	(void)state;
	assert_int_equal(
		run_sh("head -c 200000 /dev/zero", PATIENT, sizeof(out)), 0);
	assert_int_equal(out_len, 200000);
}

static void test_no_more_than_there_is_room_for(void **state)
{
	(void)state;
	assert_int_equal(run_sh("printf 12345", PATIENT, 5), 0);
	assert_int_equal(out_len, 5);
	assert_int_equal(run_sh("printf 123456", PATIENT, 5), -EFBIG);
	/* Who prints on and on is ended. */
	assert_int_equal(run_sh("cat /dev/zero", PATIENT, 100000), -EFBIG);
}

static void test_failures_are_told(void **state)
{
	char none[] = "no-such-program-of-memprof";
	char *argv[] = { none, NULL };

	(void)state;
	assert_int_equal(run_sh("echo x; exit 3", PATIENT, sizeof(out)), -EIO);
	assert_int_equal(run_sh("echo x; kill -9 $$", PATIENT, sizeof(out)),
			 -EIO);
	assert_int_equal(run_sh(":", PATIENT, sizeof(out)), -EIO);
	assert_int_equal(
		mp_render_run(argv, PATIENT, out, sizeof(out), &out_len),
		-ENOENT);
}

static void test_who_hangs_is_ended(void **state)
{
	int64_t start = mp_clock_mono_ns();

	(void)state;
	assert_int_equal(run_sh("trap '' TERM; echo x; exec sleep 1000",
				SECOND / 5, sizeof(out)),
			 -ETIMEDOUT);
	/* Having closed its output does not help. */
	assert_int_equal(run_sh("echo x; exec sleep 1000 >/dev/null",
				SECOND / 5, sizeof(out)),
			 -ETIMEDOUT);
	/* Not before its time, and long before its sleep is over. */
	assert_true(mp_clock_mono_ns() - start >= SECOND * 2 / 5);
	assert_true(mp_clock_mono_ns() - start < 100 * SECOND);
}

static void test_inherits_no_descriptor(void **state)
{
	int fd = dup(STDOUT_FILENO); /* not close-on-exec */

	(void)state;
	assert_true(fd >= 0);
	assert_int_equal(run_sh("readlink /proc/$$/fd/0 /proc/$$/fd/2; i=3; "
				"while [ $i -lt 100 ]; do "
				"[ ! -e /proc/$$/fd/$i ] || echo $i; "
				"i=$((i + 1)); done",
				PATIENT, sizeof(out)),
			 0);
	close(fd);
	assert_string_equal(out, "/dev/null\n/dev/null\n");
}

static void test_without_standard_descriptors(void **state)
{
	int saved[3];

	(void)state;
	for (int i = 0; i < 3; i++)
		saved[i] = fcntl(i, F_DUPFD_CLOEXEC, 100);
	for (int i = 0; i < 3; i++)
		close(i);
	out_len = (size_t)run_sh("echo fine", PATIENT, sizeof(out));
	for (int i = 0; i < 3; i++) {
		dup2(saved[i], i);
		close(saved[i]);
	}
	assert_int_equal(out_len, 0);
	assert_string_equal(out, "fine\n");
}

static void test_inherits_no_signal_state(void **state)
{
	uint64_t blocked, ignored;
	sigset_t all, before;

	(void)state;
	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, &before);
	signal(SIGPIPE, SIG_IGN);
	assert_int_equal(run_sh("grep -E '^Sig(Blk|Ign)' /proc/self/status",
				PATIENT, sizeof(out)),
			 0);
	signal(SIGPIPE, SIG_DFL);
	sigprocmask(SIG_SETMASK, &before, NULL);
	assert_int_equal(sscanf(out, "SigBlk: %" SCNx64 " SigIgn: %" SCNx64,
				&blocked, &ignored),
			 2);
	assert_int_equal(blocked, 0);
	/* Signals 32 and 33 are the C library's own. */
	assert_int_equal(ignored & 0x7fffffff, 0);
}

static void test_inherits_few_variables(void **state)
{
	(void)state;
	setenv("DEBUGINFOD_URLS", "http://127.0.0.1:1/", 1);
	setenv("MEMPROF_RUN_DIR", "", 1);
	setenv("TZ", "UTC", 1);
	assert_int_equal(run_sh("env", PATIENT, sizeof(out)), 0);
	unsetenv("DEBUGINFOD_URLS");
	unsetenv("MEMPROF_RUN_DIR");
	assert_null(strstr(out, "DEBUGINFOD"));
	assert_null(strstr(out, "MEMPROF"));
	assert_non_null(strstr(out, "LC_ALL=C.UTF-8\n"));
	assert_non_null(strstr(out, "TZ=UTC\n"));
	assert_non_null(strstr(out, "PATH="));
}

/* ---- hosts and their children ---- */

static void test_host_ignores_its_children(void **state)
{
	(void)state;
	signal(SIGCHLD, SIG_IGN);
	for (int i = 0; i < 20; i++) {
		assert_int_equal(run_sh("echo x", PATIENT, sizeof(out)), 0);
		assert_string_equal(out, "x\n");
	}
	/* The exit status is lost; nothing printed is a failure still. */
	assert_int_equal(run_sh("echo x; exit 3", PATIENT, sizeof(out)), 0);
	assert_int_equal(run_sh("exit 3", PATIENT, sizeof(out)), -EIO);
	assert_int_equal(
		run_sh("echo x; exec sleep 1000", SECOND / 5, sizeof(out)),
		-ETIMEDOUT);
	signal(SIGCHLD, SIG_DFL);
}

static void reap_all(int sig)
{
	int saved = errno;

	(void)sig;
	while (waitpid(-1, NULL, WNOHANG) > 0)
		;
	errno = saved;
}

static void test_host_reaps_all_children(void **state)
{
	struct sigaction action = { .sa_handler = reap_all };

	(void)state;
	/* Without SA_RESTART: all our calls are interrupted. */
	sigaction(SIGCHLD, &action, NULL);
	for (int i = 0; i < 20; i++) {
		assert_int_equal(run_sh("echo x", PATIENT, sizeof(out)), 0);
		assert_string_equal(out, "x\n");
	}
	assert_int_equal(
		run_sh("echo x; exec sleep 1000", SECOND / 5, sizeof(out)),
		-ETIMEDOUT);
	signal(SIGCHLD, SIG_DFL);
}

static void test_other_children_are_the_hosts(void **state)
{
	pid_t pid = fork();
	int status;

	(void)state;
	if (!pid)
		_exit(7);
	assert_int_equal(run_sh("echo x", PATIENT, sizeof(out)), 0);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(WEXITSTATUS(status), 7);
}

/* With room for ever more descriptors, until it works. */
static void test_out_of_descriptors(void **state)
{
	struct rlimit before, limit;
	int failures = 0, err = -EMFILE;

	(void)state;
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
	limit = before;
	for (rlim_t n = 3; err && n < 20; n++) {
		limit.rlim_cur = n;
		assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
		err = run_sh("echo x", PATIENT, sizeof(out));
		failures += err != 0;
	}
	setrlimit(RLIMIT_NOFILE, &before);
	assert_int_equal(err, 0);
	assert_true(failures >= 1);
}

#define TEST(f) \
	cmocka_unit_test_setup_teardown(f, count_files, assert_nothing_is_left)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_what_it_prints),
		TEST(test_more_than_a_pipe_holds),
		TEST(test_no_more_than_there_is_room_for),
		TEST(test_failures_are_told),
		TEST(test_who_hangs_is_ended),
		TEST(test_inherits_no_descriptor),
		TEST(test_without_standard_descriptors),
		TEST(test_inherits_no_signal_state),
		TEST(test_inherits_few_variables),
		TEST(test_host_ignores_its_children),
		TEST(test_host_reaps_all_children),
		TEST(test_other_children_are_the_hosts),
		TEST(test_out_of_descriptors),
	};

	return cmocka_run_group_tests_name("render", tests, NULL, NULL);
}
