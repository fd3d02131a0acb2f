/* sampler: what fails, threads that end while they are watched, and children. */

#include "test.h"

#include "core/process.h"
#include "profile/slowcopy.h"
#include "profile/watched.h"

#include <errno.h>
#include <pthread.h>
#include <sys/prctl.h>

/* ---- what fails ---- */

static const char *failing;

/* clang's run-time of the thread sanitizer calls what stands in for pthread's
   functions before it is ready for code that it watches. */
#ifdef __clang__
#define UNWATCHED __attribute__((disable_sanitizer_instrumentation))
#else
#define UNWATCHED
#endif

UNWATCHED static bool fails(const char *name)
{
	return failing && !strcmp(failing, name);
}

int __real_pthread_create(pthread_t *ret, const pthread_attr_t *attr,
			  void *(*run)(void *), void *arg);
int __wrap_pthread_create(pthread_t *ret, const pthread_attr_t *attr,
			  void *(*run)(void *), void *arg);
UNWATCHED int __wrap_pthread_create(pthread_t *ret, const pthread_attr_t *attr,
				    void *(*run)(void *), void *arg)
{
	return fails("pthread_create")
		       ? EAGAIN
		       : __real_pthread_create(ret, attr, run, arg);
}

int __real_pthread_key_create(pthread_key_t *ret, void (*end)(void *));
int __wrap_pthread_key_create(pthread_key_t *ret, void (*end)(void *));
UNWATCHED int __wrap_pthread_key_create(pthread_key_t *ret, void (*end)(void *))
{
	return fails("pthread_key_create")
		       ? EAGAIN
		       : __real_pthread_key_create(ret, end);
}

int __real_pthread_setspecific(pthread_key_t key, const void *value);
int __wrap_pthread_setspecific(pthread_key_t key, const void *value);
UNWATCHED int __wrap_pthread_setspecific(pthread_key_t key, const void *value)
{
	return fails("pthread_setspecific")
		       ? ENOMEM
		       : __real_pthread_setspecific(key, value);
}

static int watch_fails(void *arg)
{
	struct mp_fold *fold = new_fold();
	unsigned tasks = count_tasks();
	uint64_t name = 7;
	int err;

	failing = arg;
	err = try_watch(fold, &name);
	if (name != 7 || count_tasks() != tasks)
		return 255;
	failing = NULL;
	/* The next one may have more luck; TSan ends children that start
	   threads. */
	if (!strcmp(arg, "pthread_create") && !under("thread") &&
	    (try_watch(fold, &name) || count_tasks() != tasks + 1))
		return 254;
	return -err;
}

static void test_what_fails_is_told_and_harms_nobody(void **state)
{
	static char create[] = "pthread_create", key[] = "pthread_key_create";

	(void)state;
	assert_int_equal(in_a_child(watch_fails, create), EAGAIN);
	assert_int_equal(in_a_child(watch_fails, key), EAGAIN);
}

/* Not dumpable, as after setuid. */
static int watch_without_leave_to(void *arg)
{
	struct mp_fold *fold = new_fold();
	const struct mp_fold_stack *s;
	struct mp_sampler_told told;
	uint64_t name = 0, samples = 0;

	(void)arg;
	if (getuid() == 0 && (setgid(65534) || setuid(65534)))
		return 255;
	prctl(PR_SET_DUMPABLE, 0);
	for (int round = 0; !samples && round < 3000; round++) {
		if (try_watch(fold, &name))
			return 254;
		nap(NULL);
		mp_sampler_leave(name, &told);
		sum(fold, &samples);
	}
	s = blocked_from(fold, mp_fold_first(fold, 0));
	if (!s || s->depth || blocked_from(fold, mp_fold_next(fold, s)))
		return 253;
	return -told.err;
}

static void test_who_may_not_look_tells_the_time_alone(void **state)
{
	(void)state;
	assert_int_equal(in_a_child(watch_without_leave_to, NULL), EACCES);
}

static void test_more_threads_than_can_be_are_told_so(void **state)
{
	struct mp_fold *fold = new_fold();
	uint64_t names[MP_SAMPLER_WATCHES], one = 7;
	struct mp_sampler_told told;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		names[i] = watch(fold);
	assert_int_equal(try_watch(fold, &one), -EBUSY);
	assert_int_equal(one, 7);
	assert_true(mp_sampler_leave(names[20], &told));
	one = watch(fold);
	assert_true(one != names[20]);
	names[20] = one;
	failing = "pthread_setspecific";
	assert_int_equal(try_watch(fold, &one), -ENOMEM);
	failing = NULL;
	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		assert_true(mp_sampler_leave(names[i], &told));
	free_fold(fold);
}

/* ---- threads that end ---- */

static void *end_without_leave(void *arg)
{
	struct mp_fold *fold = *(struct mp_fold **)arg;

	*(uint64_t *)arg = watch(fold);
	nap(NULL);
	return NULL;
}

static void test_a_thread_that_ends_is_watched_no_more(void **state)
{
	union {
		struct mp_fold *fold;
		uint64_t name;
	} u = { .fold = new_fold() };
	struct mp_fold *fold = u.fold;
	struct mp_sampler_told told = { .looks = 7 };
	uint64_t before, after;
	pthread_t thread;

	(void)state;
	assert_int_equal(pthread_create(&thread, NULL, end_without_leave, &u),
			 0);
	pthread_join(thread, NULL);
	sum(fold, &before);
	for (int i = 0; i < 4; i++)
		nap(NULL);
	assert_false(mp_sampler_leave(u.name, &told));
	assert_int_equal(told.looks, 0);
	sum(fold, &after);
	assert_int_equal(before, after);
	free_fold(fold);
}

/* Threads whose stacks are gone as soon as they have ended: whoever reads one
   too late dies. */
struct mortal {
	pthread_t thread;
	struct mp_fold *fold;
	unsigned number;
	bool leaves;
	void *stack;
};

#define MORTAL_STACK (2 << 20) /* sanitizers need much */

static void *live_for_a_moment(void *arg)
{
	struct mortal *m = arg;
	struct timespec time = { 0, m->number % 7 * 300000 };
	struct mp_sampler_told told;
	uint64_t name;

	/* Some place may still be taken by one that ended just now. */
	if (try_watch(m->fold, &name))
		return NULL;
	nanosleep(&time, NULL);
	if (m->leaves)
		assert_true(mp_sampler_leave(name, &told));
	return NULL;
}

static void start_mortal(struct mortal *m)
{
	pthread_attr_t attr;

	m->stack = mmap(NULL, MORTAL_STACK, PROT_READ | PROT_WRITE,
			MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	assert_true(m->stack != MAP_FAILED);
	m->leaves = m->number % 3 == 0;
	pthread_attr_init(&attr);
	assert_int_equal(pthread_attr_setstack(&attr, m->stack, MORTAL_STACK),
			 0);
	assert_int_equal(
		pthread_create(&m->thread, &attr, live_for_a_moment, m), 0);
	pthread_attr_destroy(&attr);
}

static void end_mortal(struct mortal *m)
{
	pthread_join(m->thread, NULL);
	munmap(m->stack, MORTAL_STACK);
}

static void test_stacks_are_not_read_when_they_are_gone(void **state)
{
	const char *seconds = getenv("MEMPROF_TEST_SECONDS");
	int64_t until_ns =
		mp_clock_mono_ns() + (seconds ? atoi(seconds) : 1) * SECOND;
	struct mp_fold *fold = new_fold();
	struct mortal m[8];
	unsigned number = 0;
	uint64_t samples;

	(void)state;
	copy_takes_ns = 200000;
	for (size_t i = 0; i < ARRAY_SIZE(m); i++) {
		m[i] = (struct mortal){ .fold = fold, .number = number++ };
		start_mortal(&m[i]);
	}
	while (mp_clock_mono_ns() < until_ns || number < 200) {
		struct mortal *one = &m[number % ARRAY_SIZE(m)];

		end_mortal(one);
		one->number = number++;
		start_mortal(one);
	}
	for (size_t i = 0; i < ARRAY_SIZE(m); i++)
		end_mortal(&m[i]);
	copy_takes_ns = 0;
	sum(fold, &samples);
	printf("%u threads came and went, %llu stacks\n", number,
	       (unsigned long long)samples);
	assert_true(samples > 0);
	free_fold(fold);
}

/* ---- children ---- */

struct heir {
	struct mp_fold *fold;
	uint64_t name; /* a watch of the parent's */
	unsigned files;
};

static int be_an_heir(void *arg)
{
	struct heir *h = arg;
	struct chain chain = CHAIN(bare);
	struct chain_test t = { .chain = &chain, .wait = sleep_nanos };
	struct mp_sampler_told told;

	copy_takes_ns = 0;
	mp_process_renew();
	mp_sampler_renew();
	mp_process_renewed();
	if (count_tasks() != 1 || count_files() >= h->files)
		return 1;
	if (mp_sampler_leave(h->name, &told) || count_tasks() != 1)
		return 2;
	wait_in_a_chain(&t);
	if (t.samples < 10 || t.right != t.samples)
		return 3;
	return count_tasks() == 2 ? 0 : 4;
}

static void exit_at_once(void *arg)
{
	(void)arg;
	_exit(0);
}

/* Its parent's watch may be locked for ever here.  Ends of threads come in the
   order of their keys, so ours is over when it exits. */
static int end_in_a_child(void *arg)
{
	pthread_key_t last;

	if (pthread_key_create(&last, exit_at_once) ||
	    pthread_setspecific(last, arg))
		return 1;
	pthread_exit(NULL);
}

static void test_a_child_has_a_sampler_when_it_wants_one(void **state)
{
	struct heir h = { .fold = new_fold() };
	struct mp_sampler_told told;
	uint64_t samples = 0;

	(void)state;
	if (under("thread")) {
		printf("skipped: TSan ends children that start threads\n");
		skip();
	}
	copy_takes_ns = 2000000;
	for (int round = 0; (round < 5 || !samples) && round < 3000; round++) {
		h.name = watch(h.fold);
		nap(NULL);
		h.files = count_files();
		assert_int_equal(in_a_child(be_an_heir, &h), 0);
		assert_true(mp_sampler_leave(h.name, &told));
		sum(h.fold, &samples);
	}
	copy_takes_ns = 0;
	assert_true(samples > 0);
	free_fold(h.fold);
}

static void test_a_child_may_end_its_thread(void **state)
{
	struct heir h = { .fold = new_fold() };
	struct mp_sampler_told told;

	(void)state;
	copy_takes_ns = 2000000;
	for (int round = 0; round < 10; round++) {
		h.name = watch(h.fold);
		nap(NULL);
		assert_int_equal(in_a_child(end_in_a_child, &h), 0);
		assert_true(mp_sampler_leave(h.name, &told));
	}
	copy_takes_ns = 0;
	free_fold(h.fold);
}

static int set_up(void **state)
{
	(void)state;
	return mp_process_init();
}

int main(void)
{
	/* In this order: the first ones start no thread in this process. */
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_what_fails_is_told_and_harms_nobody),
		cmocka_unit_test(test_who_may_not_look_tells_the_time_alone),
		cmocka_unit_test(test_more_threads_than_can_be_are_told_so),
		cmocka_unit_test(test_a_thread_that_ends_is_watched_no_more),
		cmocka_unit_test(test_stacks_are_not_read_when_they_are_gone),
		cmocka_unit_test(test_a_child_has_a_sampler_when_it_wants_one),
		cmocka_unit_test(test_a_child_may_end_its_thread),
	};

	return cmocka_run_group_tests_name("ends", tests, set_up, NULL);
}
