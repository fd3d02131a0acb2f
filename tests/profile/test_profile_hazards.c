/* profile: whatever becomes of threads, processes, signals and limits, the host
   goes on, and the profile says what it lacks. */

#include "profiled.h"

#include "core/session.h"
#include "profile/profsignal.h"

#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <semaphore.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>

static struct profile profile;

/* ---- fork ---- */

struct family {
	struct memprof *mp;
	struct memprof_request *parents;
};

static int child_of_a_profiled(void *arg)
{
	struct family *f = arg;

	/* It has none of the parent's timers, and ends nothing of it. */
	burn(30 * MS);
	memprof_end(f->parents, NULL);
	CHILD_CHECK(stats_of(f->mp).profiled == 0);
	for (uint32_t i = 0; i < MP_PROFILE_SLOTS; i++) {
		const struct mp_profile *p = mp_profile_at(i);

		CHILD_CHECK((uint8_t)p->word == MP_PROFILE_FREE);
		CHILD_CHECK(p->thread == 0 && p->inside == 0);
	}
	for (int i = 0; i < MP_PROFILE_SLOTS + 1; i++)
		serve_page(f->mp, "childs", 0);
	serve_page(f->mp, "childs-last", 30 * MS);
	CHILD_CHECK(stats_of(f->mp).profiles_written == MP_PROFILE_SLOTS + 2);
	CHILD_CHECK(stats_of(f->mp).profiles_failed == 0);
	CHILD_CHECK(memprof_close(f->mp) == 0);
	return 0;
}

static void test_a_child_leaves_its_parents_alone(void **state)
{
	struct memprof *mp = serve(PROFILE_ALL);
	struct memprof_request r = { 0 };
	static struct memprof_request others[MP_PROFILE_SLOTS];
	struct family f = { mp, &r };

	(void)state;
	/* All places are taken when it is forked. */
	for (int i = 1; i < MP_PROFILE_SLOTS; i++)
		memprof_begin(mp, &others[i], "cancelled");
	memprof_begin(mp, &r, "parents");
	burn(10 * MS);
	/* As if another thread had just been interrupted. */
	atomic_fetch_add(&mp_profile_at(5)->inside, 1);
	assert_int_equal(in_child(child_of_a_profiled, &f), 0);
	atomic_fetch_sub(&mp_profile_at(5)->inside, 1);
	for (int i = 1; i < MP_PROFILE_SLOTS; i++)
		memprof_cancel(&others[i]);
	burn(20 * MS);
	memprof_end(&r, NULL);
	assert_int_equal(memprof_close(mp), 0);
	read_only_profile("-parents-", &profile);
	assert_int_equal(number(&profile, "pid"), getpid());
	assert_in_range(number(&profile, "cpu_ns"), LEAST(30 * MS), 200 * MS);
	read_only_profile("-childs-last-", &profile);
	assert_int_not_equal(number(&profile, "pid"), getpid());
	assert_true(number(&profile, "cpu_ns") >= LEAST(30 * MS));
	need_samples();
	assert_true(profile.samples >= 1);
}

/* ---- threads ---- */

static void *leave_in_the_middle(void *arg)
{
	struct memprof_request r = { 0 };

	memprof_begin(arg, &r, "left");
	burn(5 * MS);
	return NULL;
}

static void test_threads_may_end_in_the_middle(void **state)
{
	struct memprof *mp = serve(PROFILE_ALL "profile_interval: 0.0001\n");

	(void)state;
	for (int i = 0; i < MP_PROFILE_SLOTS; i++)
		run_thread(leave_in_the_middle, mp);
	burn(10 * MS);
	assert_int_equal(memprof_close(mp), 0);
	mp = serve(PROFILE_ALL);
	serve_page(mp, "x", 0);
	assert_int_equal(stats_of(mp).profiles_written, 1);
	assert_int_equal(memprof_close(mp), 0);
	assert_int_equal(find_profiles("left", NULL), 0);
}

struct crowd {
	struct memprof *mp;
	_Atomic bool stop;
};

static void *serve_many(void *arg)
{
	struct crowd *c = arg;

	while (!atomic_load(&c->stop))
		serve_page(c->mp, "x", MS);
	return NULL;
}

/* Ended by whoever is there, while their threads are sampled. */
static void test_others_end_what_is_being_sampled(void **state)
{
	struct crowd c = {
		.mp = serve("profiling_allowed: true\nprofile_dir: .\n"
			    "profile_run: run.mprof\n"
			    "profile_interval: 0.0001\n"),
	};
	pthread_t threads[3];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(threads); i++)
		assert_int_equal(
			pthread_create(&threads[i], NULL, serve_many, &c), 0);
	burn(100 * MS);
	assert_int_equal(memprof_close(c.mp), 0);
	atomic_store(&c.stop, true);
	for (size_t i = 0; i < ARRAY_SIZE(threads); i++)
		assert_int_equal(pthread_join(threads[i], NULL), 0);
	read_profile("run.mprof", &profile);
	assert_true(number(&profile, "requests") > 0);
}

/* ---- signals ---- */

static bool is_blocked(int signal)
{
	sigset_t now;

	pthread_sigmask(SIG_SETMASK, NULL, &now);
	return sigismember(&now, signal) == 1;
}

static void block_all(void)
{
	sigset_t all;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, NULL);
}

static int serve_with_all_blocked(void *arg)
{
	struct memprof *mp = arg;
	struct memprof_request outer = { 0 }, inner = { 0 };

	block_all();
	memprof_begin(mp, &outer, "outer");
	CHILD_CHECK(!is_blocked(SIGPROF));
	CHILD_CHECK(is_blocked(SIGALRM));
	memprof_begin(mp, &inner, "inner");
	memprof_end(&inner, NULL);
	CHILD_CHECK(!is_blocked(SIGPROF));
	burn(30 * MS);
	memprof_detach(&outer);
	CHILD_CHECK(is_blocked(SIGPROF));
	memprof_attach(&outer);
	CHILD_CHECK(!is_blocked(SIGPROF));
	memprof_end(&outer, NULL);
	CHILD_CHECK(is_blocked(SIGPROF));
	CHILD_CHECK(memprof_close(mp) == 0);
	return 0;
}

static void test_a_thread_that_blocks_signals_is_sampled(void **state)
{
	struct memprof *mp = serve(PROFILE_ALL);

	(void)state;
	assert_int_equal(in_child(serve_with_all_blocked, mp), 0);
	assert_int_equal(memprof_close(mp), 0);
	read_only_profile("-outer-", &profile);
	need_samples();
	assert_true(profile.samples >= 1);
}

static volatile sig_atomic_t hosts_signals;

static void hosts_handler(int signal)
{
	(void)signal;
	hosts_signals++;
}

static int serve_beside_a_handler(void *arg)
{
	struct sigaction now;

	signal(SIGPROF, hosts_handler);
	serve_page(arg, "before", 30 * MS);
	sigaction(SIGPROF, NULL, &now);
	CHILD_CHECK(now.sa_handler == hosts_handler);
	CHILD_CHECK(hosts_signals == 0);
	/* What we took instead is taken from us, too. */
	for (int s = SIGRTMIN; s <= SIGRTMAX; s++)
		if (s != SIGRTMIN + 3)
			signal(s, hosts_handler);
	serve_page(arg, "after", 30 * MS);
	CHILD_CHECK(hosts_signals == 0);
	signal(SIGRTMIN + 3, hosts_handler);
	serve_page(arg, "never", 30 * MS);
	CHILD_CHECK(hosts_signals == 0);
	CHILD_CHECK(memprof_close(arg) == 0);
	return 0;
}

static void test_the_host_keeps_its_handlers(void **state)
{
	struct memprof *mp = serve(PROFILE_ALL);

	(void)state;
	assert_int_equal(in_child(serve_beside_a_handler, mp), 0);
	assert_int_equal(memprof_close(mp), 0);
	read_only_profile("-never-", &profile);
	assert_int_equal(profile.samples, 0);
	assert_true(has_line(&profile, "degraded\tThere are no samples: the "
				       "program has a handler"));
	assert_true(number(&profile, "cpu_ns") >= LEAST(30 * MS));
	read_only_profile("-before-", &profile);
	assert_false(has_line(&profile, "degraded"));
	if (has_samples())
		assert_true(profile.samples >= 1);
	read_only_profile("-after-", &profile);
	assert_false(has_line(&profile, "degraded"));
	if (has_samples())
		assert_true(profile.samples >= 1);
}

static int count_errnos(void *arg)
{
	struct memprof_request r = { 0 };
	int64_t until_ns = thread_cpu_ns() + 50 * MS;

	memprof_begin(arg, &r, "x");
	errno = 4711;
	while (thread_cpu_ns() < until_ns)
		CHILD_CHECK(errno == 4711);
	memprof_end(&r, NULL);
	CHILD_CHECK(errno == 4711);
	return 0;
}

static void test_errno_stays(void **state)
{
	struct memprof *mp = serve(PROFILE_ALL "profile_interval: 0.0001\n");

	(void)state;
	assert_int_equal(count_errnos(mp), 0);
	assert_int_equal(memprof_close(mp), 0);
}

/* ---- limits ---- */

static int serve_without_timers(void *arg)
{
	const struct rlimit none = { 0, 0 };

	CHILD_CHECK(setrlimit(RLIMIT_SIGPENDING, &none) == 0);
	serve_page(arg, "x", 20 * MS);
	CHILD_CHECK(stats_of(arg).profiles_written == 1);
	CHILD_CHECK(memprof_close(arg) == 0);
	return 0;
}

static void test_without_timers_it_says_so(void **state)
{
	struct memprof *mp = serve(PROFILE_ALL);

	(void)state;
	assert_int_equal(in_child(serve_without_timers, mp), 0);
	assert_int_equal(memprof_close(mp), 0);
	read_only_profile("-x-", &profile);
	assert_true(has_line(&profile, "degraded\tThere are no samples: the "
				       "kernel gave no timer: Resource "
				       "temporarily unavailable.\n"));
	assert_true(number(&profile, "cpu_ns") >= LEAST(20 * MS));
}

/* Each call that asks in vain for a timer leaves errno as it was. */
static int go_on_without_timers(void *arg)
{
	const struct rlimit none = { 0, 0 };
	struct memprof *mp = arg;
	struct mp_recorder_order *o = &mp->recorder->order;
	struct memprof_request r = { 0 };

	CHILD_CHECK(setrlimit(RLIMIT_SIGPENDING, &none) == 0);
	memprof_begin(mp, &r, "early");
	o->wish = (struct mp_recorder_wish){ .next = 1, .page = "late" };
	atomic_store(&o->open, 1);
	errno = 4711;
	memprof_page(&r, "late");
	CHILD_CHECK(stats_of(mp).profiled == 1);
	CHILD_CHECK(errno == 4711);
	memprof_detach(&r);
	CHILD_CHECK(errno == 4711);
	memprof_attach(&r);
	CHILD_CHECK(errno == 4711);
	memprof_end(&r, NULL);
	CHILD_CHECK(errno == 4711);
	CHILD_CHECK(memprof_close(mp) == 0);
	return 0;
}

static void test_without_timers_errno_stays(void **state)
{
	struct memprof *mp = serve("profiling_allowed: true\n"
				   "profile_dir: .\n");

	(void)state;
	assert_int_equal(in_child(go_on_without_timers, mp), 0);
	assert_int_equal(memprof_close(mp), 0);
	assert_int_equal(find_profiles("-late-", NULL), 1);
}

/* Have the kernel refuse a system call to this process, for good. */
static int forbid(unsigned number)
{
	struct sock_filter filter[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
			 offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, number, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = { ARRAY_SIZE(filter), filter };

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
		return -errno;
	return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) ? -errno
								    : 0;
}

static int serve_without_permission(void *arg)
{
	CHILD_CHECK(forbid(SYS_timer_create) == 0);
	serve_page(arg, "x", 20 * MS);
	CHILD_CHECK(memprof_close(arg) == 0);
	return 0;
}

static void test_a_seccomp_filter_costs_the_samples_only(void **state)
{
	struct memprof *mp = serve(PROFILE_ALL);

	(void)state;
	assert_int_equal(in_child(serve_without_permission, mp), 0);
	assert_int_equal(memprof_close(mp), 0);
	read_only_profile("-x-", &profile);
	assert_int_equal(profile.samples, 0);
	assert_true(has_line(&profile, "degraded\tThere are no samples: the "
				       "kernel gave no timer: Operation not "
				       "permitted.\n"));
}

static int serve_without_perf(void *arg)
{
	CHILD_CHECK(forbid(SYS_perf_event_open) == 0);
	serve_page(arg, "x", 60 * MS);
	CHILD_CHECK(memprof_close(arg) == 0);
	return 0;
}

static void test_without_perf_the_timer_samples(void **state)
{
	struct memprof *mp = serve(PROFILE_ALL "profile_interval: 0.0005\n");

	(void)state;
	assert_int_equal(in_child(serve_without_perf, mp), 0);
	assert_int_equal(memprof_close(mp), 0);
	read_only_profile("-x-", &profile);
	assert_string_equal(field(&profile, "mechanism"), "cpu-timer");
	assert_int_equal(number(&profile, "interval_ns"), MS / 2);
	assert_true(number(&profile, "tick_ns") >= MS);
	assert_true(has_line(&profile, "degraded\tSamples come at ticks of the "
				       "kernel at most, for perf_event_open "
				       "gave no faster clock: Operation not "
				       "permitted.\n"));
	need_samples();
	assert_true(profile.samples >= 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_teardown(name, clear)
		TEST(test_a_child_leaves_its_parents_alone),
		TEST(test_threads_may_end_in_the_middle),
		TEST(test_others_end_what_is_being_sampled),
		TEST(test_a_thread_that_blocks_signals_is_sampled),
		TEST(test_the_host_keeps_its_handlers),
		TEST(test_errno_stays),
		TEST(test_without_timers_it_says_so),
		TEST(test_without_timers_errno_stays),
		TEST(test_a_seccomp_filter_costs_the_samples_only),
		TEST(test_without_perf_the_timer_samples),
	};

	return cmocka_run_group_tests_name("profile_hazards", tests, enter,
					   leave);
}
