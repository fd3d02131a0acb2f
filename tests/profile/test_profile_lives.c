/* profile: of requests that move, nest, end elsewhere, or never do. */

#include "profiled.h"

/* ---- slices, nesting, threads ---- */

static void test_only_what_is_attached_counts(void **state)
{
	struct memprof *mp = serve(PROFILE_ALL);
	struct memprof_request r = { 0 };
	static struct profile p;

	(void)state;
	memprof_begin(mp, &r, "x");
	burn(10 * MS);
	memprof_detach(&r);
	burn(100 * MS);
	memprof_attach(&r);
	burn(10 * MS);
	memprof_detach(&r);
	burn(100 * MS);
	memprof_end(&r, NULL);
	assert_int_equal(memprof_close(mp), 0);
	read_only_profile("-x-", &p);
	assert_in_range(number(&p, "cpu_ns"), LEAST(20 * MS), 90 * MS);
	assert_true(number(&p, "duration_ns") >= 220 * MS);
}

static void *go_on(void *arg)
{
	struct memprof_request *r = arg;

	memprof_attach(r);
	burn(30 * MS);
	memprof_detach(r);
	return NULL;
}

static void test_it_moves_with_its_request(void **state)
{
	struct memprof *mp = serve(PROFILE_ALL);
	struct memprof_request r = { 0 }, moved;
	static struct profile p;

	(void)state;
	memprof_begin(mp, &r, "x");
	burn(5 * MS);
	memprof_detach(&r);
	memcpy(&moved, &r, sizeof(r));
	memset(&r, 0x5a, sizeof(r));
	run_thread(go_on, &moved);
	run_thread(go_on, &moved);
	memprof_attach(&moved);
	memprof_end(&moved, NULL);
	assert_int_equal(memprof_close(mp), 0);
	read_only_profile("-x-", &p);
	assert_in_range(number(&p, "cpu_ns"), LEAST(65 * MS), 200 * MS);
	assert_false(has_line(&p, "degraded"));
	need_samples();
	assert_true(p.samples >= 2);
}

static void *end_it(void *arg)
{
	memprof_end(arg, NULL);
	return NULL;
}

static void test_another_thread_may_end_it(void **state)
{
	struct memprof *mp = serve(PROFILE_ALL);
	struct memprof_request r = { 0 };
	static struct profile p;

	(void)state;
	memprof_begin(mp, &r, "x");
	burn(30 * MS);
	run_thread(end_it, &r);
	assert_int_equal(memprof_close(mp), 0);
	read_only_profile("-x-", &p);
	assert_true(number(&p, "cpu_ns") >= LEAST(30 * MS));
	assert_true(has_line(&p, "degraded\tAnother thread"));
}

static void *begin_it(void *arg)
{
	struct memprof_request *r = arg;

	memprof_begin((struct memprof *)(uintptr_t)r->opaque[1], r, "x");
	burn(30 * MS);
	return NULL;
}

static void test_its_thread_may_end_before_it(void **state)
{
	struct memprof *mp = serve(PROFILE_ALL);
	struct memprof_request r = { 0 };
	static struct profile p;

	(void)state;
	r.opaque[1] = (uintptr_t)mp;
	run_thread(begin_it, &r);
	burn(20 * MS);
	memprof_end(&r, NULL);
	assert_int_equal(memprof_close(mp), 0);
	read_only_profile("-x-", &p);
	assert_true(has_line(&p, "degraded\tAnother thread"));
	assert_true(number(&p, "cpu_ns") <= 200 * MS);
}

static void test_nested_requests_have_one_each(void **state)
{
	struct memprof *mp = serve(PROFILE_ALL);
	struct memprof_request outer = { 0 }, inner = { 0 };
	static struct profile p, q;

	(void)state;
	memprof_begin(mp, &outer, "outer");
	burn(10 * MS);
	memprof_begin(mp, &inner, "inner");
	burn(30 * MS);
	memprof_end(&inner, NULL);
	burn(10 * MS);
	memprof_end(&outer, NULL);
	assert_int_equal(memprof_close(mp), 0);
	read_only_profile("-outer-", &p);
	read_only_profile("-inner-", &q);
	assert_true(number(&q, "cpu_ns") >= LEAST(30 * MS));
	assert_true(number(&p, "cpu_ns") >=
		    number(&q, "cpu_ns") + LEAST(20 * MS));
	need_samples();
	assert_true(p.samples >= 2);
	assert_true(q.samples >= 1);
}

#define MANY (MP_PROFILE_SLOTS + 5)

static void test_many_are_profiled_at_once(void **state)
{
	struct memprof *mp = serve(PROFILE_ALL);
	static struct memprof_request r[MANY];
	struct memprof_stats s;

	(void)state;
	for (int i = 0; i < MANY; i++)
		memprof_begin(mp, &r[i], "x");
	s = stats_of(mp);
	assert_int_equal(s.profiled, MP_PROFILE_SLOTS);
	assert_int_equal(s.profiles_failed, MANY - MP_PROFILE_SLOTS);
	assert_int_equal(s.profile_error, -EBUSY);
	for (int i = 0; i < MANY; i++)
		memprof_end(&r[i], NULL);
	s = stats_of(mp);
	assert_int_equal(s.profiles_written, MP_PROFILE_SLOTS);
	assert_int_equal(s.logged, MANY);
	serve_page(mp, "y", 0);
	assert_int_equal(memprof_close(mp), 0);
	assert_int_equal(find_profiles("-x-", NULL), MP_PROFILE_SLOTS);
	assert_int_equal(find_profiles("-y-", NULL), 1);
}

/* ---- what is never written ---- */

static void test_a_cancelled_one_is_not_written(void **state)
{
	struct memprof *mp = serve(PROFILE_ALL);
	struct memprof_request r = { 0 };

	(void)state;
	for (int i = 0; i < MANY; i++) {
		memprof_begin(mp, &r, "x");
		memprof_cancel(&r);
	}
	assert_int_equal(stats_of(mp).profiled, MANY);
	assert_int_equal(stats_of(mp).profiles_failed, 0);
	assert_int_equal(memprof_close(mp), 0);
	assert_int_equal(find_profiles("", NULL), 0);
}

static void test_a_copy_ends_nothing_twice(void **state)
{
	struct memprof *mp = serve(PROFILE_ALL);
	struct memprof_request r = { 0 }, copy;

	(void)state;
	memprof_begin(mp, &r, "x");
	copy = r;
	memprof_end(&r, NULL);
	memprof_end(&copy, NULL);
	assert_int_equal(memprof_close(mp), 0);
	assert_int_equal(find_profiles("", NULL), 1);
}

static void test_close_gives_up_what_is_in_flight(void **state)
{
	struct memprof_request r[3] = { 0 };

	(void)state;
	for (int i = 0; i < 30; i++) {
		struct memprof *mp = serve(PROFILE_ALL);

		for (int k = 0; k < 3; k++)
			memprof_begin(mp, &r[k], "x");
		assert_int_equal(stats_of(mp).profiles_failed, 0);
		assert_int_equal(memprof_close(mp), 0);
		for (uint32_t k = 0; k < MP_PROFILE_SLOTS; k++)
			assert_int_equal((uint8_t)mp_profile_at(k)->word,
					 MP_PROFILE_FREE);
		burn(MS);
		for (int k = 0; k < 3; k++)
			memprof_end(&r[k], NULL);
	}
	assert_int_equal(find_profiles("", NULL), 0);
}

static void test_freed_ones_are_given_up(void **state)
{
	struct memprof *mp =
		serve(PROFILE_ALL "abandon_after: 1\nprofile_interval: 1\n");

	(void)state;
	for (int i = 0; i < MP_PROFILE_SLOTS; i++) {
		struct memprof_request lost = { 0 };

		memprof_begin(mp, &lost, "lost");
		memprof_detach(&lost);
	}
	/* Each second's work gives up what was begun too long ago. */
	for (int i = 0; i < 10000 && find_profiles("-x-", NULL) == 0; i++) {
		serve_page(mp, "x", 0);
		usleep(1000);
	}
	assert_int_equal(find_profiles("-x-", NULL), 1);
	assert_int_equal(memprof_close(mp), 0);
	assert_int_equal(find_profiles("lost", NULL), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_teardown(name, clear)
		TEST(test_only_what_is_attached_counts),
		TEST(test_it_moves_with_its_request),
		TEST(test_another_thread_may_end_it),
		TEST(test_its_thread_may_end_before_it),
		TEST(test_nested_requests_have_one_each),
		TEST(test_many_are_profiled_at_once),
		TEST(test_a_cancelled_one_is_not_written),
		TEST(test_a_copy_ends_nothing_twice),
		TEST(test_close_gives_up_what_is_in_flight),
		TEST(test_freed_ones_are_given_up),
	};

	return cmocka_run_group_tests_name("profile_lives", tests, enter,
					   leave);
}
