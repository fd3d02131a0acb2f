/* profile, by the wall clock: where a request waited, beside where it ran, and
   all of its time. */

#include "profiled.h"

#include "core/clock.h"
#include "core/request.h"
#include "profile/profiling.h"

#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>

#define PROFILE_WALL \
	PROFILE_ALL "profile_clock: wall\nprofile_interval: 0.001\n"

static struct profile profile;

static void nap(int64_t ns)
{
	const struct timespec time = { ns / MP_NS_PER_S, ns % MP_NS_PER_S };

	nanosleep(&time, NULL);
}

static void serve_slow(struct memprof *mp, const char *page, int64_t burn_ns,
		       int64_t nap_ns)
{
	struct memprof_request r = { 0 };

	memprof_begin(mp, &r, page);
	burn(burn_ns);
	nap(nap_ns);
	memprof_end(&r, NULL);
}

/* Threads of this process that are called so. */
static unsigned count_samplers(void)
{
	DIR *dir = opendir("/proc/self/task");
	unsigned n = 0;

	assert_non_null(dir);
	for (const struct dirent *e; (e = readdir(dir));) {
		char path[300], name[32] = "";
		FILE *f;

		snprintf(path, sizeof(path), "/proc/self/task/%s/comm",
			 e->d_name);
		f = e->d_name[0] == '.' ? NULL : fopen(path, "r");
		if (!f)
			continue;
		n += fgets(name, sizeof(name), f) && !strcmp(name, "memprof\n");
		fclose(f);
	}
	closedir(dir);
	return n;
}

/* Ten seconds at most: it names itself when it first runs, and is gone a moment
   after it said so. */
static bool come_to(unsigned samplers)
{
	for (int i = 0; i < 10000 && count_samplers() != samplers; i++)
		nap(MS);
	return count_samplers() == samplers;
}

static void test_it_tells_where_it_ran_and_where_it_waited(void **state)
{
	struct memprof *mp = serve(PROFILE_WALL);

	(void)state;
	/* Mostly once is enough. */
	for (int i = 0; i < 100; i++) {
		serve_slow(mp, "x", 30 * MS, 50 * MS);
		read_only_profile("-x-", &profile);
		remove_profiles();
		if (profile.blocked && (profile.stacks || !has_samples()))
			break;
	}
	assert_int_equal(memprof_close(mp), 0);
	assert_true(profile.blocked > 0);
	assert_string_equal(field(&profile, "clock"), "wall");
	assert_true(number(&profile, "duration_ns") >= 80 * MS);
	assert_true(number(&profile, "cpu_ns") >= LEAST(30 * MS));
	/* Whoever waited did not run. */
	assert_true((int64_t)profile.blocked_ns <=
		    number(&profile, "duration_ns") - LEAST(30 * MS));
	assert_false(has_line(&profile, "degraded"));
	if (has_samples())
		assert_true(profile.stacks > 0);
}

/* A thread is there only for who wants it, and while a session does. */
static void test_there_is_a_thread_only_where_it_is_wanted(void **state)
{
	struct memprof *mp = serve(PROFILE_ALL), *other;

	(void)state;
	serve_slow(mp, "x", 0, MS);
	assert_true(come_to(0));
	assert_int_equal(memprof_close(mp), 0);

	mp = serve(PROFILE_WALL);
	assert_true(come_to(1));
	assert_int_equal(memprof_close(mp), 0);
	assert_true(come_to(0));

	mp = serve(PROFILE_WALL);
	other = serve(PROFILE_ALL);
	assert_int_equal(memprof_close(mp), 0);
	assert_true(come_to(0));
	serve_slow(other, "y", 0, MS);
	assert_int_equal(memprof_close(other), 0);
}

static void test_another_session_goes_on_being_seen(void **state)
{
	struct memprof *mp = serve(PROFILE_WALL), *other = serve(PROFILE_WALL);
	struct memprof_request r = { 0 };

	(void)state;
	memprof_begin(mp, &r, "x");
	nap(5 * MS);
	assert_int_equal(memprof_close(other), 0);
	assert_true(come_to(1));
	memprof_end(&r, NULL);
	assert_int_equal(memprof_close(mp), 0);
	read_only_profile("-x-", &profile);
	assert_false(has_line(&profile, "degraded"));
}

static void test_time_in_which_it_is_detached_is_not_told_of(void **state)
{
	struct memprof *mp = serve(PROFILE_WALL);
	struct memprof_request r = { 0 };

	(void)state;
	memprof_begin(mp, &r, "x");
	memprof_detach(&r);
	nap(50 * MS);
	memprof_attach(&r);
	memprof_detach(&r);
	nap(50 * MS);
	memprof_end(&r, NULL);
	assert_int_equal(memprof_close(mp), 0);
	read_only_profile("-x-", &profile);
	assert_true(number(&profile, "duration_ns") >= 100 * MS);
	assert_true((int64_t)profile.blocked_ns <=
		    number(&profile, "duration_ns") - 100 * MS);
	assert_true(has_line(&profile, "stack\tunsampled\t0\t"));
}

struct move {
	struct memprof_request *r;
	bool detach;
};

static void *wait_there(void *arg)
{
	struct move *m = arg;

	memprof_attach(m->r);
	nap(20 * MS);
	if (m->detach)
		memprof_detach(m->r);
	return NULL;
}

static void test_it_is_seen_in_each_thread_that_serves_it(void **state)
{
	struct memprof *mp = serve(PROFILE_WALL);
	struct memprof_request r = { 0 };
	struct move m = { &r, true };
	uint64_t blocked = 0;

	(void)state;
	for (int i = 0; i < 100 && blocked < 2; i++) {
		memprof_begin(mp, &r, "x");
		memprof_detach(&r);
		run_thread(wait_there, &m);
		run_thread(wait_there, &m);
		memprof_end(&r, NULL);
		read_only_profile("-x-", &profile);
		remove_profiles();
		blocked = profile.blocked;
	}
	assert_true(blocked >= 2);
	assert_int_equal(memprof_close(mp), 0);
}

/* What was seen until then is told. */
static void test_its_thread_may_end_before_it(void **state)
{
	struct memprof *mp = serve(PROFILE_WALL);
	struct memprof_request r = { 0 };
	struct move m = { &r, false };

	(void)state;
	for (int i = 0; i < 100; i++) {
		memprof_begin(mp, &r, "x");
		memprof_detach(&r);
		run_thread(wait_there, &m);
		nap(5 * MS);
		memprof_end(&r, NULL);
		read_only_profile("-x-", &profile);
		remove_profiles();
		if (profile.blocked)
			break;
	}
	assert_true(profile.blocked > 0);
	assert_true(has_line(&profile, "degraded\tAnother thread"));
	assert_int_equal(memprof_close(mp), 0);
}

static void *end_it(void *arg)
{
	memprof_end(arg, NULL);
	return NULL;
}

static void test_another_thread_may_end_it(void **state)
{
	struct memprof *mp = serve(PROFILE_WALL);
	struct memprof_request r = { 0 };

	(void)state;
	for (int i = 0; i < 20; i++) {
		memprof_begin(mp, &r, "x");
		nap(2 * MS);
		run_thread(end_it, &r);
	}
	assert_int_equal(memprof_close(mp), 0);
	assert_int_equal(find_profiles("-x-", NULL), 20);
}

static void test_nested_requests_are_seen_each(void **state)
{
	struct memprof *mp = serve(PROFILE_WALL);
	struct memprof_request outer = { 0 }, inner = { 0 };
	uint64_t blocked_ns = 0;

	(void)state;
	for (int i = 0; i < 100 && !blocked_ns; i++) {
		remove_profiles();
		memprof_begin(mp, &outer, "outer");
		memprof_begin(mp, &inner, "inner");
		nap(20 * MS);
		memprof_end(&inner, NULL);
		memprof_end(&outer, NULL);
		read_only_profile("-inner-", &profile);
		blocked_ns = profile.blocked_ns;
		read_only_profile("-outer-", &profile);
		if (!profile.blocked)
			blocked_ns = 0;
	}
	assert_true(blocked_ns > 0);
	assert_int_equal(memprof_close(mp), 0);
}

static void test_sections_and_runs_are_by_the_same_clock(void **state)
{
	struct memprof *mp = serve(PROFILE_WALL "profile_run: run.mprof\n");

	(void)state;
	memprof_profile_start(mp, "part");
	nap(20 * MS);
	memprof_profile_stop(mp, "part");
	serve_slow(mp, "x", MS, 20 * MS);
	serve_slow(mp, "y", MS, 20 * MS);
	assert_int_equal(memprof_close(mp), 0);
	read_only_profile("-part-", &profile);
	assert_string_equal(field(&profile, "clock"), "wall");
	assert_true(number(&profile, "duration_ns") >= 20 * MS);
	read_profile("run.mprof", &profile);
	assert_string_equal(field(&profile, "clock"), "wall");
	assert_true(number(&profile, "duration_ns") >= 42 * MS);
}

/* ---- hazards ---- */

static void need_threads_in_children(void)
{
	if (has_samples())
		return;
	print_message("skipped: TSan ends children that start threads\n");
	skip();
}

static int wait_in_a_child(void *arg)
{
	struct memprof *mp = arg;

	CHILD_CHECK(count_samplers() == 0);
	for (int i = 0; i < 100 && !profile.blocked; i++) {
		serve_slow(mp, "childs", 0, 10 * MS);
		read_only_profile("-childs-", &profile);
		remove_profiles();
	}
	CHILD_CHECK(profile.blocked > 0);
	CHILD_CHECK(count_samplers() == 1);
	CHILD_CHECK(memprof_close(mp) == 0);
	return 0;
}

static void test_a_child_has_a_thread_when_it_needs_one(void **state)
{
	struct memprof *mp = serve(PROFILE_WALL);
	struct memprof_request r = { 0 };

	(void)state;
	need_threads_in_children();
	profile.blocked = 0;
	memprof_begin(mp, &r, "parents");
	nap(5 * MS);
	assert_int_equal(in_child(wait_in_a_child, mp), 0);
	memprof_end(&r, NULL);
	assert_int_equal(memprof_close(mp), 0);
}

static bool drop_privileges(void)
{
	return getuid() != 0 ||
	       (!chmod(".", 0777) && !setgid(65534) && !setuid(65534));
}

/* A process that may have no more threads. */
static int wait_unwatched(void *arg)
{
	const struct rlimit none = { 0, 0 };
	struct memprof *mp;

	(void)arg;
	CHILD_CHECK(drop_privileges());
	CHILD_CHECK(setrlimit(RLIMIT_NPROC, &none) == 0);
	mp = serve(PROFILE_WALL);
	serve_slow(mp, "x", MS, 20 * MS);
	CHILD_CHECK(memprof_close(mp) == 0);
	read_only_profile("-x-", &profile);
	CHILD_CHECK(profile.blocked == 0);
	CHILD_CHECK(has_line(&profile, "degraded\tHow long it waited, and "
				       "where, is not known: Resource"));
	return 0;
}

static void test_without_a_thread_it_tells_why(void **state)
{
	(void)state;
	need_threads_in_children();
	assert_int_equal(in_child(wait_unwatched, NULL), 0);
}

/* Whom the kernel does not let look: times, and the reason. */
static int wait_unseen(void *arg)
{
	struct memprof *mp;

	(void)arg;
	CHILD_CHECK(drop_privileges());
	prctl(PR_SET_DUMPABLE, 0);
	mp = serve(PROFILE_WALL);
	profile.blocked = 0;
	for (int i = 0; i < 100 && !profile.blocked; i++) {
		serve_slow(mp, "x", 0, 20 * MS);
		read_only_profile("-x-", &profile);
		remove_profiles();
	}
	CHILD_CHECK(profile.blocked > 0);
	CHILD_CHECK(has_line(&profile, "degraded\tWhere it waited is not "
				       "known, only for how long: the process "
				       "may not look at its own threads"));
	/* Without a stack. */
	CHILD_CHECK(strstr(strstr(profile.text, "stack\tblocked\t"), "\t-\n") !=
		    NULL);
	CHILD_CHECK(memprof_close(mp) == 0);
	return 0;
}

static void test_who_may_not_look_tells_times_and_why(void **state)
{
	(void)state;
	need_threads_in_children();
	assert_int_equal(in_child(wait_unseen, NULL), 0);
}

/* What a request is told to have used, once all that is touched once is. */
static struct memprof_result measure(const char *keys)
{
	struct memprof *mp = serve(keys);
	struct memprof_result ret = { .size = sizeof(ret) };

	for (int i = 0; i < 3; i++) {
		struct memprof_request r = { 0 };
		void *p;

		memprof_begin(mp, &r, "x");
		p = work_alloc(300000);
		nap(20 * MS);
		free(p);
		memprof_end(&r, NULL);
		ret = result_of(&r);
	}
	assert_int_equal(memprof_close(mp), 0);
	return ret;
}

static void test_it_does_not_show_in_the_numbers(void **state)
{
	struct memprof_result without, with;

	(void)state;
	need_jemalloc();
	without = measure("");
	with = measure(PROFILE_WALL);
	assert_int_equal(with.allocated, without.allocated);
	assert_int_equal(with.freed, without.freed);
	assert_int_equal(with.peak, without.peak);
	assert_in_range(with.end_rss - with.start_rss + 64 * 1024, 0,
			128 * 1024);
}

/* Not even where the first to want it comes while a session is open: its thread
   is none of the request's. */
static int ask_for_it(void *arg)
{
	struct memprof *mp = serve("profiling_allowed: true\nprofile_dir: .\n");
	struct memprof_request r = { 0 };
	struct memprof_result ret;

	(void)arg;
	CHILD_CHECK(count_samplers() == 0);
	memprof_begin(mp, &r, "x");
	CHILD_CHECK(mp_profile_request((struct mp_request *)(void *)&r,
				       MP_PROFILE_WALL, MS));
	nap(20 * MS);
	memprof_end(&r, NULL);
	CHILD_CHECK(count_samplers() == 1);
	ret = result_of(&r);
	CHILD_CHECK(ret.allocated == 0 || !has_jemalloc());
	CHILD_CHECK(memprof_close(mp) == 0);
	read_only_profile("-x-", &profile);
	CHILD_CHECK(!strcmp(field(&profile, "clock"), "wall"));
	return 0;
}

static void test_its_thread_is_no_requests(void **state)
{
	(void)state;
	need_jemalloc();
	assert_int_equal(in_child(ask_for_it, NULL), 0);
}

struct crowd {
	struct memprof *mp;
	_Atomic bool stop;
};

static void *serve_many(void *arg)
{
	struct crowd *c = arg;

	while (!atomic_load(&c->stop))
		serve_slow(c->mp, "x", MS / 10, MS);
	return NULL;
}

static void test_close_gives_up_who_waits(void **state)
{
	(void)state;
	for (int i = 0; i < 10; i++) {
		struct crowd c = { .mp = serve(PROFILE_WALL
					       "profile_max_files: 50\n") };
		pthread_t threads[3];

		for (size_t k = 0; k < ARRAY_SIZE(threads); k++)
			assert_int_equal(pthread_create(&threads[k], NULL,
							serve_many, &c),
					 0);
		nap(5 * MS);
		assert_int_equal(memprof_close(c.mp), 0);
		atomic_store(&c.stop, true);
		for (size_t k = 0; k < ARRAY_SIZE(threads); k++)
			assert_int_equal(pthread_join(threads[k], NULL), 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_teardown(name, clear)
		/* First: glibc keeps the stacks of threads that were. */
		TEST(test_its_thread_is_no_requests),
		TEST(test_it_tells_where_it_ran_and_where_it_waited),
		TEST(test_there_is_a_thread_only_where_it_is_wanted),
		TEST(test_another_session_goes_on_being_seen),
		TEST(test_time_in_which_it_is_detached_is_not_told_of),
		TEST(test_it_is_seen_in_each_thread_that_serves_it),
		TEST(test_its_thread_may_end_before_it),
		TEST(test_another_thread_may_end_it),
		TEST(test_nested_requests_are_seen_each),
		TEST(test_sections_and_runs_are_by_the_same_clock),
		TEST(test_a_child_has_a_thread_when_it_needs_one),
		TEST(test_without_a_thread_it_tells_why),
		TEST(test_who_may_not_look_tells_times_and_why),
		TEST(test_it_does_not_show_in_the_numbers),
		TEST(test_close_gives_up_who_waits),
	};

	return cmocka_run_group_tests_name("wall", tests, enter, leave);
}
