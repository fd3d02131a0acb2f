/* thread: the stack of frames, the doorbells, and threads that come anew. */

#include "serving.h"

#include "core/overlap.h"
#include "core/process.h"
#include "core/thread.h"

#define MANY 3000

static struct mp_thread *t;
static struct mp_frame popped;

static int set_up(void **state)
{
	(void)state;
	t = mp_thread_get(mp_process_token());
	mp_thread_answer();
	return 0;
}

static void push(uint64_t number, uint32_t session)
{
	mp_thread_push(t, number, session, false);
}

static void test_frames_are_found_wherever_they_are(void **state)
{
	(void)state;
	for (uint64_t i = 1; i <= 5; i++)
		push(i, 1);
	assert_true(mp_thread_pop(t, 3, 1, &popped));
	assert_int_equal(popped.number, 3);
	assert_true(mp_thread_pop(t, 1, 1, &popped));
	assert_int_equal(t->depth, 3);
	assert_int_equal(t->frames[0].number, 2);
	assert_int_equal(t->frames[1].number, 4);
	assert_int_equal(t->frames[2].number, 5);
	assert_false(mp_thread_pop(t, 3, 1, &popped));
	assert_false(mp_thread_pop(t, 2, 2, &popped));
	assert_int_equal(t->depth, 3);
}

static void test_a_full_stack_loses_the_outermost(void **state)
{
	(void)state;
	for (uint64_t i = 0; i < MP_THREAD_FRAMES + 2; i++)
		push(i, 1);
	assert_int_equal(t->depth, MP_THREAD_FRAMES);
	assert_false(mp_thread_pop(t, 0, 1, &popped));
	assert_false(mp_thread_pop(t, 1, 1, &popped));
	for (uint64_t i = MP_THREAD_FRAMES + 2; i-- > 2;)
		assert_true(mp_thread_pop(t, i, 1, &popped));
	assert_int_equal(t->depth, 0);
}

static void test_nesting_counts_in_the_frames_of_its_session(void **state)
{
	(void)state;
	push(1, 7);
	push(2, 8);
	push(3, 7);
	assert_int_equal(mp_thread_nest(t, 7), 2);
	assert_int_equal(mp_thread_nest(t, 8), 1);
	assert_int_equal(mp_thread_nest(t, 9), 0);
	mp_thread_pop(t, 1, 7, &popped);
	assert_int_equal(popped.nested, 1);
	mp_thread_pop(t, 2, 8, &popped);
	assert_int_equal(popped.nested, 1);
	mp_thread_pop(t, 3, 7, &popped);
	assert_int_equal(popped.nested, 1);
}

static void test_the_dead_are_dropped_and_the_living_stay(void **state)
{
	struct mp_overlap o;
	uint64_t dead, living, others = 5;

	(void)state;
	mp_overlap_init(&o, 8000000000);
	dead = mp_overlap_begin(&o, 1000000000).number;
	living = mp_overlap_begin(&o, 100000000000).number;
	mp_overlap_sweep(&o, 100000000000);
	push(dead, 1);
	push(others, 2);
	push(living, 1);
	push(dead, 1);
	mp_thread_drop_dead(t, 1, &o);
	assert_int_equal(t->depth, 2);
	assert_int_equal(t->frames[0].number, others);
	assert_int_equal(t->frames[1].number, living);
}

static void *ring(void *arg)
{
	mp_thread_ring(*(uint32_t *)arg);
	return NULL;
}

static void test_a_ring_makes_it_forget_its_frames(void **state)
{
	uint32_t other = t->serial + 1, same = t->serial + MP_THREAD_BELLS;

	(void)state;
	push(1, 1);
	run_thread(ring, &other);
	assert_int_equal(mp_thread_get(mp_process_token())->depth, 1);
	run_thread(ring, &t->serial);
	assert_int_equal(mp_thread_get(mp_process_token())->depth, 0);

	/* Who has the same bell forgets them, too: too much is no harm. */
	push(1, 1);
	run_thread(ring, &same);
	assert_int_equal(mp_thread_get(mp_process_token())->depth, 0);
	push(1, 1);
	assert_int_equal(mp_thread_get(mp_process_token())->depth, 1);
}

static void test_another_process_forgets_its_frames(void **state)
{
	uint32_t serial = t->serial;

	(void)state;
	push(1, 1);
	t = mp_thread_get(mp_process_token() + 1);
	assert_int_equal(t->depth, 0);
	assert_int_not_equal(t->serial, serial);
	t = mp_thread_get(mp_process_token());
}

static _Atomic int misfits;
static uint32_t serials[MANY];

static void *look_at_self(void *arg)
{
	struct mp_thread *self = mp_thread_get(mp_process_token());

	*(uint32_t *)arg = self->serial;
	misfits += self->depth != 0 || self->tid != gettid() ||
		   !self->allocated || !self->freed;
	return NULL;
}

static int by_value(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return (x > y) - (x < y);
}

static void test_no_two_threads_share_a_serial(void **state)
{
	(void)state;
	for (int i = 0; i < MANY; i++)
		run_thread(look_at_self, &serials[i]);
	qsort(serials, MANY, sizeof(*serials), by_value);
	for (int i = 1; i < MANY; i++)
		assert_int_not_equal(serials[i], serials[i - 1]);
	assert_int_equal(misfits, 0);
}

/* ---- heights ---- */

static void test_peaks_are_folded_before_each_reset(void **state)
{
	int64_t before, size;
	void *p;

	(void)state;
	need_jemalloc();
	t = mp_thread_get(mp_process_token());
	mp_thread_push(t, 1, 1, true);
	before = mp_thread_height(t);
	p = work_alloc(1 << 20);
	size = (int64_t)malloc_usable_size(p);
	assert_int_equal(mp_thread_height(t), before + size);
	free(p);
	mp_thread_push(t, 2, 1, true);
	assert_int_equal(t->frames[1].high, before);
	assert_true(mp_thread_pop(t, 2, 1, &popped));
	assert_true(popped.high >= before && popped.high < before + size);
	assert_true(mp_thread_pop(t, 1, 1, &popped));
	assert_true(popped.high > before + size - 65536);
	assert_true(popped.high <= before + size);
}

static int open_once(void **state)
{
	struct memprof *mp;

	if (enter(state))
		return -1;
	mp = serve("");
	return memprof_close(mp);
}

int main(void)
{
#define ONE(name) cmocka_unit_test_setup(name, set_up)
	const struct CMUnitTest tests[] = {
		ONE(test_frames_are_found_wherever_they_are),
		ONE(test_a_full_stack_loses_the_outermost),
		ONE(test_nesting_counts_in_the_frames_of_its_session),
		ONE(test_the_dead_are_dropped_and_the_living_stay),
		ONE(test_a_ring_makes_it_forget_its_frames),
		ONE(test_another_process_forgets_its_frames),
		ONE(test_no_two_threads_share_a_serial),
		ONE(test_peaks_are_folded_before_each_reset),
	};

	return cmocka_run_group_tests_name("thread", tests, open_once, leave);
}
