/* owncost: the mean of what was measured stands for all requests. */

#include "test.h"

#include "live/owncost.h"

#include <math.h>

static struct mp_live live;

static int setup(void **state)
{
	(void)state;
	live = (struct mp_live){
		.alive = true,
		.seen = true,
		.proc.cpu_ns = 1000000,
		.shot = { .ledger = { .begun = 1000 },
			  .cost_requests = 10,
			  .cost_ns = 200 },
	};
	return 0;
}

static void assert_percent(double want)
{
	struct mp_owncost c = { 0 };

	mp_owncost_add(&c, &live);
	assert_true(fabs(mp_owncost_percent(&c) - want) < 1e-9);
}

static void test_all_requests_cost_the_mean(void **state)
{
	(void)state;
	assert_percent(2);
}

static void test_paused_ones_cost_nothing(void **state)
{
	(void)state;
	live.shot.ledger.skipped_paused = 500;
	assert_percent(1);
}

static void test_the_writer_is_added(void **state)
{
	(void)state;
	live.shot.writer_ns = 30000;
	assert_percent(5);
}

static void test_unknown_is_below_nothing(void **state)
{
	const struct mp_owncost none = { 0 };

	(void)state;
	assert_true(mp_owncost_percent(&none) < 0);
	live.seen = false;
	assert_percent(-1);
	setup(NULL);
	live.shot.cost_requests = 0;
	assert_percent(-1);
	setup(NULL);
	live.proc.cpu_ns = 0;
	assert_percent(-1);
	setup(NULL);
	live.shot.ledger.begun = 9; /* no recorder says so in earnest */
	assert_percent(-1);
}

static void test_processes_are_summed_up(void **state)
{
	struct mp_owncost c = { 0 };

	(void)state;
	mp_owncost_add(&c, &live);
	live.shot.ledger.begun = 3000;
	live.shot.cost_requests = 30;
	live.shot.cost_ns = 1800;
	live.proc.cpu_ns = 3000000;
	mp_owncost_add(&c, &live);
	assert_true(fabs(mp_owncost_percent(&c) - 5) < 1e-9);
	assert_int_equal(c.sampled, 40);
	assert_true(fabs(c.mean_ns - 50) < 1e-9);
}

#define TEST(f) cmocka_unit_test_setup(f, setup)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_all_requests_cost_the_mean),
		TEST(test_paused_ones_cost_nothing),
		TEST(test_the_writer_is_added),
		TEST(test_unknown_is_below_nothing),
		TEST(test_processes_are_summed_up),
	};

	return cmocka_run_group_tests_name("owncost", tests, NULL, NULL);
}
