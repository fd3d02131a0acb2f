/* profiling: a request that is asked for by itself, and where its file is. */

#include "profiled.h"

#include "core/request.h"
#include "profile/kept.h"
#include "profile/profiling.h"

#define DOOR "profiling_allowed: true\nprofile_dir: .\n"

static struct profile profile;

static struct mp_request *inside(struct memprof_request *r)
{
	return (struct mp_request *)r;
}

static bool ask(struct memprof_request *r)
{
	return mp_profile_request(inside(r), MP_PROFILE_CPU, 4 * MS);
}

static void test_one_that_runs_is_profiled_from_here(void **state)
{
	struct memprof *mp = serve(DOOR);
	struct memprof_request r = { 0 };
	char path[PATH_MAX], oops[MP_KEPT_OOPS_MAX];

	(void)state;
	memprof_begin(mp, &r, "x");
	assert_true(ask(&r));
	assert_int_equal(mp_kept_find(inside(&r)->profile, path, oops),
			 -ENOENT);
	burn(20 * MS);
	memprof_end(&r, NULL);
	assert_int_equal(stats_of(mp).profiles_written, 1);
	assert_int_equal(mp_kept_find(inside(&r)->profile, path, oops), 0);
	read_profile(path, &profile);
	assert_string_equal(field(&profile, "page_id"), "x");
	assert_int_equal(number(&profile, "interval_ns"), 4 * MS);
	assert_true(number(&profile, "cpu_ns") >= LEAST(20 * MS));
	assert_int_equal(memprof_close(mp), 0);
	assert_int_equal(find_profiles("", NULL), 1);
}

/* Begun plainly, its first reading is made good for what the profile takes. */
static int measure_asked(void *arg)
{
	struct memprof_request r = { 0 };
	struct memprof_result ret;

	memprof_begin(arg, &r, "x");
	CHILD_CHECK(ask(&r));
	burn(MS);
	memprof_end(&r, NULL);
	ret = result_of(&r);
	CHILD_CHECK(ret.end_rss - ret.start_rss <= 256 * 1024);
	CHILD_CHECK(!has_jemalloc() || ret.allocated == 0);
	return 0;
}

static void test_asking_does_not_show_in_the_numbers(void **state)
{
	struct memprof *mp = serve(DOOR);

	(void)state;
	need_jemalloc();
	assert_int_equal(in_child(measure_asked, mp), 0);
	assert_int_equal(memprof_close(mp), 0);
}

static void *ask_there(void *arg)
{
	return ask(arg) ? arg : NULL;
}

static void test_who_cannot_be_is_not(void **state)
{
	struct memprof *mp = serve("profiling_allowed: true\n");
	struct memprof_request r = { 0 };
	pthread_t thread;
	void *asked;

	(void)state;
	memprof_begin(mp, &r, "no folder");
	assert_false(ask(&r));
	memprof_end(&r, NULL);
	assert_int_equal(memprof_close(mp), 0);

	/* Sessions' memory is used again. */
	for (int i = 0; i < 20; i++)
		assert_int_equal(memprof_close(serve(DOOR)), 0);
	for (int i = 0; i < 20; i++) {
		mp = serve("profile_dir: .\n");
		memprof_begin(mp, &r, "no permission");
		assert_false(ask(&r));
		memprof_end(&r, NULL);
		assert_int_equal(memprof_close(mp), 0);
	}

	mp = serve(DOOR);
	memprof_begin(mp, &r, "detached");
	memprof_detach(&r);
	assert_false(ask(&r));
	memprof_end(&r, NULL);
	memprof_begin(mp, &r, "elsewhere");
	assert_int_equal(pthread_create(&thread, NULL, ask_there, &r), 0);
	assert_int_equal(pthread_join(thread, &asked), 0);
	assert_null(asked);
	memprof_end(&r, NULL);
	assert_int_equal(stats_of(mp).profiled, 0);
	assert_int_equal(memprof_close(mp), 0);
	assert_int_equal(find_profiles("", NULL), 0);
}

/* What is profiled for a run gets a file as well. */
static void test_asked_twice_is_one(void **state)
{
	struct memprof *mp = serve(DOOR "profile_run: run.mprof\n");
	struct memprof_request r = { 0 };

	(void)state;
	memprof_begin(mp, &r, "x");
	assert_true(ask(&r));
	assert_true(ask(&r));
	memprof_end(&r, NULL);
	assert_int_equal(stats_of(mp).profiled, 1);
	assert_int_equal(memprof_close(mp), 0);
	assert_int_equal(find_profiles("-x-", NULL), 1);
	read_profile("run.mprof", &profile);
	assert_int_equal(number(&profile, "requests"), 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_teardown(name, clear)
		TEST(test_one_that_runs_is_profiled_from_here),
		TEST(test_asking_does_not_show_in_the_numbers),
		TEST(test_who_cannot_be_is_not),
		TEST(test_asked_twice_is_one),
	};

	return cmocka_run_group_tests_name("profiling", tests, enter, leave);
}
