/* unwindbounds: where threads' stacks lie, to the page. */

#include "test.h"

#include "profile/unwind.h"

#include <pthread.h>
#include <stdlib.h>
#include <sys/mman.h>

#define PAGE  4096u
#define STACK (2u << 20)

static uintptr_t up(uintptr_t address)
{
	return (address + PAGE - 1) / PAGE * PAGE;
}

struct answer {
	struct mp_stack_bounds first, again;
	uintptr_t low, high, frame; /* as pthread says */
	int err;
};

static void *ask(void *arg)
{
	struct answer *a = arg;
	pthread_attr_t attr;
	void *low;
	size_t size;

	a->err = pthread_getattr_np(pthread_self(), &attr);
	if (a->err)
		return NULL;
	pthread_attr_getstack(&attr, &low, &size);
	pthread_attr_destroy(&attr);
	a->low = (uintptr_t)low;
	a->high = a->low + size;
	a->frame = (uintptr_t)&attr;
	a->err = mp_unwind_bounds(&a->first);
	if (!a->err)
		a->err = mp_unwind_bounds(&a->again);
	return NULL;
}

static void check(const struct answer *a)
{
	assert_int_equal(a->err, 0);
	assert_int_equal(a->first.low, a->low / PAGE * PAGE);
	assert_int_equal(a->first.high, up(a->high));
	assert_int_equal(a->again.low, a->first.low);
	assert_int_equal(a->again.high, a->first.high);
	assert_in_range(a->frame, a->first.low, a->first.high - 1);
}

static void test_the_main_thread_has_its_stack(void **state)
{
	struct answer a = { .err = 0 };

	(void)state;
	ask(&a);
	check(&a);
}

static void test_a_thread_has_its_own(void **state)
{
	struct answer a[2] = { { .err = 0 }, { .err = 0 } };
	pthread_t threads[2];

	(void)state;
	for (int i = 0; i < 2; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, ask, &a[i]),
				 0);
	for (int i = 0; i < 2; i++) {
		pthread_join(threads[i], NULL);
		check(&a[i]);
	}
}

/* The host may put it anywhere. */
static void test_pages_that_are_shared_are_whole(void **state)
{
	char *pages = mmap(NULL, STACK + PAGE, PROT_READ | PROT_WRITE,
			   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	struct answer a = { .err = 0 };
	pthread_attr_t attr;
	pthread_t thread;

	(void)state;
	assert_ptr_not_equal(pages, MAP_FAILED);
	pthread_attr_init(&attr);
	assert_int_equal(pthread_attr_setstack(&attr, pages + 1024, STACK), 0);
	assert_int_equal(pthread_create(&thread, &attr, ask, &a), 0);
	pthread_attr_destroy(&attr);
	pthread_join(thread, NULL);
	check(&a);
	assert_int_equal(a.first.low, (uintptr_t)pages);
	assert_int_equal(a.first.high, (uintptr_t)pages + STACK + PAGE);
	munmap(pages, STACK + PAGE);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_the_main_thread_has_its_stack),
		cmocka_unit_test(test_a_thread_has_its_own),
		cmocka_unit_test(test_pages_that_are_shared_are_whole),
	};

	return cmocka_run_group_tests_name("unwindbounds", tests, NULL, NULL);
}
