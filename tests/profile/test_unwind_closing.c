/* unwind: while the stack of a thread that blocks is walked, whatever lies on
   it, no module goes away. */

#include "test.h"

#include "profile/module.h"
#include "profile/unwind.h"

#include <dlfcn.h>
#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

static void *library;
static uintptr_t place; /* in it */
static _Atomic bool is_found, is_closed, was_closed;

static bool nap(void)
{
	const struct timespec ms = { 0, 1000000 };

	return !nanosleep(&ms, NULL);
}

static void *close_it(void *arg)
{
	while (!is_found)
		nap();
	dlclose(library);
	is_closed = true;
	return arg;
}

#define JOIN(prefix, name)     prefix##name
#define PREFIXED(prefix, name) JOIN(prefix, name)
#define REAL_FIND	       PREFIXED(__real_, mp_module_find)
#define OUR_FIND	       PREFIXED(__wrap_, mp_module_find)

int REAL_FIND(uintptr_t pc, struct mp_module *ret);
int OUR_FIND(uintptr_t pc, struct mp_module *ret);

/* Let the other thread close what was found, if it can. */
int OUR_FIND(uintptr_t pc, struct mp_module *ret)
{
	int err = REAL_FIND(pc, ret);

	if (err || place < ret->start || place >= ret->end)
		return err;
	is_found = true;
	for (int ms = 0; ms < 100 && !is_closed; ms++)
		nap();
	was_closed = is_closed;
	return was_closed ? -ENOENT : 0;
}

static int first_code(struct dl_phdr_info *info, size_t size, void *ret)
{
	(void)size;
	if (info->dlpi_addr != ((const struct link_map *)library)->l_addr)
		return 0;
	for (int i = 0; i < info->dlpi_phnum; i++)
		if (info->dlpi_phdr[i].p_type == PT_LOAD &&
		    info->dlpi_phdr[i].p_flags & PF_X)
			*(uintptr_t *)ret =
				info->dlpi_addr + info->dlpi_phdr[i].p_vaddr;
	return 1;
}

static void test_a_module_is_not_closed_while_it_is_read(void **state)
{
	uintptr_t words[16] = { 0 }, pcs[MP_UNWIND_MAX];
	struct mp_stack_bounds bounds = { (uintptr_t)words,
					  (uintptr_t)(words + 16) };
	pthread_t thread;
	bool cut;

	(void)state;
	library = dlopen("libanl.so.1", RTLD_NOW);
	if (!library) {
		printf("skipped: no library to close\n");
		skip();
	}
	dl_iterate_phdr(first_code, &place);
	assert_true(place != 0);
	mp_unwind_refresh();
	assert_int_equal(pthread_create(&thread, NULL, close_it, NULL), 0);
	mp_unwind_blocked(place, (uintptr_t)words, bounds, pcs, MP_UNWIND_MAX,
			  &cut);
	assert_true(is_found);
	assert_false(was_closed);
	pthread_join(thread, NULL);
	assert_true(is_closed);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_module_is_not_closed_while_it_is_read),
	};

	return cmocka_run_group_tests_name("closing", tests, NULL, NULL);
}
