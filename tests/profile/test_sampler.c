/* sampler: where threads wait is seen, and they never notice. */

#include "test.h"

#include "core/clock.h"
#include "core/latch.h"
#include "core/process.h"
#include "profile/blocked.h"
#include "profile/chain.h"
#include "profile/sampler.h"
#include "profile/stackcopy.h"

#include <dirent.h>
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define FOLD_SIZE (1 << 20)
#define FAST	  MP_SAMPLER_INTERVAL_MIN
#define SECOND	  MP_NS_PER_S

static bool under(const char *sanitizer)
{
	const char *list = getenv("MEMPROF_TEST_SANITIZE");

	return list && strstr(list, sanitizer);
}

/* ---- what fails, and how often stacks are copied ---- */

static const char *failing;
static _Atomic unsigned copies;
static _Atomic int64_t copy_takes_ns;

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

bool __real_mp_stackcopy_take(uintptr_t sp, struct mp_stack_bounds bounds,
			      void *room, struct mp_stackcopy *ret);
bool __wrap_mp_stackcopy_take(uintptr_t sp, struct mp_stack_bounds bounds,
			      void *room, struct mp_stackcopy *ret);
bool __wrap_mp_stackcopy_take(uintptr_t sp, struct mp_stack_bounds bounds,
			      void *room, struct mp_stackcopy *ret)
{
	const struct timespec pause = { 0, copy_takes_ns };

	copies++;
	if (copy_takes_ns)
		nanosleep(&pause, NULL);
	return __real_mp_stackcopy_take(sp, bounds, room, ret);
}

/* What happens while the sampler looks: its readings of a stack's place, counted
   from 1 since `happens` was set, and of the CPU clock behind the copy. */
static void (*_Atomic happens)(int nth, struct mp_blocked *seen);
static _Atomic int readings;
static _Atomic uint64_t the_watch;
static _Atomic int64_t clock_goes_on_ns;

int __real_mp_blocked_read(int fd, struct mp_blocked *ret);
int __wrap_mp_blocked_read(int fd, struct mp_blocked *ret);
int __wrap_mp_blocked_read(int fd, struct mp_blocked *ret)
{
	void (*act)(int, struct mp_blocked *) = happens;
	int err = __real_mp_blocked_read(fd, ret);

	if (act && err == 1) {
		while (!the_watch)
			sched_yield();
		act(++readings, ret);
	}
	return err;
}

int64_t __real_mp_blocked_cpu_ns(pid_t tid);
int64_t __wrap_mp_blocked_cpu_ns(pid_t tid);
int64_t __wrap_mp_blocked_cpu_ns(pid_t tid)
{
	return __real_mp_blocked_cpu_ns(tid) + clock_goes_on_ns;
}

/* ---- watching ---- */

static struct mp_fold *new_fold(void)
{
	void *map = mmap(NULL, FOLD_SIZE, PROT_READ | PROT_WRITE,
			 MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	assert_true(map != MAP_FAILED);
	return mp_fold_init(map, FOLD_SIZE);
}

static void free_fold(struct mp_fold *f)
{
	munmap(f, FOLD_SIZE);
}

static int try_watch(struct mp_fold *fold, uint64_t *ret)
{
	struct mp_stack_bounds bounds;
	int err = mp_unwind_bounds(&bounds);

	return err ? err : mp_sampler_watch(fold, bounds, FAST, ret);
}

static uint64_t watch(struct mp_fold *fold)
{
	uint64_t name = 0;

	assert_int_equal(try_watch(fold, &name), 0);
	assert_true(name != 0);
	return name;
}

/* The sum of its values, and its samples. */
static int64_t sum(const struct mp_fold *fold, uint64_t *ret_samples)
{
	int64_t ns = 0;

	*ret_samples = 0;
	for (const struct mp_fold_stack *s = mp_fold_first(fold, 0); s;
	     s = mp_fold_next(fold, s)) {
		assert_int_equal(s->kind, MP_FOLD_BLOCKED);
		ns += (int64_t)s->value;
		*ret_samples += s->samples;
	}
	return ns;
}

static int nap(void *arg)
{
	const struct timespec time = { 0, 5000000 };

	(void)arg;
	return nanosleep(&time, NULL);
}

static unsigned count_tasks(void)
{
	DIR *dir = opendir("/proc/self/task");
	unsigned n = 0;

	assert_non_null(dir);
	for (const struct dirent *e; (e = readdir(dir));)
		n += e->d_name[0] != '.';
	closedir(dir);
	return n;
}

/* Threads other than this one that are called so. */
static unsigned count_samplers(pid_t *ret_tid)
{
	DIR *dir = opendir("/proc/self/task");
	unsigned n = 0;

	assert_non_null(dir);
	for (const struct dirent *e; (e = readdir(dir));) {
		char path[300], name[32] = "";
		FILE *f;

		if (e->d_name[0] == '.' || atoi(e->d_name) == gettid())
			continue;
		snprintf(path, sizeof(path), "/proc/self/task/%s/comm",
			 e->d_name);
		f = fopen(path, "r");
		if (!f)
			continue;
		if (fgets(name, sizeof(name), f) &&
		    !strcmp(name, "memprof\n")) {
			*ret_tid = atoi(e->d_name);
			n++;
		}
		fclose(f);
	}
	closedir(dir);
	return n;
}

static unsigned count_files(void)
{
	DIR *dir = opendir("/proc/self/fd");
	unsigned n = 0;

	assert_non_null(dir);
	while (readdir(dir))
		n++;
	closedir(dir);
	return n;
}

/* Until it is so; ten seconds at most. */
#define AWAIT(what)                                                    \
	do {                                                           \
		for (int tries = 0; !(what) && tries < 10000; tries++) \
			nap(NULL);                                     \
		assert_true(what);                                     \
	} while (0)

/* Fork, and return what the child returns. */
static int in_a_child(int (*run)(void *), void *arg)
{
	int status;
	pid_t pid;

	fflush(NULL);
	pid = fork();
	if (pid == 0) {
		alarm(60);
		_exit(run(arg));
	}
	assert_true(pid > 0);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

/* ---- before anything is watched ---- */

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

/* ---- what is seen ---- */

static struct chain chains[] = { CHAIN(framed), CHAIN(bare) };

static int sleep_nanos(void *arg)
{
	const struct timespec time = { 0, 20000000 };

	(void)arg;
	return clock_nanosleep(CLOCK_MONOTONIC, 0, &time, NULL);
}

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

struct chain_test {
	const struct chain *chain;
	const struct wait_case *wait;
	uint64_t samples, right, cut;
};

static void print_stack(const struct mp_fold_stack *s)
{
	printf("wrong, %llu times:", (unsigned long long)s->samples);
	for (size_t i = 0; i < s->depth; i++)
		printf(" %#lx", (unsigned long)s->pcs[i]);
	printf("\n");
}

/* Watch this thread through a chain until ten stacks were seen; a minute at
   most, mostly 20 ms. */
static void *wait_in_a_chain(void *arg)
{
	struct chain_test *t = arg;
	struct mp_fold *fold = new_fold();

	t->samples = t->right = 0;
	for (int round = 0; t->samples < 10 && round < 3000; round++) {
		struct mp_sampler_told told;
		uint64_t name = watch(fold);

		t->chain->call(t->wait->wait, NULL);
		mp_sampler_leave(name, &told);
		sum(fold, &t->samples);
	}
	for (const struct mp_fold_stack *s = mp_fold_first(fold, 0); s;
	     s = mp_fold_next(fold, s))
		if (chain_is_in(t->chain, s->pcs, s->depth))
			t->right += s->samples;
		else
			print_stack(s);
	t->cut = fold->cut;
	free_fold(fold);
	return NULL;
}

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
	struct chain_test t = { .chain = &chains[1], .wait = &wait_cases[0] };

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
	for (const struct mp_fold_stack *s = mp_fold_first(fold, 0); s;
	     s = mp_fold_next(fold, s))
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

/* ---- what happens while it looks ---- */

static struct mp_sampler_told the_told;
static _Atomic bool is_left;

static void nothing(int nth, struct mp_blocked *seen)
{
	(void)nth;
	(void)seen;
}

/* Begin a watch whose first look meets what happens. */
static struct mp_fold *watch_what(void (*act)(int nth, struct mp_blocked *seen))
{
	struct mp_fold *fold = new_fold();

	readings = 0;
	is_left = false;
	the_watch = 0;
	happens = act;
	the_watch = watch(fold);
	return fold;
}

/* Wait for so many readings, end the watch if that did not happen, and return
   how many stacks there are. */
static uint64_t stacks_after(int wanted, struct mp_fold *fold)
{
	uint64_t samples;

	AWAIT(readings >= wanted);
	if (!is_left)
		assert_true(mp_sampler_leave(the_watch, &the_told));
	happens = nothing;
	clock_goes_on_ns = 0;
	/* The look that was under way is over when the sampler is. */
	assert_true(mp_sampler_stop(SECOND * 10));
	sum(fold, &samples);
	free_fold(fold);
	return samples;
}

static void be_in_another_call(int nth, struct mp_blocked *seen)
{
	if (nth % 2 == 0)
		seen->text[0]++;
}

static void run_meanwhile(int nth, struct mp_blocked *seen)
{
	(void)seen;
	clock_goes_on_ns += nth % 2;
}

static void test_a_thread_that_ran_meanwhile_is_not_told(void **state)
{
	struct mp_fold *fold = watch_what(be_in_another_call);

	(void)state;
	assert_int_equal(stacks_after(4, fold), 0);
	assert_true(the_told.moved > 0);
	fold = watch_what(run_meanwhile);
	assert_int_equal(stacks_after(4, fold), 0);
	assert_true(the_told.moved > 0);
}

static void leave_at_first(int nth, struct mp_blocked *seen)
{
	(void)seen;
	if (nth == 1)
		is_left = mp_sampler_leave(the_watch, &the_told);
}

static void leave_at_second(int nth, struct mp_blocked *seen)
{
	(void)seen;
	if (nth == 2)
		is_left = mp_sampler_leave(the_watch, &the_told);
}

static void test_a_watch_may_end_within_a_look(void **state)
{
	unsigned before = copies;
	struct mp_fold *fold = watch_what(leave_at_first);

	(void)state;
	assert_int_equal(stacks_after(1, fold), 0);
	assert_int_equal(copies, before);
	fold = watch_what(leave_at_second);
	assert_int_equal(stacks_after(2, fold), 0);
	assert_int_equal(copies, before + 1);
}

static _Atomic bool may_go_on;

static void hold_on(int nth, struct mp_blocked *seen)
{
	(void)nth;
	(void)seen;
	while (!may_go_on)
		sched_yield();
}

static void test_stop_waits_no_longer_than_told(void **state)
{
	struct mp_fold *fold;
	pid_t tid;

	(void)state;
	may_go_on = false;
	fold = watch_what(hold_on);
	AWAIT(readings > 0);
	assert_false(mp_sampler_stop(SECOND * 10));
	is_left = mp_sampler_leave(the_watch, &the_told);
	assert_false(mp_sampler_stop(SECOND / 1000));
	/* It has not stopped yet, and so it stays. */
	assert_int_equal(mp_sampler_start(), 0);
	may_go_on = true;
	nap(NULL);
	assert_int_equal(count_samplers(&tid), 1);
	stacks_after(1, fold);
}

static _Atomic bool is_watched_anew;

static void wait_for_another(int nth, struct mp_blocked *seen)
{
	leave_at_second(nth, seen);
	while (is_left && !is_watched_anew)
		sched_yield();
}

/* It has the place of the one that ended. */
static void test_a_look_does_not_count_for_the_next_watch(void **state)
{
	unsigned looks = 1;

	(void)state;
	/* It may have a look of its own, if only in a millisecond of a second. */
	for (int round = 0; looks && round < 10; round++) {
		struct mp_fold *fold = watch_what(wait_for_another);
		struct mp_stack_bounds bounds;
		uint64_t next;

		is_watched_anew = false;
		AWAIT(is_left);
		assert_int_equal(mp_unwind_bounds(&bounds), 0);
		assert_int_equal(mp_sampler_watch(fold, bounds, SECOND, &next),
				 0);
		assert_int_equal(next % MP_SAMPLER_WATCHES,
				 the_watch % MP_SAMPLER_WATCHES);
		is_watched_anew = true;
		nap(NULL);
		assert_true(mp_sampler_leave(next, &the_told));
		stacks_after(2, fold);
		looks = (unsigned)the_told.looks;
	}
	assert_int_equal(looks, 0);
}

/* ---- the thread of ours ---- */

static void test_there_is_one_thread_that_takes_no_signal(void **state)
{
	struct mp_sampler_told told;
	struct mp_fold *fold = new_fold();
	uint64_t one, two, blocked = 0;
	char path[64], line[256];
	pid_t tid;
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
	/* Kept for the next time, and no longer. */
	assert_int_equal(count_files(), files + 1);
	assert_int_equal(mp_sampler_start(), 0);
	AWAIT(count_samplers(&tid) == 1);
	assert_true(mp_sampler_stop(SECOND * 10));
	AWAIT(count_samplers(&tid) == 0);
	assert_int_equal(count_files(), files);
	free_fold(fold);
}

/* Whoever ends waits for one copy of a stack, however slow that is. */
static void test_the_end_waits_for_one_look_at_most(void **state)
{
	struct mp_fold *fold = new_fold();

	(void)state;
	copy_takes_ns = 3000000;
	for (int round = 0; round < 50; round++) {
		struct mp_sampler_told told;
		uint64_t name = watch(fold);
		unsigned before;

		nap(NULL);
		before = copies;
		assert_true(mp_sampler_leave(name, &told));
		assert_true(copies - before <= 1);
	}
	copy_takes_ns = 0;
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
	struct chain_test t = { .chain = &chains[1], .wait = &wait_cases[0] };
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
	s = mp_fold_first(fold, 0);
	if (!s || s->depth || mp_fold_next(fold, s))
		return 253;
	return -told.err;
}

static void test_who_may_not_look_tells_the_time_alone(void **state)
{
	(void)state;
	assert_int_equal(in_a_child(watch_without_leave_to, NULL), EACCES);
}

static int set_up(void **state)
{
	(void)state;
	return mp_process_init();
}

int main(void)
{
	/* In this order: the first ones start no thread in this process. */
	static const struct CMUnitTest first[] = {
		cmocka_unit_test(test_what_fails_is_told_and_harms_nobody),
		cmocka_unit_test(test_who_may_not_look_tells_the_time_alone),
	};
	static const struct CMUnitTest rest[] = {
		cmocka_unit_test(test_the_main_thread_is_seen_as_others),
		cmocka_unit_test(
			test_of_a_stack_elsewhere_only_the_leaf_is_told),
		cmocka_unit_test(
			test_what_is_told_is_what_was_added_and_no_more),
		cmocka_unit_test(test_looks_are_not_without_bound),
		cmocka_unit_test(test_after_leave_the_fold_is_left_alone),
		cmocka_unit_test(test_a_thread_that_ran_meanwhile_is_not_told),
		cmocka_unit_test(test_a_watch_may_end_within_a_look),
		cmocka_unit_test(test_stop_waits_no_longer_than_told),
		cmocka_unit_test(test_a_look_does_not_count_for_the_next_watch),
		cmocka_unit_test(test_there_is_one_thread_that_takes_no_signal),
		cmocka_unit_test(test_more_threads_than_can_be_are_told_so),
		cmocka_unit_test(test_it_ends_when_told_and_starts_again),
		cmocka_unit_test(test_the_end_waits_for_one_look_at_most),
		cmocka_unit_test(test_a_thread_that_ends_is_watched_no_more),
		cmocka_unit_test(test_stacks_are_not_read_when_they_are_gone),
		cmocka_unit_test(test_a_child_has_a_sampler_when_it_wants_one),
		cmocka_unit_test(test_a_child_may_end_its_thread),
	};
	enum { CASES = ARRAY_SIZE(wait_cases) * ARRAY_SIZE(chains) };
	static struct chain_test args[CASES];
	static char names[CASES][64];
	struct CMUnitTest tests[CASES];
	int failed;

	for (size_t i = 0; i < CASES; i++) {
		args[i].chain = &chains[i % ARRAY_SIZE(chains)];
		args[i].wait = &wait_cases[i / ARRAY_SIZE(chains)];
		snprintf(names[i], sizeof(names[i]), "%s, %s",
			 args[i].wait->name, args[i].chain->name);
		tests[i] = (struct CMUnitTest){ names[i], test_chain, NULL,
						NULL, &args[i] };
	}
	failed = cmocka_run_group_tests_name("first", first, set_up, NULL);
	failed += cmocka_run_group_tests_name("chains", tests, NULL, NULL);
	return failed +
	       cmocka_run_group_tests_name("sampler", rest, NULL, NULL);
}
