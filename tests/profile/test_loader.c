/* loader: forks and those who ask for what is loaded keep out of each other's
   way, and nobody waits for ever. */

#include "test.h"

#include "core/clock.h"
#include "profile/loader.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <sys/wait.h>
#include <unistd.h>

static int count_one(struct dl_phdr_info *info, size_t size, void *ret)
{
	(void)size;
	assert_non_null(info->dlpi_phdr);
	++*(int *)ret;
	return 0;
}

static int stop_at_first(struct dl_phdr_info *info, size_t size, void *ret)
{
	count_one(info, size, ret);
	return 7;
}

static void test_it_tells_what_the_linker_tells(void **state)
{
	int ours = 0, linkers = 0, one = 0;

	(void)state;
	assert_int_equal(mp_loader_iterate(count_one, &ours), 0);
	dl_iterate_phdr(count_one, &linkers);
	assert_int_equal(ours, linkers);
	assert_true(ours > 1);
	assert_int_equal(mp_loader_iterate(stop_at_first, &one), 7);
	assert_int_equal(one, 1);
}

/* Fork, and let the child ask; it must not hang. */
static void fork_one(void)
{
	int status, n = 0;
	pid_t child = fork();

	if (!child) {
		alarm(30);
		_exit(mp_loader_iterate(stop_at_first, &n) != 7);
	}
	if (child < 0 || waitpid(child, &status, 0) != child || status)
		_exit(9);
}

static _Atomic bool is_in, is_out, stop;

static int stay(struct dl_phdr_info *info, size_t size, void *data)
{
	int64_t until = mp_clock_mono_ns() + 50000000;

	(void)info;
	(void)size;
	(void)data;
	atomic_store(&is_in, true);
	while (mp_clock_mono_ns() < until)
		sched_yield();
	atomic_store(&is_out, true);
	return 1;
}

/* One that is over but not joined would be a leak to a sanitizer's eye, in the
   child. */
static void *stay_in(void *data)
{
	mp_loader_iterate(stay, data);
	while (!atomic_load(&stop))
		sched_yield();
	return NULL;
}

static void test_a_fork_waits_for_who_is_inside(void **state)
{
	pthread_t thread;

	(void)state;
	assert_int_equal(pthread_create(&thread, NULL, stay_in, NULL), 0);
	while (!atomic_load(&is_in))
		sched_yield();
	fork_one();
	assert_true(atomic_load(&is_out));
	atomic_store(&stop, true);
	assert_int_equal(pthread_join(thread, NULL), 0);
	atomic_store(&stop, false);
}

static int fork_inside(struct dl_phdr_info *info, size_t size, void *ret)
{
	pid_t child = fork();
	int status = 0;

	(void)info;
	(void)size;
	if (!child)
		_exit(0);
	waitpid(child, &status, 0);
	*(int *)ret = status;
	return 1;
}

/* A second would be its patience. */
static void test_who_forks_inside_does_not_wait_for_itself(void **state)
{
	int64_t before = mp_clock_mono_ns();
	int status = 1;

	(void)state;
	for (int i = 0; i < 20; i++)
		mp_loader_iterate(fork_inside, &status);
	assert_int_equal(status, 0);
	assert_true(mp_clock_mono_ns() - before < 15 * MP_NS_PER_S);
	fork_one();
}

static bool asks;
static int asked;

/* A host that has its other thread do something before it forks. */
static bool waits;
static _Atomic bool may_ask, has_asked;

static void wait_for(_Atomic bool *flag)
{
	int64_t until = mp_clock_mono_ns() + 20 * MP_NS_PER_S;

	while (!atomic_load(flag) && mp_clock_mono_ns() < until)
		sched_yield();
}

static void ask(void)
{
	if (asks)
		mp_loader_iterate(stop_at_first, &asked);
	atomic_store(&may_ask, waits);
	if (waits)
		wait_for(&has_asked);
}

/* Handlers before a fork run in the reverse of their order: this one runs when
   ours has. */
static void __attribute__((constructor)) ask_before_forks(void)
{
	pthread_atfork(ask, NULL, NULL);
}

static void test_who_asks_while_it_forks_does_not_wait_for_itself(void **state)
{
	int64_t before = mp_clock_mono_ns();

	(void)state;
	asks = true;
	for (int i = 0; i < 20; i++)
		fork_one();
	asks = false;
	assert_int_equal(asked, 20);
	assert_true(mp_clock_mono_ns() - before < 15 * MP_NS_PER_S);
}

static void *ask_when_told(void *data)
{
	int n = 0;

	wait_for(&may_ask);
	mp_loader_iterate(stop_at_first, &n);
	atomic_store(&has_asked, true);
	return data;
}

static void test_a_fork_that_waits_for_who_asks_goes_on(void **state)
{
	int64_t before = mp_clock_mono_ns();
	pthread_t thread;
	int status;
	pid_t child;

	(void)state;
	waits = true;
	assert_int_equal(pthread_create(&thread, NULL, ask_when_told, NULL), 0);
	child = fork();
	if (!child)
		_exit(0);
	waits = false;
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(pthread_join(thread, NULL), 0);
	assert_true(mp_clock_mono_ns() - before < 15 * MP_NS_PER_S);
}

static _Atomic bool forked;

static int stay_until_forked(struct dl_phdr_info *info, size_t size, void *data)
{
	(void)info;
	(void)size;
	(void)data;
	atomic_store(&is_in, true);
	wait_for(&forked);
	return 1;
}

static void *stay_long(void *data)
{
	mp_loader_iterate(stay_until_forked, data);
	return data;
}

static void test_a_fork_does_not_wait_for_ever(void **state)
{
	int64_t before = mp_clock_mono_ns();
	pthread_t thread;
	int status;
	pid_t child;

	(void)state;
	atomic_store(&is_in, false);
	assert_int_equal(pthread_create(&thread, NULL, stay_long, NULL), 0);
	wait_for(&is_in);
	child = fork();
	if (!child)
		_exit(0);
	atomic_store(&forked, true);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(pthread_join(thread, NULL), 0);
	assert_true(mp_clock_mono_ns() - before < 15 * MP_NS_PER_S);
}

static void *ask_always(void *data)
{
	while (!atomic_load(&stop)) {
		int n = 0;

		mp_loader_iterate(count_one, &n);
	}
	return data;
}

static void *fork_some(void *data)
{
	for (int i = 0; i < 30; i++)
		fork_one();
	return data;
}

static void test_many_ask_and_many_fork(void **state)
{
	pthread_t askers[2], forkers[3];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(askers); i++)
		assert_int_equal(
			pthread_create(&askers[i], NULL, ask_always, NULL), 0);
	for (size_t i = 0; i < ARRAY_SIZE(forkers); i++)
		assert_int_equal(
			pthread_create(&forkers[i], NULL, fork_some, NULL), 0);
	for (size_t i = 0; i < ARRAY_SIZE(forkers); i++)
		assert_int_equal(pthread_join(forkers[i], NULL), 0);
	atomic_store(&stop, true);
	for (size_t i = 0; i < ARRAY_SIZE(askers); i++)
		assert_int_equal(pthread_join(askers[i], NULL), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_it_tells_what_the_linker_tells),
		cmocka_unit_test(test_a_fork_waits_for_who_is_inside),
		cmocka_unit_test(
			test_who_forks_inside_does_not_wait_for_itself),
		cmocka_unit_test(
			test_who_asks_while_it_forks_does_not_wait_for_itself),
		cmocka_unit_test(test_a_fork_that_waits_for_who_asks_goes_on),
		cmocka_unit_test(test_a_fork_does_not_wait_for_ever),
		cmocka_unit_test(test_many_ask_and_many_fork),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
