/* process: a forked child knows itself, and exactly one of its threads renews
   it. */

#include "serving.h"

#include "core/process.h"

#define THREADS 8

static int set_up(void **state)
{
	(void)state;
	return mp_process_init();
}

static void test_the_first_process_is_no_child(void **state)
{
	struct mp_process_page *page = mp_process_page();

	(void)state;
	assert_false(mp_process_is_new());
	assert_int_equal(atomic_load(&mp_process.pid), getpid());
	assert_int_not_equal(mp_process_token(), 0);
	assert_int_equal(mp_process_init(), 0);
	assert_ptr_equal(mp_process_page(), page);
}

static int renew(void *arg)
{
	uint32_t parents = *(uint32_t *)arg;

	CHILD_CHECK(mp_process_is_new());
	CHILD_CHECK(mp_process_renew());
	CHILD_CHECK(mp_process_is_new());
	mp_process_renewed();
	CHILD_CHECK(!mp_process_is_new());
	CHILD_CHECK(!mp_process_renew());
	CHILD_CHECK(mp_process_token() != parents && mp_process_token());
	CHILD_CHECK(atomic_load(&mp_process.pid) == getpid());
	parents = mp_process_token();
	if (parents < 6)
		return in_child(renew, &parents);
	return 0;
}

static void test_children_of_children_renew(void **state)
{
	uint32_t token = mp_process_token();

	(void)state;
	assert_int_equal(in_child(renew, &token), 0);
	assert_int_equal(mp_process_token(), token);
	assert_false(mp_process_is_new());
}

static _Atomic int renewed, early;
static _Atomic bool done;

static void *take_part(void *arg)
{
	(void)arg;
	if (mp_process_renew()) {
		renewed++;
		usleep(20000);
		done = true;
		mp_process_renewed();
	} else if (!done) {
		early++;
	}
	return NULL;
}

static int renew_by_many(void *arg)
{
	pthread_t threads[THREADS];

	(void)arg;
	for (int i = 0; i < THREADS; i++)
		pthread_create(&threads[i], NULL, take_part, NULL);
	for (int i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	CHILD_CHECK(renewed == 1 && early == 0);
	return 0;
}

static void test_one_thread_renews_and_the_others_wait_for_it(void **state)
{
	(void)state;
	assert_int_equal(in_child(renew_by_many, NULL), 0);
}

/* A lock held while forking is free in the child. */
static int lock_too(void *arg)
{
	(void)arg;
	alarm(60);
	mp_process_lock();
	mp_process_unlock();
	return 0;
}

static void test_the_parents_lock_is_free_in_a_child(void **state)
{
	(void)state;
	mp_process_lock();
	assert_int_equal(in_child(lock_too, NULL), 0);
	mp_process_unlock();
}

static uint64_t guarded;

static void *add_under_lock(void *arg)
{
	(void)arg;
	for (int i = 0; i < 5000; i++) {
		mp_process_lock();
		guarded++;
		mp_process_unlock();
	}
	return NULL;
}

static void test_the_lock_keeps_others_out(void **state)
{
	pthread_t threads[THREADS];

	(void)state;
	for (int i = 0; i < THREADS; i++)
		assert_int_equal(
			pthread_create(&threads[i], NULL, add_under_lock, NULL),
			0);
	for (int i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	assert_int_equal(guarded, THREADS * 5000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_the_first_process_is_no_child),
		cmocka_unit_test(test_children_of_children_renew),
		cmocka_unit_test(
			test_one_thread_renews_and_the_others_wait_for_it),
		cmocka_unit_test(test_the_parents_lock_is_free_in_a_child),
		cmocka_unit_test(test_the_lock_keeps_others_out),
	};

	return cmocka_run_group_tests_name("process", tests, set_up, NULL);
}
