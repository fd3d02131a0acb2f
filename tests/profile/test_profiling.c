/* profiling: a request that is asked for by itself, and where its file is; and
   what an order hears of those that become none. */

#include "profiled.h"

#include "core/clock.h"
#include "core/request.h"
#include "core/session.h"
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

/* ---- orders ---- */

/* As a command gives one, for the next request of any page. */
static struct mp_recorder_order *give_order(struct memprof *mp)
{
	struct mp_recorder_order *o = &mp->recorder->order;

	o->wish = (struct mp_recorder_wish){ .next = 1, .page = "*" };
	atomic_store(&o->open, 1);
	return o;
}

static void end(struct memprof *mp, struct memprof_request *r)
{
	(void)mp;
	memprof_end(r, NULL);
}

static void cancel(struct memprof *mp, struct memprof_request *r)
{
	(void)mp;
	memprof_cancel(r);
}

/* Freed without an end, and given up when it is too old. */
static void abandon(struct memprof *mp, struct memprof_request *r)
{
	(void)r;
	mp_overlap_sweep(&mp->recorder->overlap,
			 mp_clock_mono_ns() + 3600 * MP_NS_PER_S);
	mp_profile_sweep(mp);
}

/* Its recorder is there until the last. */
static void close_session(struct memprof *mp, struct memprof_request *r)
{
	(void)r;
	mp_profile_drop_all(mp);
}

static struct order_case {
	const char *name;
	const char *dir;
	void (*finish)(struct memprof *mp, struct memprof_request *r);
	uint32_t written;
} order_cases[] = {
	{ "an order's request that ends is written", ".", end, 1 },
	{ "one that is cancelled fails", ".", cancel, 0 },
	{ "one that is given up fails", ".", abandon, 0 },
	{ "one whose session is closed fails", ".", close_session, 0 },
	{ "one without a folder fails", "missing", end, 0 },
};

static void test_order(void **state)
{
	const struct order_case *c = *state;
	struct memprof_request r = { 0 };
	struct mp_recorder_order *o;
	struct memprof *mp;
	char keys[64];

	snprintf(keys, sizeof(keys),
		 "profiling_allowed: true\nprofile_dir: %s\n", c->dir);
	mp = serve(keys);
	o = give_order(mp);
	memprof_begin(mp, &r, "x");
	assert_int_equal((uint32_t)atomic_load(&o->taken), 1);
	c->finish(mp, &r);
	memprof_end(&r, NULL); /* late, or twice */
	assert_int_equal((uint32_t)atomic_load(&o->written), c->written);
	assert_int_equal((uint32_t)atomic_load(&o->failed), !c->written);
	assert_int_equal(memprof_close(mp), 0);
	assert_int_equal(find_profiles("", NULL), c->written);
}

int main(void)
{
	const struct CMUnitTest alone[] = {
#define TEST(name) cmocka_unit_test_teardown(name, clear)
		TEST(test_one_that_runs_is_profiled_from_here),
		TEST(test_asking_does_not_show_in_the_numbers),
		TEST(test_who_cannot_be_is_not),
		TEST(test_asked_twice_is_one),
	};
	struct CMUnitTest tests[ARRAY_SIZE(alone) + ARRAY_SIZE(order_cases)];
	size_t n = ARRAY_SIZE(alone);

	memcpy(tests, alone, sizeof(alone));
	for (size_t i = 0; i < ARRAY_SIZE(order_cases); i++)
		tests[n++] = (struct CMUnitTest){
			.name = order_cases[i].name,
			.test_func = test_order,
			.teardown_func = clear,
			.initial_state = &order_cases[i],
		};
	return cmocka_run_group_tests_name("profiling", tests, enter, leave);
}
