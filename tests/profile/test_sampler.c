/* sampler: where threads wait is seen, and they never notice. */

#include "test.h"

#include "core/process.h"
#include "profile/blocked.h"
#include "profile/watched.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <signal.h>
#include <string.h>
#include <time.h>

/* ---- what is seen ---- */

static struct chain chains[] = { CHAIN(framed), CHAIN(bare) };

static int poll_nothing(void *arg)
{
	(void)arg;
	return poll(NULL, 0, 20);
}

static struct timespec soon(void)
{
	struct timespec t;

	clock_gettime(CLOCK_REALTIME, &t);
	t.tv_nsec += 20000000;
	t.tv_sec += t.tv_nsec / MP_NS_PER_S;
	t.tv_nsec %= MP_NS_PER_S;
	return t;
}

static int wait_for_a_lock(void *arg)
{
	pthread_mutex_t held = PTHREAD_MUTEX_INITIALIZER;
	struct timespec until = soon();

	(void)arg;
	pthread_mutex_lock(&held);
	assert_int_equal(pthread_mutex_timedlock(&held, &until), ETIMEDOUT);
	pthread_mutex_unlock(&held);
	return 0;
}

static int wait_for_a_condition(void *arg)
{
	pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
	pthread_cond_t never = PTHREAD_COND_INITIALIZER;
	struct timespec until = soon();

	(void)arg;
	pthread_mutex_lock(&lock);
	assert_int_equal(pthread_cond_timedwait(&never, &lock, &until),
			 ETIMEDOUT);
	pthread_mutex_unlock(&lock);
	return 0;
}

static int wait_for_a_semaphore(void *arg)
{
	struct timespec until = soon();
	sem_t never;

	(void)arg;
	sem_init(&never, 0, 0);
	assert_int_equal(sem_timedwait(&never, &until), -1);
	sem_destroy(&never);
	return 0;
}

static int wait_in_a_deep_frame(void *arg)
{
	char frame[50000];
	int ret;

	/* Whatever calls before this left there looks like frames. */
	explicit_bzero(frame, sizeof(frame));
	ret = sleep_nanos(arg);
	explicit_bzero(frame, 1);
	return ret;
}

static struct wait_case {
	const char *name;
	int (*wait)(void *);
} wait_cases[] = {
	{ "clock_nanosleep", sleep_nanos },
	{ "poll", poll_nothing },
	{ "pthread_mutex_timedlock", wait_for_a_lock },
	{ "pthread_cond_timedwait", wait_for_a_condition },
	{ "sem_timedwait", wait_for_a_semaphore },
	{ "below 50 kB of stack", wait_in_a_deep_frame },
};

static void check_chain(const struct chain_test *t)
{
	assert_true(t->samples >= 10);
	assert_int_equal(t->right, t->samples);
	/* TSan's thread-locals lie above the stack's root: too far to copy. */
	if (!under("thread"))
		assert_int_equal(t->cut, 0);
}

static void test_chain(void **state)
{
	pthread_t thread;

	assert_int_equal(pthread_create(&thread, NULL, wait_in_a_chain, *state),
			 0);
	pthread_join(thread, NULL);
	check_chain(*state);
}

static void test_the_main_thread_is_seen_as_others(void **state)
{
	struct chain_test t = { .chain = &chains[1], .wait = sleep_nanos };

	(void)state;
	wait_in_a_chain(&t);
	check_chain(&t);
}

static void test_of_a_stack_elsewhere_only_the_leaf_is_told(void **state)
{
	struct mp_stack_bounds nowhere = { 4096, 8192 };
	struct mp_fold *fold = new_fold();
	uint64_t name = 0, samples = 0;
	struct mp_sampler_told told;

	(void)state;
	for (int round = 0; !samples && round < 3000; round++) {
		assert_int_equal(mp_sampler_watch(fold, nowhere, FAST, &name),
				 0);
		nap(NULL);
		assert_true(mp_sampler_leave(name, &told));
		sum(fold, &samples);
	}
	assert_true(samples > 0);
	assert_int_equal(fold->cut, samples);
	for
		EACH_BLOCKED(s, fold)
	assert_int_equal(s->depth, 1);
	free_fold(fold);
}

static void test_what_is_told_is_what_was_added_and_no_more(void **state)
{
	struct mp_fold *fold = new_fold();
	int64_t wall_ns = -mp_clock_mono_ns();
	int64_t cpu_ns = -mp_blocked_cpu_ns(gettid());
	struct mp_sampler_told told;
	uint64_t name = watch(fold), samples;

	(void)state;
	for (int i = 0; i < 10; i++)
		nap(NULL);
	assert_true(mp_sampler_leave(name, &told));
	cpu_ns += mp_blocked_cpu_ns(gettid());
	wall_ns += mp_clock_mono_ns();
	assert_int_equal(sum(fold, &samples), told.blocked_ns);
	assert_true(samples <= told.looks);
	assert_true(told.blocked_ns <= wall_ns - cpu_ns);
	/* Once more is wrong, and does no harm. */
	assert_false(mp_sampler_leave(name, &told));
	assert_int_equal(told.looks, 0);
	assert_false(mp_sampler_leave(0, &told));
	free_fold(fold);
}

/* Once in a millisecond, whatever is asked for. */
static void test_looks_are_not_without_bound(void **state)
{
	struct mp_fold *fold = new_fold();
	int64_t begin_ns = mp_clock_mono_ns(), ms;
	struct mp_stack_bounds bounds;
	struct mp_sampler_told told;
	uint64_t name;

	(void)state;
	assert_int_equal(mp_unwind_bounds(&bounds), 0);
	assert_int_equal(mp_sampler_watch(fold, bounds, 1, &name), 0);
	for (int i = 0; i < 4; i++)
		nap(NULL);
	assert_true(mp_sampler_leave(name, &told));
	ms = (mp_clock_mono_ns() - begin_ns) / FAST;
	assert_true((int64_t)(told.looks + told.moved) <= ms + 2);
	free_fold(fold);
}

static void test_after_leave_the_fold_is_left_alone(void **state)
{
	struct mp_fold *fold = new_fold(), *other = new_fold();
	struct mp_sampler_told told;
	uint64_t one, next, samples;

	(void)state;
	one = watch(fold);
	nap(NULL);
	assert_true(mp_sampler_leave(one, &told));
	mp_fold_reset(fold);
	next = watch(other);
	assert_int_equal(one % MP_SAMPLER_WATCHES, next % MP_SAMPLER_WATCHES);
	for (int i = 0; i < 4; i++)
		nap(NULL);
	assert_int_equal(sum(fold, &samples), 0);
	assert_int_equal(samples, 0);
	assert_false(mp_sampler_leave(one, &told));
	assert_true(mp_sampler_leave(next, &told));
	free_fold(fold);
	free_fold(other);
}

/* It shares a CPU with one that never waits, so it is often ready to run and
   does not. */
static void *run_for_ever(void *arg)
{
	const _Atomic bool *over = arg;

	while (!*over)
		;
	return NULL;
}

static void burn(int64_t ns)
{
	int64_t until_ns = mp_blocked_cpu_ns(gettid()) + ns;

	while (mp_blocked_cpu_ns(gettid()) < until_ns)
		;
}

static void test_waiting_for_a_cpu_is_told_apart(void **state)
{
	struct mp_fold *fold = new_fold();
	struct mp_sampler_told told;
	_Atomic bool over = false;
	int64_t wall_ns, cpu_ns;
	const struct mp_fold_stack *s;
	cpu_set_t before, one;
	pthread_t thread;
	uint64_t name;

	(void)state;
	if (access("/proc/self/schedstat", R_OK)) {
		printf("skipped: this kernel does not count it\n");
		skip();
	}
	assert_int_equal(sched_getaffinity(0, sizeof(before), &before), 0);
	CPU_ZERO(&one);
	CPU_SET((unsigned)sched_getcpu(), &one);
	assert_int_equal(sched_setaffinity(0, sizeof(one), &one), 0);
	assert_int_equal(pthread_create(&thread, NULL, run_for_ever, &over), 0);
	name = watch(fold);
	wall_ns = -mp_clock_mono_ns();
	cpu_ns = -mp_blocked_cpu_ns(gettid());
	burn(30000000);
	cpu_ns += mp_blocked_cpu_ns(gettid());
	wall_ns += mp_clock_mono_ns();
	assert_true(mp_sampler_leave(name, &told));
	over = true;
	pthread_join(thread, NULL);
	assert_int_equal(sched_setaffinity(0, sizeof(before), &before), 0);

	/* It never blocked; half of the time at least was the other's. */
	printf("%lld us of %lld us waited for a CPU\n",
	       (long long)told.queued_ns / 1000,
	       (long long)(wall_ns - cpu_ns) / 1000);
	assert_true(wall_ns - cpu_ns > 5000000);
	assert_true(told.queued_ns > (wall_ns - cpu_ns) / 2);
	s = mp_fold_first(fold, 0);
	while (s && s->kind != MP_FOLD_QUEUED)
		s = mp_fold_next(fold, s);
	assert_non_null(s);
	assert_int_equal(s->value, told.queued_ns);
	free_fold(fold);
}

/* ---- the thread of ours ---- */

static void test_there_is_one_thread_that_takes_no_signal(void **state)
{
	struct mp_sampler_told told;
	struct mp_fold *fold = new_fold();
	uint64_t one, two, blocked = 0;
	char path[64], line[256];
	pid_t tid = 0;
	FILE *f;

	(void)state;
	/* The one of the test before may be about to end. */
	assert_true(mp_sampler_stop(SECOND * 10));
	AWAIT(count_samplers(&tid) == 0);
	one = watch(fold);
	two = watch(fold);
	/* It names itself when it first runs. */
	AWAIT(count_samplers(&tid) == 1);
	snprintf(path, sizeof(path), "/proc/self/task/%d/status", tid);
	f = fopen(path, "r");
	assert_non_null(f);
	while (fgets(line, sizeof(line), f))
		if (!strncmp(line, "SigBlk:", 7))
			blocked = strtoull(line + 7, NULL, 16);
	fclose(f);
	for (int signal = 1; signal <= SIGRTMAX; signal++)
		if (signal != SIGKILL && signal != SIGSTOP &&
		    (signal < 32 || signal >= SIGRTMIN))
			assert_true(blocked >> (signal - 1) & 1);
	assert_true(mp_sampler_leave(one, &told));
	assert_true(mp_sampler_leave(two, &told));
	free_fold(fold);
}

static void test_it_ends_when_told_and_starts_again(void **state)
{
	struct mp_fold *fold = new_fold();
	struct mp_sampler_told told;
	uint64_t name, samples = 0;
	unsigned files;
	pid_t tid;

	(void)state;
	assert_true(mp_sampler_stop(SECOND * 10));
	AWAIT(count_samplers(&tid) == 0);
	assert_true(mp_sampler_stop(0));
	files = count_files();
	for (int round = 0; !samples && round < 3000; round++) {
		name = watch(fold);
		nap(NULL);
		assert_true(mp_sampler_leave(name, &told));
		sum(fold, &samples);
	}
	assert_true(samples > 0);
	/* Two of the thread's, kept for the next time, and no longer. */
	assert_int_equal(count_files(), files + 2);
	assert_int_equal(mp_sampler_start(), 0);
	AWAIT(count_samplers(&tid) == 1);
	assert_true(mp_sampler_stop(SECOND * 10));
	AWAIT(count_samplers(&tid) == 0);
	assert_int_equal(count_files(), files);
	free_fold(fold);
}

static int set_up(void **state)
{
	(void)state;
	return mp_process_init();
}

int main(void)
{
	static const struct CMUnitTest rest[] = {
		cmocka_unit_test(test_the_main_thread_is_seen_as_others),
		cmocka_unit_test(
			test_of_a_stack_elsewhere_only_the_leaf_is_told),
		cmocka_unit_test(
			test_what_is_told_is_what_was_added_and_no_more),
		cmocka_unit_test(test_looks_are_not_without_bound),
		cmocka_unit_test(test_after_leave_the_fold_is_left_alone),
		cmocka_unit_test(test_waiting_for_a_cpu_is_told_apart),
		cmocka_unit_test(test_there_is_one_thread_that_takes_no_signal),
		cmocka_unit_test(test_it_ends_when_told_and_starts_again),
	};
	enum { CASES = ARRAY_SIZE(wait_cases) * ARRAY_SIZE(chains) };
	static struct chain_test args[CASES];
	static char names[CASES][64];
	struct CMUnitTest tests[CASES];
	int failed;

	for (size_t i = 0; i < CASES; i++) {
		const struct wait_case *c = &wait_cases[i / ARRAY_SIZE(chains)];

		args[i].chain = &chains[i % ARRAY_SIZE(chains)];
		args[i].wait = c->wait;
		snprintf(names[i], sizeof(names[i]), "%s, %s", c->name,
			 args[i].chain->name);
		tests[i] = (struct CMUnitTest){ names[i], test_chain, NULL,
						NULL, &args[i] };
	}
	failed = cmocka_run_group_tests_name("chains", tests, set_up, NULL);
	return failed +
	       cmocka_run_group_tests_name("sampler", rest, NULL, NULL);
}
