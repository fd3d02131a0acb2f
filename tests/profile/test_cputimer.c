/* cputimer: a thread's CPU time has signals sent to that thread. */

#include "core/logging.h"

#include "core/clock.h"
#include "core/cost.h"
#include "profile/cputimer.h"

#include <pthread.h>
#include <signal.h>
#include <sys/resource.h>

#define SIGNAL	 SIGUSR1
#define VALUE	 UINT64_C(0x123456789abcdef0)
#define INTERVAL (MP_NS_PER_S / 1000)

static _Atomic unsigned calls, wrong;
static _Atomic int thread_wanted;

static void note(int sig, siginfo_t *info, void *ucontext)
{
	(void)ucontext;
	if (sig != SIGNAL || info->si_code != SI_TIMER ||
	    (uint64_t)(uintptr_t)info->si_value.sival_ptr != VALUE ||
	    gettid() != atomic_load(&thread_wanted))
		atomic_fetch_add(&wrong, 1);
	atomic_fetch_add(&calls, 1);
}

static int install(void **state)
{
	struct sigaction sa = { .sa_sigaction = note, .sa_flags = SA_SIGINFO };

	(void)state;
	return sigaction(SIGNAL, &sa, NULL);
}

/* Run for this much CPU time, however long that takes. */
static void burn(int64_t ns)
{
	int64_t end = mp_cost_clock_ns() + ns;

	while (mp_cost_clock_ns() < end)
		;
}

static void start(int *ret)
{
	atomic_store(&thread_wanted, gettid());
	MUST(!mp_cputimer_start(SIGNAL, VALUE, INTERVAL, ret));
}

/* At ticks alone: a kernel of 100 Hz has one in 10 ms. */
static void be_met(void *arg)
{
	unsigned before = atomic_load(&calls);
	int timer;

	(void)arg;
	start(&timer);
	while (atomic_load(&calls) < before + 3)
		burn(INTERVAL);
	MUST(atomic_load(&wrong) == 0);
	mp_cputimer_stop(timer);

	/* One may be on its way. */
	before = atomic_load(&calls);
	burn(100 * INTERVAL);
	MUST(atomic_load(&calls) <= before + 1);
}

static void test_a_running_thread_is_met_until_it_stops(void **state)
{
	(void)state;
	in_child(be_met, NULL);
}

static void *hold_its_own_up(void *arg)
{
	sigset_t set, pending;
	int timer;

	sigemptyset(&set);
	sigaddset(&set, SIGNAL);
	MUST(!pthread_sigmask(SIG_BLOCK, &set, NULL));
	start(&timer);
	do {
		burn(INTERVAL);
		MUST(!sigpending(&pending));
		MUST(atomic_load(&calls) == 0);
	} while (!sigismember(&pending, SIGNAL));
	mp_cputimer_stop(timer);
	return arg;
}

/* The other one would take it, if it might. */
static void only_the_thread(void *arg)
{
	pthread_t thread;

	(void)arg;
	MUST(!pthread_create(&thread, NULL, hold_its_own_up, NULL));
	MUST(!pthread_join(thread, NULL));
	MUST(atomic_load(&calls) == 0);
}

static void test_no_other_thread_is_met(void **state)
{
	(void)state;
	in_child(only_the_thread, NULL);
}

static int left_behind;

static void *leave_one(void *arg)
{
	start(&left_behind);
	return arg;
}

static void stop_anothers(void *arg)
{
	pthread_t thread;

	(void)arg;
	MUST(!pthread_create(&thread, NULL, leave_one, NULL));
	MUST(!pthread_join(thread, NULL));
	mp_cputimer_stop(left_behind);
}

static void test_one_of_a_thread_that_has_ended_is_stopped(void **state)
{
	(void)state;
	in_child(stop_anothers, NULL);
}

static void reach_the_limit(void *arg)
{
	struct rlimit none = { 0, 0 };
	int timer = -7;

	(void)arg;
	MUST(!setrlimit(RLIMIT_SIGPENDING, &none));
	MUST(mp_cputimer_start(SIGNAL, VALUE, INTERVAL, &timer) == -EAGAIN);
	MUST(timer == -7);
}

static void test_there_may_be_none(void **state)
{
	(void)state;
	in_child(reach_the_limit, NULL);
}

/* How many timers this process has; or -1. */
static int count_timers(void)
{
	FILE *f = fopen("/proc/self/timers", "r");
	char line[256];
	int n = 0;

	if (!f)
		return -1;
	while (fgets(line, sizeof(line), f))
		n += !strncmp(line, "ID:", 3);
	fclose(f);
	return n;
}

static void test_a_failure_leaves_nothing_behind(void **state)
{
	int before = count_timers(), timer = -7;

	(void)state;
	assert_int_equal(mp_cputimer_start(-1, VALUE, INTERVAL, &timer),
			 -EINVAL);
	assert_int_equal(mp_cputimer_start(SIGNAL, VALUE, -1, &timer), -EINVAL);
	assert_int_equal(timer, -7);
	assert_int_equal(count_timers(), before);
}

static void test_starting_and_stopping_leaves_nothing_behind(void **state)
{
	int before = count_timers(), timer;

	(void)state;
	atomic_store(&thread_wanted, gettid());
	assert_int_equal(mp_cputimer_start(SIGNAL, VALUE, INTERVAL, &timer), 0);
	if (before >= 0)
		assert_int_equal(count_timers(), before + 1);
	mp_cputimer_stop(timer);
	assert_int_equal(count_timers(), before);
}

/* From 1,000 Hz down to 100 Hz. */
static void test_a_tick_is_one_of_linux(void **state)
{
	int64_t tick_ns = mp_cputimer_tick_ns();

	(void)state;
	assert_in_range(tick_ns, 999000, 10001000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_running_thread_is_met_until_it_stops),
		cmocka_unit_test(test_no_other_thread_is_met),
		cmocka_unit_test(
			test_one_of_a_thread_that_has_ended_is_stopped),
		cmocka_unit_test(test_there_may_be_none),
		cmocka_unit_test(test_a_failure_leaves_nothing_behind),
		cmocka_unit_test(
			test_starting_and_stopping_leaves_nothing_behind),
		cmocka_unit_test(test_a_tick_is_one_of_linux),
	};

	return cmocka_run_group_tests_name("cputimer", tests, install, NULL);
}
