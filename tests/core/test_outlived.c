/* outlived: recorders of processes that were killed, that became another
   program, or that forked. */

#include "recorded.h"

#include <signal.h>
#include <spawn.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

static uint64_t logged_so_far(void)
{
	struct mp_recorder h = header();

	return h.counts.logged;
}

/* ---- being killed ---- */

static void die_with_one_in_flight(void)
{
	struct memprof_request r = { 0 }, done = { 0 };

	memprof_begin(mp, &done, "done");
	memprof_end(&done, NULL);
	memprof_begin(mp, &r, "guilty");
	raise(SIGKILL);
}

static void test_a_killed_ones_shows_what_was_in_flight(void **state)
{
	struct mp_recorder_slot slot;
	int status, found = -1, n = 0;
	struct mp_recorder h;
	pid_t pid;

	(void)state;
	pid = fork();
	if (pid == 0)
		die_with_one_in_flight();
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFSIGNALED(status));
	found = open_recorder(pid);
	assert_true(found >= 0);
	assert_int_equal(pread(found, &h, sizeof(h), 0), sizeof(h));
	assert_int_equal(h.counts.logged, 1);
	assert_int_equal(h.pid, pid);
	for (uint32_t i = 0; i < h.slot_count; i++) {
		if (!(h.taken[i / 64] >> i % 64 & 1))
			continue;
		slot = slot_at(found, i);
		assert_int_equal(mp_recorder_state(slot.word),
				 MP_RECORDER_IN_FLIGHT);
		assert_true(is_named(&slot, "guilty"));
		n++;
	}
	assert_int_equal(n, 1);
	close(found);
	/* Nor is the parent's disturbed. */
	assert_int_equal(count_taken(), 0);
	assert_int_equal(logged_so_far(), 0);
	remove_recorder(pid);
}

/* The pipe is closed by execve(2). */
static void become_another_program(void)
{
	struct memprof_request r = { 0 };

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	memprof_begin(mp, &r, "guilty");
	execlp("sleep", "sleep", "1000", NULL);
	_exit(1);
}

static void test_what_was_before_another_program_is_recovered(void **state)
{
	struct memprof *next = NULL;
	int gone[2];
	pid_t pid;
	char c;

	(void)state;
	assert_int_equal(pipe2(gone, O_CLOEXEC), 0);
	pid = fork();
	if (pid == 0)
		become_another_program();
	close(gone[1]);
	assert_int_equal(read(gone[0], &c, 1), 0);
	close(gone[0]);
	assert_int_equal(kill(pid, 0), 0);
	assert_int_equal(count_recorders(), 2);
	assert_int_equal(memprof_open("c.conf", &next), 0);
	assert_int_equal(memprof_close(next), 0);
	assert_int_equal(count_recorders(), 1);
	assert_int_equal(count_logged("guilty"), 1);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

/* ---- threads and forks ---- */

static _Atomic bool stop;

static void *serve_on(void *arg)
{
	struct memprof_request r = { 0 };

	(void)arg;
	for (unsigned i = 0; !stop; i++) {
		memprof_begin(mp, &r, "page");
		if (i % 3 == 0)
			memprof_detach(&r);
		if (i % 5 == 0)
			memprof_cancel(&r);
		else
			memprof_end(&r, NULL);
	}
	return NULL;
}

static int serve_some(void *arg)
{
	struct memprof_request r = { 0 };
	struct memprof_stats s;

	(void)arg;
	alarm(60);
	for (int i = 0; i < 10; i++) {
		memprof_begin(mp, &r, "child's");
		memprof_end(&r, NULL);
	}
	s = stats_of(mp);
	CHILD_CHECK(s.logged == 10 && s.begun == 10 && is_balanced(&s));
	CHILD_CHECK(s.recorder == MEMPROF_RECORDER_ON);
	CHILD_CHECK(mp->recorder->taken[0] == 0);
	CHILD_CHECK(memprof_close(mp) == 0);
	return 0;
}

/* Without fork(3) and whatever it calls. */
static void test_a_child_by_the_system_call_alone(void **state)
{
	int status;
	pid_t pid;

	(void)state;
	pid = (pid_t)syscall(SYS_clone, SIGCHLD, NULL, NULL, NULL, NULL);
	if (pid == 0)
		_exit(serve_some(NULL));
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	assert_int_equal(logged_so_far(), 0);
	assert_int_equal(count_recorders(), 1);
}

/* Exits with 0 where its parent holds the lock. */
static int ask_for_lock(void *arg)
{
	struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET };

	(void)arg;
	CHILD_CHECK(!fcntl(fd, F_GETLK, &lock));
	CHILD_CHECK(lock.l_type == F_WRLCK && lock.l_pid == getppid());
	return 0;
}

static void test_children_that_are_no_forks_leave_it_alone(void **state)
{
	struct memprof_request r = { 0 };
	char name[] = "true";
	char *args[] = { name, NULL };
	int status;
	pid_t pid;

	(void)state;
	memprof_begin(mp, &r, "page");
	assert_int_equal(posix_spawnp(&pid, "true", NULL, NULL, args, environ),
			 0);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	pid = vfork();
	if (pid == 0)
		_exit(0);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(in_child(ask_for_lock, NULL), 0);
	assert_int_equal(state_of(&r), MP_RECORDER_IN_FLIGHT);
	memprof_end(&r, NULL);
	assert_int_equal(logged_so_far(), 1);
}

static void test_it_balances_under_threads_and_forks(void **state)
{
	pthread_t threads[4];
	struct memprof_stats s;

	(void)state;
	stop = false;
	for (int i = 0; i < 4; i++)
		assert_int_equal(
			pthread_create(&threads[i], NULL, serve_on, NULL), 0);
	for (int i = 0; i < 30; i++)
		assert_int_equal(in_child(serve_some, NULL), 0);
	stop = true;
	for (int i = 0; i < 4; i++)
		pthread_join(threads[i], NULL);
	s = stats_of(mp);
	assert_true(is_balanced(&s));
	assert_int_equal(s.in_flight, 0);
	assert_int_equal(s.slotless, 0);
	assert_int_equal(count_taken(), 0);
	assert_int_equal(count_recorders(), 1);
	assert_int_equal(count_logged("page"), s.logged);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RECORDED_TEST(test_a_killed_ones_shows_what_was_in_flight),
		RECORDED_TEST(
			test_what_was_before_another_program_is_recovered),
		RECORDED_TEST(test_a_child_by_the_system_call_alone),
		RECORDED_TEST(test_children_that_are_no_forks_leave_it_alone),
		RECORDED_TEST(test_it_balances_under_threads_and_forks),
	};

	return cmocka_run_group_tests_name("outlived", tests, enter_shm,
					   leave_shm);
}
