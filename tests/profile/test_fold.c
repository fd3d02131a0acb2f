/* fold: equal stacks are one, and nothing is lost without being counted. */

#include "test.h"

#include "profile/fold.h"

#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>

#define SIZE (size_t)(1 << 20)

static struct mp_fold *make(size_t size)
{
	void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	assert_true(memory != MAP_FAILED);
	return mp_fold_init(memory, size);
}

static void drop(struct mp_fold *f, size_t size)
{
	assert_int_equal(munmap(f, size), 0);
}

static uint64_t sum_samples(const struct mp_fold *f)
{
	uint64_t sum = 0;

	for (uint32_t page = 0; page < f->page_count; page++) {
		const struct mp_fold_stack *s = mp_fold_first(f, page);

		for (; s; s = mp_fold_next(f, s))
			sum += s->samples;
	}
	return sum;
}

static size_t count_stacks(const struct mp_fold *f, uint32_t page)
{
	size_t n = 0;

	for (const struct mp_fold_stack *s = mp_fold_first(f, page); s;
	     s = mp_fold_next(f, s))
		n++;
	return n;
}

/* ---- against a list that is searched from end to end ---- */

struct plain {
	enum mp_fold_kind kind;
	size_t depth;
	uintptr_t pcs[MP_FOLD_FRAMES_MAX];
	uint64_t samples, value;
};

#define PLAIN_MAX 4096

struct plain_list {
	size_t count;
	struct plain stacks[PLAIN_MAX];
};

static void plain_add(struct plain_list *list, enum mp_fold_kind kind,
		      const uintptr_t *pcs, size_t depth, uint64_t samples,
		      uint64_t value)
{
	struct plain *p = list->stacks;

	for (; p < list->stacks + list->count; p++)
		if (p->kind == kind && p->depth == depth &&
		    !memcmp(p->pcs, pcs, depth * sizeof(*pcs)))
			break;
	if (p == list->stacks + list->count) {
		assert_true(list->count < PLAIN_MAX);
		list->count++;
		p->kind = kind;
		p->depth = depth;
		memcpy(p->pcs, pcs, depth * sizeof(*pcs));
	}
	p->samples += samples;
	p->value += value;
}

static void assert_same(const struct mp_fold *f, const struct plain_list *list)
{
	const struct mp_fold_stack *s = mp_fold_first(f, 0);
	uint64_t samples = 0;

	for (size_t i = 0; i < list->count; i++, s = mp_fold_next(f, s)) {
		const struct plain *p = &list->stacks[i];

		assert_non_null(s);
		assert_int_equal(s->kind, p->kind);
		assert_int_equal(s->depth, p->depth);
		assert_memory_equal(s->pcs, p->pcs, p->depth * sizeof(*p->pcs));
		assert_int_equal(s->samples, p->samples);
		assert_int_equal(s->value, p->value);
		assert_int_equal(s->page, 0);
		samples += s->samples;
	}
	assert_null(s);
	assert_int_equal(f->samples, samples);
	assert_int_equal(f->stack_count, list->count);
	assert_int_equal(f->lost, 0);
}

/* Few addresses and depths, so that many stacks are equal, or nearly. */
static size_t random_stack(unsigned *seed, uintptr_t *pcs)
{
	size_t depth = (size_t)rand_r(seed) % 7;

	if (rand_r(seed) % 50 == 0)
		depth = (size_t)rand_r(seed) % (MP_FOLD_FRAMES_MAX + 1);
	for (size_t i = 0; i < depth; i++)
		pcs[i] = (uintptr_t)rand_r(seed) % 3 << rand_r(seed) % 2 * 32;
	return depth;
}

static void add_random(struct mp_fold *f, struct plain_list *list,
		       unsigned seed, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		enum mp_fold_kind kind = (unsigned)rand_r(&seed) % 3;
		uintptr_t pcs[MP_FOLD_FRAMES_MAX];
		size_t depth = random_stack(&seed, pcs);
		uint64_t samples = (uint64_t)rand_r(&seed) % 3;
		uint64_t value = (uint64_t)rand_r(&seed);

		mp_fold_add(f, kind, pcs, depth, samples, value);
		plain_add(list, kind, pcs, depth, samples, value);
	}
}

static void test_random_stacks_are_counted_as_in_a_list(void **state)
{
	struct plain_list *list = calloc(1, sizeof(*list));
	struct mp_fold *f = make(SIZE);

	(void)state;
	assert_non_null(list);
	add_random(f, list, 1, 8000);
	assert_true(list->count > 500);
	assert_same(f, list);
	free(list);
	drop(f, SIZE);
}

static void test_a_reset_fold_is_as_new(void **state)
{
	struct plain_list *list = calloc(1, sizeof(*list));
	struct mp_fold *f = make(SIZE);
	uint64_t used = f->used;

	(void)state;
	assert_non_null(list);
	for (unsigned round = 0; round < 20; round++) {
		memset(list, 0, sizeof(*list));
		add_random(f, list, round, 500);
		assert_same(f, list);
		mp_fold_lose(f, 3);
		mp_fold_count_cut(f);
		atomic_store(&f->locked, 1);
		mp_fold_reset(f);
		assert_null(mp_fold_first(f, 0));
		assert_int_equal(f->lost, 0);
		assert_int_equal(f->cut, 0);
		assert_int_equal(f->samples, 0);
		assert_int_equal(f->stack_count, 0);
		assert_int_equal(f->used, used);
	}
	free(list);
	drop(f, SIZE);
}

static void test_deeper_stacks_keep_their_leaf(void **state)
{
	uintptr_t pcs[MP_FOLD_FRAMES_MAX + 5];
	struct mp_fold *f = make(SIZE);
	const struct mp_fold_stack *s;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(pcs); i++)
		pcs[i] = i;
	mp_fold_add(f, MP_FOLD_CPU, pcs, ARRAY_SIZE(pcs), 1, 1);
	s = mp_fold_first(f, 0);
	assert_non_null(s);
	assert_int_equal(s->depth, MP_FOLD_FRAMES_MAX);
	assert_memory_equal(s->pcs, pcs, MP_FOLD_FRAMES_MAX * sizeof(*pcs));
	drop(f, SIZE);
}

static void test_stacks_of_no_frames_need_no_address(void **state)
{
	struct mp_fold *f = make(SIZE);

	(void)state;
	mp_fold_add(f, MP_FOLD_BLOCKED, NULL, 0, 0, 5);
	mp_fold_add(f, MP_FOLD_BLOCKED, NULL, 0, 0, 6);
	mp_fold_add(f, MP_FOLD_UNSAMPLED, NULL, 0, 0, 7);
	assert_int_equal(count_stacks(f, 0), 2);
	assert_int_equal(mp_fold_first(f, 0)->value, 11);
	drop(f, SIZE);
}

/* ---- no room ---- */

/* Stacks that all differ, until some are lost. */
static void fill(struct mp_fold *f, size_t depth, uint64_t *ret_added)
{
	uintptr_t pcs[MP_FOLD_FRAMES_MAX] = { 0 };
	uint64_t added = 0;

	for (; atomic_load(&f->lost) < 10; added++) {
		assert_true(added < 1000000);
		pcs[0] = added * 4096; /* alike in their lower bits */
		mp_fold_add(f, MP_FOLD_CPU, pcs, depth, 1, 1);
	}
	*ret_added = added;
}

static void assert_full(size_t size, size_t depth)
{
	struct mp_fold *f = make(size + 4096);
	uintptr_t pcs[MP_FOLD_FRAMES_MAX] = { 0 };
	uint64_t added;

	/* A byte behind the memory that was given would be seen. */
	f->size -= 4096 / 8;
	assert_int_equal(mprotect((char *)f + size, 4096, PROT_NONE), 0);
	fill(f, depth, &added);
	assert_int_equal(sum_samples(f) + f->lost, added);
	assert_int_equal(f->samples, sum_samples(f));

	/* What is there is still counted. */
	mp_fold_add(f, MP_FOLD_CPU, pcs, depth, 7, 1);
	assert_int_equal(mp_fold_first(f, 0)->samples, 8);
	assert_int_equal(f->lost, 10);
	drop(f, size + 4096);
}

static void test_a_full_table_counts_what_it_loses(void **state)
{
	(void)state;
	assert_full(MP_FOLD_SIZE_MIN, MP_FOLD_FRAMES_MAX);
	assert_full(MP_FOLD_SIZE_MIN, 20);
	assert_full(MP_FOLD_SIZE_MIN, 1);
	assert_full(SIZE, 19);
	assert_full(SIZE, 1);
}

static void test_the_index_is_full_before_it_has_no_end(void **state)
{
	struct mp_fold *f = make(SIZE);
	uint64_t added;

	(void)state;
	/* As if stacks were smaller than they can be. */
	f->slot_count = 64;
	fill(f, 1, &added);
	assert_int_equal(f->stack_count, 48);
	assert_int_equal(added, 58);
	drop(f, SIZE);
}

static void test_a_megabyte_holds_thousands_of_stacks(void **state)
{
	struct mp_fold *f = make(SIZE);
	uint64_t added;

	(void)state;
	fill(f, 20, &added);
	assert_true(f->stack_count > 4500);
	drop(f, SIZE);
}

/* ---- several at once ---- */

static struct mp_fold *shared;
static _Atomic uint64_t adds;
static volatile sig_atomic_t signals;
static _Atomic bool stop;

static void add_one(unsigned *seed)
{
	uintptr_t pcs[8];
	size_t depth = 1 + (size_t)rand_r(seed) % 8;

	for (size_t i = 0; i < depth; i++)
		pcs[i] = (uintptr_t)rand_r(seed) % 4;
	atomic_fetch_add(&adds, 1);
	mp_fold_add(shared, MP_FOLD_CPU, pcs, depth, 1, 2);
}

static void on_signal(int number)
{
	static unsigned seed = 7;

	(void)number;
	add_one(&seed);
	signals++;
}

static void *add_always(void *seed)
{
	while (!atomic_load(&stop))
		add_one(seed);
	return NULL;
}

static int64_t cpu_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	return t.tv_sec * INT64_C(1000000000) + t.tv_nsec;
}

/* A timer interrupts this thread while it adds, and another one adds, too. */
static void test_nothing_is_lost_uncounted(void **state)
{
	struct itimerspec often = { { 0, 100000 }, { 0, 100000 } };
	struct sigaction action = { .sa_handler = on_signal,
				    .sa_flags = SA_RESTART };
	unsigned seed = 1, other = 2;
	sigset_t ours;
	pthread_t thread;
	timer_t timer;

	(void)state;
	shared = make(SIZE);
	sigemptyset(&ours);
	sigaddset(&ours, SIGALRM);
	pthread_sigmask(SIG_BLOCK, &ours, NULL);
	assert_int_equal(pthread_create(&thread, NULL, add_always, &other), 0);
	pthread_sigmask(SIG_UNBLOCK, &ours, NULL);
	assert_int_equal(sigaction(SIGALRM, &action, NULL), 0);
	assert_int_equal(timer_create(CLOCK_MONOTONIC, NULL, &timer), 0);
	assert_int_equal(timer_settime(timer, 0, &often, NULL), 0);
	while (signals < 200 || cpu_ns() < 200000000)
		add_one(&seed);
	assert_int_equal(timer_delete(timer), 0);
	atomic_store(&stop, true);
	assert_int_equal(pthread_join(thread, NULL), 0);

	assert_int_equal(sum_samples(shared) + shared->lost, adds);
	assert_int_equal(shared->samples, sum_samples(shared));
	assert_true(shared->samples > 0);
	for (const struct mp_fold_stack *s = mp_fold_first(shared, 0); s;
	     s = mp_fold_next(shared, s))
		assert_int_equal(s->value, 2 * s->samples);
	drop(shared, SIZE);
}

static void test_who_finds_it_locked_loses(void **state)
{
	uintptr_t pc = 1;

	(void)state;
	shared = make(SIZE);
	atomic_store(&shared->locked, 1);
	mp_fold_add(shared, MP_FOLD_CPU, &pc, 1, 3, 4);
	assert_int_equal(shared->lost, 3);
	assert_null(mp_fold_first(shared, 0));
	assert_int_equal(shared->locked, 1);
	atomic_store(&shared->locked, 0);
	mp_fold_add(shared, MP_FOLD_CPU, &pc, 1, 3, 4);
	assert_int_equal(shared->samples, 3);
	assert_int_equal(shared->locked, 0);
	drop(shared, SIZE);
}

/* ---- runs ---- */

#define MORE 4711

static void test_merged_folds_add_up_by_page(void **state)
{
	struct plain_list *list = calloc(1, sizeof(*list));
	struct mp_fold *from = make(SIZE), *into = make(SIZE);
	uint64_t more = MORE;

	(void)state;
	assert_non_null(list);
	add_random(from, list, 1, 1000);
	mp_fold_lose(from, 2);
	mp_fold_count_cut(from);
	mp_fold_merge(into, from, 3, 0);
	mp_fold_merge(into, from, MP_FOLD_PAGES - 1, 0);
	mp_fold_merge(into, from, 3, MORE);

	assert_int_equal(into->lost, 6);
	assert_int_equal(into->cut, 3);
	assert_int_equal(into->samples, 3 * from->samples);
	assert_int_equal(into->page_count, MP_FOLD_PAGES);
	assert_null(mp_fold_first(into, 0));
	assert_int_equal(count_stacks(into, 3), list->count);
	assert_int_equal(count_stacks(into, MP_FOLD_PAGES - 1), list->count);
	for (const struct mp_fold_stack *s = mp_fold_first(from, 0),
					*twice = mp_fold_first(into, 3);
	     s; s = mp_fold_next(from, s), twice = mp_fold_next(into, twice)) {
		assert_int_equal(twice->samples, 2 * s->samples);
		assert_int_equal(twice->value, 2 * s->value + more);
		more = 0;
		assert_int_equal(twice->kind, s->kind);
		assert_int_equal(twice->page, 3);
	}

	/* A reset one forgets all its pages. */
	mp_fold_reset(into);
	assert_null(mp_fold_first(into, 3));
	mp_fold_merge(into, from, 1, 0);
	assert_int_equal(sum_samples(into), from->samples);
	free(list);
	drop(from, SIZE);
	drop(into, SIZE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_random_stacks_are_counted_as_in_a_list),
		cmocka_unit_test(test_a_reset_fold_is_as_new),
		cmocka_unit_test(test_deeper_stacks_keep_their_leaf),
		cmocka_unit_test(test_stacks_of_no_frames_need_no_address),
		cmocka_unit_test(test_a_full_table_counts_what_it_loses),
		cmocka_unit_test(test_the_index_is_full_before_it_has_no_end),
		cmocka_unit_test(test_a_megabyte_holds_thousands_of_stacks),
		cmocka_unit_test(test_nothing_is_lost_uncounted),
		cmocka_unit_test(test_who_finds_it_locked_loses),
		cmocka_unit_test(test_merged_folds_add_up_by_page),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
