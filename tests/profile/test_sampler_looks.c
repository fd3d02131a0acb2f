/* sampler: what happens while it looks. */

#include "test.h"

#include "core/process.h"
#include "profile/blocked.h"
#include "profile/slowcopy.h"
#include "profile/watched.h"

#include <sched.h>
#include <stdatomic.h>

/* What happens while the sampler looks: its readings of a stack's place, counted
   from 1 since `happens` was set, and of the CPU clock behind the copy. */
static void (*_Atomic happens)(int nth, struct mp_blocked *seen);
static _Atomic int readings;
static _Atomic uint64_t the_watch;
static _Atomic int64_t clock_goes_on_ns;

int __real_mp_blocked_read(int fd, struct mp_blocked *ret);
int __wrap_mp_blocked_read(int fd, struct mp_blocked *ret);
int __wrap_mp_blocked_read(int fd, struct mp_blocked *ret)
{
	void (*act)(int, struct mp_blocked *) = happens;
	int err = __real_mp_blocked_read(fd, ret);

	if (act && err == 1) {
		while (!the_watch)
			sched_yield();
		act(++readings, ret);
	}
	return err;
}

int64_t __real_mp_blocked_cpu_ns(pid_t tid);
int64_t __wrap_mp_blocked_cpu_ns(pid_t tid);
int64_t __wrap_mp_blocked_cpu_ns(pid_t tid)
{
	return __real_mp_blocked_cpu_ns(tid) + clock_goes_on_ns;
}
static struct mp_sampler_told the_told;
static _Atomic bool is_left;

static void nothing(int nth, struct mp_blocked *seen)
{
	(void)nth;
	(void)seen;
}

/* Begin a watch whose first look meets what happens. */
static struct mp_fold *watch_what(void (*act)(int nth, struct mp_blocked *seen))
{
	struct mp_fold *fold = new_fold();

	readings = 0;
	is_left = false;
	the_watch = 0;
	happens = act;
	the_watch = watch(fold);
	return fold;
}

/* Wait for so many readings, end the watch if that did not happen, and return
   how many stacks there are. */
static uint64_t stacks_after(int wanted, struct mp_fold *fold)
{
	uint64_t samples;

	AWAIT(readings >= wanted);
	if (!is_left)
		assert_true(mp_sampler_leave(the_watch, &the_told));
	happens = nothing;
	clock_goes_on_ns = 0;
	/* The look that was under way is over when the sampler is. */
	assert_true(mp_sampler_stop(SECOND * 10));
	sum(fold, &samples);
	free_fold(fold);
	return samples;
}

static void be_in_another_call(int nth, struct mp_blocked *seen)
{
	if (nth % 2 == 0)
		seen->text[0]++;
}

static void run_meanwhile(int nth, struct mp_blocked *seen)
{
	(void)seen;
	clock_goes_on_ns += nth % 2;
}

static void test_a_thread_that_ran_meanwhile_is_not_told(void **state)
{
	struct mp_fold *fold = watch_what(be_in_another_call);

	(void)state;
	assert_int_equal(stacks_after(4, fold), 0);
	assert_in_range(the_told.moved, 1, readings);
	fold = watch_what(run_meanwhile);
	assert_int_equal(stacks_after(4, fold), 0);
	assert_in_range(the_told.moved, 1, readings);
}

static void leave_at_first(int nth, struct mp_blocked *seen)
{
	(void)seen;
	if (nth == 1)
		is_left = mp_sampler_leave(the_watch, &the_told);
}

static void leave_at_second(int nth, struct mp_blocked *seen)
{
	(void)seen;
	if (nth == 2)
		is_left = mp_sampler_leave(the_watch, &the_told);
}

static void test_a_watch_may_end_within_a_look(void **state)
{
	unsigned before = copies;
	struct mp_fold *fold = watch_what(leave_at_first);

	(void)state;
	assert_int_equal(stacks_after(1, fold), 0);
	assert_int_equal(copies, before);
	fold = watch_what(leave_at_second);
	assert_int_equal(stacks_after(2, fold), 0);
	assert_int_equal(copies, before + 1);
}

static _Atomic bool may_go_on;

static void hold_on(int nth, struct mp_blocked *seen)
{
	(void)nth;
	(void)seen;
	while (!may_go_on)
		sched_yield();
}

static void test_stop_waits_no_longer_than_told(void **state)
{
	struct mp_fold *fold;
	pid_t tid;

	(void)state;
	may_go_on = false;
	fold = watch_what(hold_on);
	AWAIT(readings > 0);
	assert_false(mp_sampler_stop(SECOND * 10));
	is_left = mp_sampler_leave(the_watch, &the_told);
	assert_false(mp_sampler_stop(SECOND / 1000));
	/* It has not stopped yet, and so it stays. */
	assert_int_equal(mp_sampler_start(), 0);
	may_go_on = true;
	nap(NULL);
	assert_int_equal(count_samplers(&tid), 1);
	stacks_after(1, fold);
}

static _Atomic bool is_watched_anew;

static void wait_for_another(int nth, struct mp_blocked *seen)
{
	leave_at_second(nth, seen);
	while (is_left && !is_watched_anew)
		sched_yield();
}

/* It has the place of the one that ended. */
static void test_a_look_does_not_count_for_the_next_watch(void **state)
{
	unsigned looks = 1;

	(void)state;
	/* It may have a look of its own, if only in a millisecond of a second. */
	for (int round = 0; looks && round < 10; round++) {
		struct mp_fold *fold = watch_what(wait_for_another);
		struct mp_stack_bounds bounds;
		uint64_t next;

		is_watched_anew = false;
		AWAIT(is_left);
		assert_int_equal(mp_unwind_bounds(&bounds), 0);
		assert_int_equal(mp_sampler_watch(fold, bounds, SECOND, &next),
				 0);
		assert_int_equal(next % MP_SAMPLER_WATCHES,
				 the_watch % MP_SAMPLER_WATCHES);
		is_watched_anew = true;
		nap(NULL);
		assert_true(mp_sampler_leave(next, &the_told));
		stacks_after(2, fold);
		looks = (unsigned)the_told.looks;
	}
	assert_int_equal(looks, 0);
}

/* Whoever ends waits for one copy of a stack, however slow that is.  Between the
   count and the end we may not run for a while: not in most rounds. */
static void test_the_end_waits_for_one_look_at_most(void **state)
{
	struct mp_fold *fold = new_fold();
	unsigned longer = 0;

	(void)state;
	copy_takes_ns = 3000000;
	for (int round = 0; round < 50; round++) {
		struct mp_sampler_told told;
		uint64_t name = watch(fold);
		unsigned before;

		nap(NULL);
		before = copies;
		assert_true(mp_sampler_leave(name, &told));
		longer += copies - before > 1;
	}
	assert_in_range(longer, 0, 24);
	copy_takes_ns = 0;
	free_fold(fold);
}

static int set_up(void **state)
{
	(void)state;
	return mp_process_init();
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_thread_that_ran_meanwhile_is_not_told),
		cmocka_unit_test(test_a_watch_may_end_within_a_look),
		cmocka_unit_test(test_stop_waits_no_longer_than_told),
		cmocka_unit_test(test_a_look_does_not_count_for_the_next_watch),
		cmocka_unit_test(test_the_end_waits_for_one_look_at_most),
	};

	return cmocka_run_group_tests_name("looks", tests, set_up, NULL);
}
