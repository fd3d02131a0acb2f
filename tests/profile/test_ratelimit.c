/* ratelimit: so many in any minute, however many threads ask. */

#include "test.h"

#include "profile/ratelimit.h"

#include <pthread.h>

#define S INT64_C(1000000000)

static void test_as_many_as_allowed_in_any_minute(void **state)
{
	struct mp_ratelimit limit = { 0 };
	int64_t now = 1000 * S;

	(void)state;
	for (int i = 0; i < 6; i++)
		assert_true(mp_ratelimit_take(&limit, 6, 1, now + i * 10 * S));
	assert_false(mp_ratelimit_take(&limit, 6, 1, now + 50 * S));
	assert_false(mp_ratelimit_take(&limit, 6, 1, now + 60 * S - 1000000));
	/* One a time, as each becomes a minute old. */
	assert_true(mp_ratelimit_take(&limit, 6, 1, now + 60 * S));
	assert_false(mp_ratelimit_take(&limit, 6, 1, now + 60 * S));
	assert_true(mp_ratelimit_take(&limit, 6, 1, now + 70 * S));
	assert_false(mp_ratelimit_take(&limit, 6, 1, now + 79 * S));
}

static void test_none_is_none(void **state)
{
	struct mp_ratelimit limit = { 0 };

	(void)state;
	assert_false(mp_ratelimit_take(&limit, 0, 1, 0));
}

static void test_first_millisecond_counts_too(void **state)
{
	struct mp_ratelimit limit = { 0 };

	(void)state;
	assert_true(mp_ratelimit_take(&limit, 1, 1, 0));
	assert_false(mp_ratelimit_take(&limit, 1, 1, 0));
}

static void test_clock_may_wrap(void **state)
{
	struct mp_ratelimit limit = { 0 };
	int64_t wrap = (INT64_C(1) << 32) * 1000000;

	(void)state;
	assert_true(mp_ratelimit_take(&limit, 1, 1, wrap - S));
	assert_false(mp_ratelimit_take(&limit, 1, 1, wrap + S));
	assert_true(mp_ratelimit_take(&limit, 1, 1, wrap + 60 * S));
}

static void test_child_begins_anew(void **state)
{
	struct mp_ratelimit limit = { 0 };

	(void)state;
	assert_true(mp_ratelimit_take(&limit, 1, 1, S));
	assert_true(mp_ratelimit_take(&limit, 1, 2, S));
	assert_false(mp_ratelimit_take(&limit, 1, 2, S));
}

static void test_bound_is_the_number_of_slots(void **state)
{
	struct mp_ratelimit limit = { 0 };
	int taken = 0;

	(void)state;
	while (taken < 1000 && mp_ratelimit_take(&limit, 1000, 1, S))
		taken++;
	assert_int_equal(taken, MP_RATELIMIT_MAX);
}

struct racers {
	struct mp_ratelimit limit;
	pthread_barrier_t start;
	atomic_int taken;
};

static void *take_some(void *arg)
{
	struct racers *r = arg;

	pthread_barrier_wait(&r->start);
	for (int i = 0; i < 10; i++)
		if (mp_ratelimit_take(&r->limit, 20, 1, S))
			atomic_fetch_add(&r->taken, 1);
	return NULL;
}

static void test_threads_share_it(void **state)
{
	(void)state;
	for (int round = 0; round < 200; round++) {
		struct racers r = { .taken = 0 };
		pthread_t threads[4];

		pthread_barrier_init(&r.start, NULL, ARRAY_SIZE(threads));
		for (size_t i = 0; i < ARRAY_SIZE(threads); i++)
			assert_int_equal(pthread_create(&threads[i], NULL,
							take_some, &r),
					 0);
		for (size_t i = 0; i < ARRAY_SIZE(threads); i++)
			pthread_join(threads[i], NULL);
		pthread_barrier_destroy(&r.start);
		assert_int_equal(atomic_load(&r.taken), 20);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_as_many_as_allowed_in_any_minute),
		cmocka_unit_test(test_none_is_none),
		cmocka_unit_test(test_first_millisecond_counts_too),
		cmocka_unit_test(test_clock_may_wrap),
		cmocka_unit_test(test_child_begins_anew),
		cmocka_unit_test(test_bound_is_the_number_of_slots),
		cmocka_unit_test(test_threads_share_it),
	};

	return cmocka_run_group_tests_name("ratelimit", tests, NULL, NULL);
}
