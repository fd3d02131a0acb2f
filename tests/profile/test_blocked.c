/* blocked: what the kernel tells of where a thread waits is understood, and
   what it does not tell is said. */

#include "test.h"

#include "core/clock.h"
#include "core/sys.h"
#include "profile/blocked.h"
#include "profile/waiter.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* Not const, only because cmocka passes each case as a plain void pointer. */
static struct line_case {
	const char *name;
	const char *line;
	int want;
	uintptr_t sp, pc;
} line_cases[] = {
	{ "runs", "running\n", 0, 0, 0 },
	{ "waits in a call",
	  "230 0x0 0x1 0x7f8441f52e90 0x2 0x3 0x4 0x7f8441f52e50 "
	  "0x7f8442026545\n",
	  1, 0x7f8441f52e50, 0x7f8442026545 },
	{ "waits in call 0", "0 0x0 0x0 0x0 0x0 0x0 0x0 0x8 0x9\n", 1, 8, 9 },
	{ "largest",
	  "999 0xffffffffffffffff 0xffffffffffffffff 0xffffffffffffffff "
	  "0xffffffffffffffff 0xffffffffffffffff 0xffffffffffffffff "
	  "0xffffffffffffffff 0xfffffffffffffffe\n",
	  1, UINTPTR_MAX, UINTPTR_MAX - 1 },
	{ "waits outside of calls", "-1 0x7ffd0 0x55aa\n", 1, 0x7ffd0, 0x55aa },
	{ "nothing", "", -EPROTO, 0, 0 },
	{ "runs, and then?", "running", -EPROTO, 0, 0 },
	{ "a call, no more", "230", -EPROTO, 0, 0 },
	{ "no number", "x 0x0 0x0 0x0 0x0 0x0 0x0 0x1 0x2\n", -EPROTO, 0, 0 },
	{ "another negative number", "-2 0x1 0x2\n", -EPROTO, 0, 0 },
	{ "a field too few", "1 0x0 0x0 0x0 0x0 0x0 0x0 0x1\n", -EPROTO, 0, 0 },
	{ "a field too many", "-1 0x1 0x2 0x3\n", -EPROTO, 0, 0 },
	{ "no hexadecimal", "-1 1 0x2\n", -EPROTO, 0, 0 },
	{ "no digits", "-1 0x 0x2\n", -EPROTO, 0, 0 },
	{ "another letter", "-1 0x1g 0x2\n", -EPROTO, 0, 0 },
	{ "an upper one", "-1 0x1A 0x2\n", -EPROTO, 0, 0 },
	{ "too large", "-1 0x10000000000000000 0x2\n", -EPROTO, 0, 0 },
	{ "no end", "-1 0x1 0x2", -EPROTO, 0, 0 },
	{ "two ends", "-1 0x1 0x2\n\n", -EPROTO, 0, 0 },
};

static void test_line(void **state)
{
	const struct line_case *c = *state;
	size_t len = strlen(c->line);
	int fd = memfd_create("line", MFD_CLOEXEC);
	struct mp_blocked *b = malloc(sizeof(*b));

	assert_true(fd >= 0);
	assert_non_null(b);
	memset(b, 'f', sizeof(*b));
	assert_int_equal(write(fd, c->line, len), len);
	assert_int_equal(mp_blocked_read(fd, b), c->want);
	if (c->want == 1) {
		assert_int_equal(b->sp, c->sp);
		assert_int_equal(b->pc, c->pc);
	}
	free(b);
	close(fd);
}

static struct queue_case {
	const char *name;
	const char *line;
	int64_t want;
} queue_cases[] = {
	{ "queue: three numbers", "853251 10630767 2\n", 10630767 },
	{ "queue: never", "853251 0 1\n", 0 },
	{ "queue: the most", "1 9223372036854775807 1\n", INT64_MAX },
	{ "queue: too much", "1 9223372036854775808 1\n", -EPROTO },
	{ "queue: much too much", "1 99999999999999999999 1\n", -EPROTO },
	{ "queue: nothing", "", -EPROTO },
	{ "queue: one number", "853251\n", -EPROTO },
	{ "queue: two numbers, or a half", "853251 1063", -EPROTO },
	{ "queue: two blanks", "853251  2\n", -EPROTO },
	{ "queue: no number", "853251 x 2\n", -EPROTO },
	{ "queue: a negative one", "853251 -1 2\n", -EPROTO },
};

static void test_queue(void **state)
{
	const struct queue_case *c = *state;
	size_t len = strlen(c->line);
	int fd = memfd_create("line", MFD_CLOEXEC);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, c->line, len), len);
	assert_true(mp_blocked_queued_ns(fd) == c->want);
	close(fd);
}

/* Read until it is blocked; a tenth of a millisecond between, a minute at
   most. */
static void read_blocked(int fd, struct mp_blocked *ret)
{
	const struct timespec moment = { 0, 100000 };

	for (int i = 0; i < 600000; i++) {
		int err = mp_blocked_read(fd, ret);

		if (err == 1)
			return;
		assert_int_equal(err, 0);
		nanosleep(&moment, NULL);
	}
	fail_msg("the thread never waits");
}

static void test_a_waiting_thread_tells_where(void **state)
{
	struct mp_blocked one, same;
	int64_t cpu_ns;
	struct waiter r;
	int fd;

	(void)state;
	start_waiter(&r);
	fd = mp_blocked_open(r.tid);
	assert_true(fd >= MP_SYS_FD_MIN);
	assert_true(fcntl(fd, F_GETFD) & FD_CLOEXEC);
	read_blocked(fd, &one);
	cpu_ns = mp_blocked_cpu_ns(r.tid);
	/* Below its function's frame, and not far. */
	assert_true(one.sp < r.frame && r.frame - one.sp < 4096);
	assert_true(one.pc > 4096);
	read_blocked(fd, &same);
	assert_true(mp_blocked_same(&one, &same));
	assert_true(cpu_ns > 0);
	assert_int_equal(mp_blocked_cpu_ns(r.tid), cpu_ns);
	end_waiter(&r);
	close(fd);
}

static void test_another_call_is_not_the_same(void **state)
{
	struct mp_blocked one = { .len = 4, .text = "abcd" }, other = one;

	(void)state;
	assert_true(mp_blocked_same(&one, &other));
	other.text[3] = 'e';
	assert_false(mp_blocked_same(&one, &other));
	other = one;
	other.text[4] = 'e';
	assert_true(mp_blocked_same(&one, &other));
	other.len = 5;
	assert_false(mp_blocked_same(&one, &other));
}

static _Atomic pid_t spinner;
static _Atomic bool enough;

static void *spin(void *arg)
{
	atomic_store(&spinner, gettid());
	while (!atomic_load(&enough))
		;
	return arg;
}

static void test_a_thread_that_runs_tells_nothing(void **state)
{
	struct mp_blocked b;
	pthread_t thread;
	int64_t before;
	int fd;

	(void)state;
	assert_int_equal(pthread_create(&thread, NULL, spin, NULL), 0);
	while (!atomic_load(&spinner))
		sched_yield();
	fd = mp_blocked_open(spinner);
	assert_true(fd >= 0);
	assert_int_equal(mp_blocked_read(fd, &b), 0);
	before = mp_blocked_cpu_ns(spinner);
	while (mp_blocked_cpu_ns(spinner) == before)
		sched_yield();
	atomic_store(&enough, true);
	pthread_join(thread, NULL);
	close(fd);
}

static void test_the_cpu_clock_is_that_of_the_thread(void **state)
{
	int64_t ns = mp_blocked_cpu_ns(gettid());
	struct timespec t;

	(void)state;
	assert_int_equal(clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t), 0);
	assert_in_range(t.tv_sec * MP_NS_PER_S + t.tv_nsec - ns, 1,
			MP_NS_PER_S);
}

static void test_an_ended_thread_is_none(void **state)
{
	struct mp_blocked b;
	struct waiter r;
	int fd;

	(void)state;
	start_waiter(&r);
	fd = mp_blocked_open(r.tid);
	assert_true(fd >= 0);
	end_waiter(&r);
	assert_int_equal(mp_blocked_read(fd, &b), -ESRCH);
	assert_true(mp_blocked_cpu_ns(r.tid) < 0);
	close(fd);
	assert_int_equal(mp_blocked_open(r.tid), -ENOENT);
}

/* In a child without privileges, which root would have. */
static int open_in_a_child(bool dumpable)
{
	int status;
	pid_t pid;

	fflush(NULL);
	pid = fork();
	if (pid == 0) {
		int fd;

		if (getuid() == 0 && (setgid(65534) || setuid(65534)))
			_exit(255);
		prctl(PR_SET_DUMPABLE, dumpable);
		fd = mp_blocked_open(gettid());
		_exit(fd < 0 ? -fd : 0);
	}
	assert_true(pid > 0);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	return -WEXITSTATUS(status);
}

static void test_a_process_that_is_not_dumpable_cannot_look(void **state)
{
	int err = open_in_a_child(false);

	(void)state;
	assert_int_equal(open_in_a_child(true), 0);
	assert_int_equal(err, -EACCES);
	assert_non_null(strstr(mp_blocked_why(err), "not dumpable"));
	assert_non_null(strstr(mp_blocked_why(-ENOENT), "/proc"));
	assert_non_null(strstr(mp_blocked_why(-EMFILE), "open files"));
	assert_non_null(strstr(mp_blocked_why(-EIO), "kernel"));
}

int main(void)
{
	static const struct CMUnitTest rest[] = {
		cmocka_unit_test(test_a_waiting_thread_tells_where),
		cmocka_unit_test(test_another_call_is_not_the_same),
		cmocka_unit_test(test_a_thread_that_runs_tells_nothing),
		cmocka_unit_test(test_the_cpu_clock_is_that_of_the_thread),
		cmocka_unit_test(test_an_ended_thread_is_none),
		cmocka_unit_test(
			test_a_process_that_is_not_dumpable_cannot_look),
	};
	enum { LINES = ARRAY_SIZE(line_cases) };
	struct CMUnitTest lines[LINES + ARRAY_SIZE(queue_cases)];
	int failed;

	for (size_t i = 0; i < LINES; i++)
		lines[i] = (struct CMUnitTest){ line_cases[i].name, test_line,
						NULL, NULL, &line_cases[i] };
	for (size_t i = 0; i < ARRAY_SIZE(queue_cases); i++)
		lines[LINES + i] =
			(struct CMUnitTest){ queue_cases[i].name, test_queue,
					     NULL, NULL, &queue_cases[i] };
	failed = cmocka_run_group_tests_name("lines", lines, NULL, NULL);
	return cmocka_run_group_tests_name("blocked", rest, NULL, NULL) ||
	       failed;
}
