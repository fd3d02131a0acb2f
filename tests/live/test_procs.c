/* procs: this process as libproc2 tells of it, no other one, and no leak where
   it can't. */

#include "test.h"

#include "core/procstat.h"
#include "live/procs.h"

#include <errno.h>
#include <libproc2/pids.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static bool no_procfs;
static void *made; /* by the last calloc() of one */

int __real_procps_pids_new(struct pids_info **ret, enum pids_item *items,
			   int count);
int __wrap_procps_pids_new(struct pids_info **ret, enum pids_item *items,
			   int count);
void *__real_calloc(size_t count, size_t size);
void *__wrap_calloc(size_t count, size_t size);
void __real_free(void *p);
void __wrap_free(void *p);

int __wrap_procps_pids_new(struct pids_info **ret, enum pids_item *items,
			   int count)
{
	return no_procfs ? -ENOENT : __real_procps_pids_new(ret, items, count);
}

void *__wrap_calloc(size_t count, size_t size)
{
	void *p = __real_calloc(count, size);

	if (count == 1)
		made = p;
	return p;
}

void __wrap_free(void *p)
{
	if (p == made)
		made = NULL;
	__real_free(p);
}

static uint64_t start_of_this(void)
{
	uint64_t ticks;

	assert_int_equal(mp_procstat_start(getpid(), &ticks), 0);
	return ticks;
}

static void test_without_procfs_nothing_is_left_behind(void **state)
{
	struct mp_procs *procs = (struct mp_procs *)&no_procfs;
	int err;

	(void)state;
	made = NULL;
	no_procfs = true;
	err = mp_procs_open(&procs);
	no_procfs = false;
	assert_int_equal(err, -ENOENT);
	assert_ptr_equal(procs, &no_procfs);
	assert_null(made);
}

static void test_what_was_opened_is_freed(void **state)
{
	struct mp_procs *procs;

	(void)state;
	assert_int_equal(mp_procs_open(&procs), 0);
	assert_ptr_equal(made, procs);
	mp_procs_close(procs);
	assert_null(made);
	mp_procs_close(NULL);
}

static void test_it_tells_of_this_process(void **state)
{
	struct mp_procs *procs;
	struct mp_proc p;

	(void)state;
	assert_int_equal(mp_procs_open(&procs), 0);
	memset(&p, 0xff, sizeof(p));
	assert_int_equal(mp_procs_read(procs, getpid(), start_of_this(), &p),
			 0);
	assert_true(p.rss >= 4096 && p.rss < p.vss);
	assert_true(p.threads >= 1);
	assert_true(p.cpu_ns >= 0);
	assert_int_equal(p.state, 'R');
	assert_string_equal(p.name, program_invocation_short_name);
	mp_procs_close(procs);
}

static void test_of_no_other_under_its_number(void **state)
{
	struct mp_procs *procs;
	struct mp_proc p = { .rss = 7 };
	uint64_t ticks = start_of_this();

	(void)state;
	assert_int_equal(mp_procs_open(&procs), 0);
	assert_int_equal(mp_procs_read(procs, getpid(), ticks + 1, &p), -ESRCH);
	assert_int_equal(mp_procs_read(procs, getpid(), ticks - 1, &p), -ESRCH);
	assert_int_equal(mp_procs_read(procs, 0, ticks, &p), -ESRCH);
	assert_int_equal(mp_procs_read(procs, -1, ticks, &p), -ESRCH);
	/* Beyond the greatest pid that Linux has. */
	assert_int_equal(mp_procs_read(procs, INT32_MAX, ticks, &p), -ESRCH);
	assert_int_equal(p.rss, 7);
	mp_procs_close(procs);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_without_procfs_nothing_is_left_behind),
		cmocka_unit_test(test_what_was_opened_is_freed),
		cmocka_unit_test(test_it_tells_of_this_process),
		cmocka_unit_test(test_of_no_other_under_its_number),
	};

	return cmocka_run_group_tests_name("procs", tests, NULL, NULL);
}
