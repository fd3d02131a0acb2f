/* order: what a command wants profiled is taken as often as it wants, of the
   pages that it wants, by any number of threads; what it became is told. */

#include "test.h"

#include "profile/order.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>

static struct mp_recorder_order order;

static void give(uint32_t serial, const char *page, uint32_t next,
		 uint32_t every)
{
	atomic_store(&order.open, 0);
	order.wish = (struct mp_recorder_wish){ .next = next, .every = every };
	snprintf(order.wish.page, sizeof(order.wish.page), "%s", page);
	atomic_store(&order.open, serial);
}

static int enter(void **state)
{
	(void)state;
	memset(&order, 0, sizeof(order));
	return 0;
}

static bool take(const char *page)
{
	struct mp_order_taken taken;

	return mp_order_take(&order, page, &taken);
}

static void test_no_order_takes_nothing(void **state)
{
	(void)state;
	assert_int_equal(mp_order_open(&order), 0);
	assert_false(take("a"));
}

static void test_it_is_closed_when_it_has_enough(void **state)
{
	(void)state;
	give(7, "a*", 2, 1);
	assert_int_equal(mp_order_open(&order), 7);
	assert_false(take("b"));
	assert_true(take("a1"));
	assert_int_equal(mp_order_open(&order), 7);
	assert_true(take("a2"));
	assert_int_equal(mp_order_open(&order), 0);
	assert_false(take("a3"));
	assert_int_equal(atomic_load(&order.taken), UINT64_C(7) << 32 | 2);
}

static void test_one_of_so_many_that_match(void **state)
{
	unsigned taken = 0;

	(void)state;
	give(7, "a", 3, 4);
	for (int i = 0; i < 12; i++) {
		bool is = take("a");

		assert_false(take("b"));
		assert_int_equal(is, i % 4 == 0);
		taken += is;
	}
	assert_int_equal(taken, 3);
	assert_int_equal(mp_order_open(&order), 0);
}

static void test_another_order_begins_anew(void **state)
{
	struct mp_order_taken taken;

	(void)state;
	give(7, "a", 2, 1);
	assert_true(take("a"));
	give(8, "*", 2, 1);
	assert_true(mp_order_take(&order, "b", &taken));
	assert_int_equal(taken.serial, 8);
	assert_int_equal(atomic_load(&order.taken), UINT64_C(8) << 32 | 1);
	assert_true(take("b"));
	assert_false(take("b"));
}

/* The counts of an order, of each kind. */
static void assert_counts(uint32_t serial, uint32_t taken, uint32_t failed,
			  uint32_t written)
{
	assert_int_equal(atomic_load(&order.taken),
			 (uint64_t)serial << 32 | taken);
	assert_int_equal(atomic_load(&order.failed),
			 (uint64_t)serial << 32 | failed);
	assert_int_equal(atomic_load(&order.written),
			 (uint64_t)serial << 32 | written);
}

static struct late_case {
	const char *name;
	uint32_t before, now;
} late_cases[] = {
	{ "what is done late is not counted for a later order", 7, 8 },
	{ "nor where serials go around", UINT32_MAX, 1 },
	{ "nor after many orders", 1, INT32_MAX },
};

static void test_late(void **state)
{
	const struct late_case *c = *state;

	give(c->before, "a", 3, 1);
	assert_true(take("a"));
	assert_true(take("a"));
	mp_order_done(&order, c->before, "early");
	give(c->now, "a", 3, 1);
	assert_true(take("a"));
	assert_true(take("a"));
	mp_order_done(&order, c->now, "new");
	mp_order_done(&order, c->now, NULL);
	mp_order_done(&order, c->before, "late");
	mp_order_done(&order, c->before, NULL);
	assert_counts(c->now, 2, 1, 1);
	assert_string_equal(order.files[0].name, "new");
}

/* Who was held up between a look at the order and its count. */
static void test_an_order_that_is_over_takes_nothing(void **state)
{
	(void)state;
	give(8, "a", 3, 1);
	assert_true(take("a"));
	atomic_store(&order.open, 7);
	assert_false(take("a"));
	atomic_store(&order.matched, 0);
	assert_false(take("a"));
	assert_int_equal(atomic_load(&order.taken), UINT64_C(8) << 32 | 1);
}

static struct interval_case {
	const char *name;
	int64_t wanted, taken;
} interval_cases[] = {
	{ "as configured", 0, 0 },
	{ "the shortest", MP_PROFILE_INTERVAL_MIN_NS,
	  MP_PROFILE_INTERVAL_MIN_NS },
	{ "the longest", MP_PROFILE_INTERVAL_MAX_NS,
	  MP_PROFILE_INTERVAL_MAX_NS },
	{ "too short", MP_PROFILE_INTERVAL_MIN_NS - 1, 0 },
	{ "too long", MP_PROFILE_INTERVAL_MAX_NS + 1, 0 },
	{ "no time", -1, 0 },
};

static void test_interval(void **state)
{
	const struct interval_case *c = *state;
	struct mp_order_taken taken;

	give(7, "a", 1, 1);
	order.wish.interval_ns = c->wanted;
	assert_true(mp_order_take(&order, "a", &taken));
	assert_int_equal(taken.interval_ns, c->taken);
}

static void test_a_pattern_without_an_end_is_read_to_its_end(void **state)
{
	(void)state;
	give(7, "", 1, 1);
	memset(order.wish.page, '*', sizeof(order.wish.page));
	assert_true(take("a"));
}

static void test_files_have_numbers(void **state)
{
	(void)state;
	give(7, "a", 20, 1);
	mp_order_done(&order, 7, "/some/where/first");
	mp_order_done(&order, 7, NULL);
	mp_order_done(&order, 7, "second");
	assert_int_equal(atomic_load(&order.written), UINT64_C(7) << 32 | 2);
	assert_int_equal(atomic_load(&order.failed), UINT64_C(7) << 32 | 1);
	assert_string_equal(order.files[0].name, "first");
	assert_int_equal(atomic_load(&order.files[0].order),
			 UINT64_C(7) << 32 | 1);
	assert_string_equal(order.files[1].name, "second");
	for (int i = 2; i <= MP_RECORDER_FILES; i++) {
		char name[16];

		snprintf(name, sizeof(name), "d/%d", i);
		mp_order_done(&order, 7, name);
	}
	assert_string_equal(order.files[0].name, "8");
	assert_int_equal(atomic_load(&order.files[0].order),
			 UINT64_C(7) << 32 | (MP_RECORDER_FILES + 1));
}

static void test_a_name_that_is_too_long_is_left_out(void **state)
{
	char name[NAME_MAX + 2];

	(void)state;
	memset(name, 'x', sizeof(name));
	name[sizeof(name) - 1] = '\0';
	give(7, "a", 1, 1);
	mp_order_done(&order, 7, name);
	assert_int_equal(atomic_load(&order.written), UINT64_C(7) << 32 | 1);
	assert_int_equal(atomic_load(&order.files[0].order), 0);
}

/* ---- threads ---- */

#define THREADS 4
#define TRIES	20000
#define WANTED	5000

static void *take_many(void *arg)
{
	unsigned *taken = arg;

	for (int i = 0; i < TRIES; i++)
		*taken += take("a");
	return NULL;
}

static void test_many_threads_take_no_more_than_is_wanted(void **state)
{
	unsigned taken[THREADS] = { 0 }, sum = 0;
	pthread_t threads[THREADS];

	(void)state;
	give(7, "a", WANTED, 2);
	for (int i = 0; i < THREADS; i++)
		assert_int_equal(
			pthread_create(&threads[i], NULL, take_many, &taken[i]),
			0);
	for (int i = 0; i < THREADS; i++) {
		pthread_join(threads[i], NULL);
		sum += taken[i];
	}
	assert_int_equal(sum, WANTED);
	assert_int_equal(mp_order_open(&order), 0);
}

#define TEST(t) cmocka_unit_test_setup(t, enter)

int main(void)
{
	const struct CMUnitTest alone[] = {
		TEST(test_no_order_takes_nothing),
		TEST(test_it_is_closed_when_it_has_enough),
		TEST(test_one_of_so_many_that_match),
		TEST(test_another_order_begins_anew),
		TEST(test_an_order_that_is_over_takes_nothing),
		TEST(test_a_pattern_without_an_end_is_read_to_its_end),
		TEST(test_files_have_numbers),
		TEST(test_a_name_that_is_too_long_is_left_out),
		TEST(test_many_threads_take_no_more_than_is_wanted),
	};
	struct CMUnitTest tests[ARRAY_SIZE(alone) + ARRAY_SIZE(late_cases) +
				ARRAY_SIZE(interval_cases)];
	size_t n = ARRAY_SIZE(alone);

	memcpy(tests, alone, sizeof(alone));
	for (size_t i = 0; i < ARRAY_SIZE(late_cases); i++)
		tests[n++] = (struct CMUnitTest){
			.name = late_cases[i].name,
			.test_func = test_late,
			.setup_func = enter,
			.initial_state = &late_cases[i],
		};
	for (size_t i = 0; i < ARRAY_SIZE(interval_cases); i++)
		tests[n++] = (struct CMUnitTest){
			.name = interval_cases[i].name,
			.test_func = test_interval,
			.setup_func = enter,
			.initial_state = &interval_cases[i],
		};
	return cmocka_run_group_tests_name("order", tests, NULL, NULL);
}
