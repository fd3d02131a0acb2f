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
#include <spawn.h>
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

/* Counted down by each of the calls below; who comes to 0 fails. */
static int calls_left = -1;

int __real_posix_spawn_file_actions_adddup2(posix_spawn_file_actions_t *a,
					    int fd, int as);
int __wrap_posix_spawn_file_actions_adddup2(posix_spawn_file_actions_t *a,
					    int fd, int as);
int __wrap_posix_spawn_file_actions_adddup2(posix_spawn_file_actions_t *a,
					    int fd, int as)
{
	return calls_left-- == 0
		       ? ENOMEM
		       : __real_posix_spawn_file_actions_adddup2(a, fd, as);
}

int __real_posix_spawn_file_actions_addclosefrom_np(
	posix_spawn_file_actions_t *a, int from);
int __wrap_posix_spawn_file_actions_addclosefrom_np(
	posix_spawn_file_actions_t *a, int from);
int __wrap_posix_spawn_file_actions_addclosefrom_np(
	posix_spawn_file_actions_t *a, int from)
{
	return calls_left-- == 0
		       ? ENOMEM
		       : __real_posix_spawn_file_actions_addclosefrom_np(a,
									 from);
}

int __real_posix_spawnattr_setsigmask(posix_spawnattr_t *a, const sigset_t *s);
int __wrap_posix_spawnattr_setsigmask(posix_spawnattr_t *a, const sigset_t *s);
int __wrap_posix_spawnattr_setsigmask(posix_spawnattr_t *a, const sigset_t *s)
{
	return calls_left-- == 0 ? ENOMEM
				 : __real_posix_spawnattr_setsigmask(a, s);
}

/* What can't be prepared wholly is not started. */
static void test_out_of_memory(void **state)
{
	(void)state;
	for (int i = 0; i < 3; i++) {
		calls_left = i;
		assert_int_equal(run_sh("echo x", PATIENT, sizeof(out)),
				 -ENOMEM);
	}
	calls_left = 3;
	assert_int_equal(run_sh("echo x", PATIENT, sizeof(out)), 0);
	assert_int_equal(calls_left, 0);
	calls_left = -1;
}

/* ---- a program that was found before ---- */

static char *path_before;

static void set_path(const char *path)
{
	path_before = strdup(getenv("PATH"));
	setenv("PATH", path, 1);
}

static void reset_path(void)
{
	setenv("PATH", path_before, 1);
	free(path_before);
}

static void test_it_is_looked_for_in_absolute_folders(void **state)
{
	static struct mp_render_program p;
	char *long_path = calloc(1, 10000);

	(void)state;
	assert_int_equal(chdir("/bin"), 0);
	set_path(":.:../bin:/none");
	assert_int_equal(mp_render_find("sh", &p), -ENOENT);
	setenv("PATH", ":/none:/etc:/bin/sh:/bin:/usr/bin", 1);
	assert_int_equal(mp_render_find("passwd-", &p), -ENOENT);
	assert_int_equal(mp_render_find("sh", &p), 0);
	assert_string_equal(p.path, "/bin/sh");
	assert_int_equal(mp_render_find("", &p), -ENOENT); /* a folder */
	unsetenv("PATH");
	assert_int_equal(mp_render_find("sh", &p), -ENOENT);
	memset(long_path, 'x', 9999);
	memcpy(long_path, "/bin:", 5);
	setenv("PATH", long_path, 1);
	assert_int_equal(mp_render_find("sh", &p), -E2BIG);
	free(long_path);
	reset_path();
	assert_int_equal(chdir("/"), 0);
}

static void test_it_goes_by_what_was_found(void **state)
{
	char dir[] = "/tmp/test_render.XXXXXX";
	char sh[] = "sh", c[] = "-c", script[] = "echo $TZ; echo $PATH";
	char *argv[] = { sh, c, script, NULL };
	static struct mp_render_program p;
	struct mp_newfile f;
	char text[64] = "";
	uint64_t bytes;
	int fd;

	(void)state;
	assert_non_null(mkdtemp(dir));
	set_path("/usr/bin:/bin");
	setenv("TZ", "then", 1);
	assert_int_equal(mp_render_find("sh", &p), 0);
	setenv("TZ", "now", 1);
	setenv("PATH", "/none", 1);
	assert_int_equal(mp_newfile_open(dir, &f), 0);
	assert_int_equal(mp_render_to(&p, argv, PATIENT, &f, 18, &bytes),
			 -EFBIG);
	mp_newfile_abandon(&f);
	assert_int_equal(mp_newfile_open(dir, &f), 0);
	assert_int_equal(mp_render_to(&p, argv, PATIENT, &f, 19, &bytes), 0);
	assert_int_equal(bytes, 19);
	assert_int_equal(mp_newfile_replace(&f, "x"), 0);
	unsetenv("TZ");
	reset_path();
	assert_int_equal(chdir(dir), 0);
	fd = open("x", O_RDONLY | O_CLOEXEC);
	assert_int_equal(read(fd, text, sizeof(text) - 1), 19);
	close(fd);
	assert_string_equal(text, "then\n/usr/bin:/bin\n");
	assert_int_equal(unlink("x"), 0);
	assert_int_equal(chdir("/"), 0);
	assert_int_equal(rmdir(dir), 0);
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
		TEST(test_out_of_memory),
		TEST(test_it_is_looked_for_in_absolute_folders),
		TEST(test_it_goes_by_what_was_found),
	};

	return cmocka_run_group_tests_name("render", tests, NULL, NULL);
}
