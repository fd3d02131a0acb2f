/* notelist: notes come back as they were given, and what does not fit is
   counted. */

#include "profile/rawfiles.h"

#include "core/escape.h"
#include "profile/notelist.h"

#include <pthread.h>

#define SIZE (size_t)(1 << 16)

static void assert_note(const struct mp_note *n, const char *kind,
			const char *text_of, int64_t start, int64_t end,
			size_t depth)
{
	assert_non_null(n);
	assert_int_equal(mp_note_kind(n).len, strlen(kind));
	assert_memory_equal(mp_note_kind(n).p, kind, strlen(kind));
	assert_int_equal(mp_note_text(n).len, strlen(text_of));
	assert_memory_equal(mp_note_text(n).p, text_of, strlen(text_of));
	assert_int_equal(n->start_ns, start);
	assert_int_equal(n->end_ns, end);
	assert_int_equal(n->depth, depth);
	for (size_t i = 0; i < depth; i++)
		assert_int_equal(n->pcs[i], 1000 + i);
}

static void test_notes_come_back_in_order(void **state)
{
	struct mp_notelist *l = mp_notelist_init(map_zeros(SIZE), SIZE);
	uintptr_t pcs[MP_FORMAT_STACK_MAX + 9];
	const struct mp_note *n;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(pcs); i++)
		pcs[i] = 1000 + i;
	assert_null(mp_notelist_first(l));
	mp_notelist_add(l, "SQL", "select 1\tas \xc3\xa4", 5, 17, pcs, 3);
	mp_notelist_add(l, NULL, NULL, -1, 0, NULL, 0);
	mp_notelist_add(l, "", "", INT64_MIN, INT64_MAX, pcs, ARRAY_SIZE(pcs));
	mp_notelist_add(l, "a", "(b)", 1, 2, pcs, 1);

	n = mp_notelist_first(l);
	assert_note(n, "SQL", "select%201%09as%20\xc3\xa4", 5, 17, 3);
	n = mp_notelist_next(l, n);
	assert_note(n, "-", "-", -1, 0, 0);
	n = mp_notelist_next(l, n);
	assert_note(n, "-", "-", INT64_MIN, INT64_MAX, MP_FORMAT_STACK_MAX);
	n = mp_notelist_next(l, n);
	assert_note(n, "a", "(b)", 1, 2, 1);
	assert_null(mp_notelist_next(l, n));
	assert_int_equal(l->dropped, 0);
	munmap(l, SIZE);
}

static void test_long_texts_are_cut_and_marked(void **state)
{
	struct mp_notelist *l = mp_notelist_init(map_zeros(SIZE), SIZE);
	char long_one[5001], kind[MP_ESCAPE_MAX + 1];
	char cut[MP_FORMAT_TEXT_MAX + 1];

	(void)state;
	memset(long_one, 'x', sizeof(long_one) - 1);
	long_one[5000] = '\0';
	memset(kind, 'x', sizeof(kind));
	memcpy(kind + MP_ESCAPE_MAX - 1, "~", 2);
	memset(cut, 'x', sizeof(cut));
	memcpy(cut + MP_FORMAT_TEXT_MAX - 1, "~", 2);
	mp_notelist_add(l, long_one, long_one, 1, 2, NULL, 0);
	assert_note(mp_notelist_first(l), kind, cut, 1, 2, 0);
	munmap(l, SIZE);
}

static size_t count(const struct mp_notelist *l)
{
	size_t n = 0;

	for (const struct mp_note *note = mp_notelist_first(l); note;
	     note = mp_notelist_next(l, note))
		n++;
	return n;
}

static void test_a_full_list_counts_what_it_drops(void **state)
{
	/* A byte behind the memory that was given would be seen. */
	char *memory = map_zeros(SIZE + 4096);
	struct mp_notelist *l = mp_notelist_init(memory, SIZE);
	size_t added = 0;

	(void)state;
	assert_int_equal(mprotect(memory + SIZE, 4096, PROT_NONE), 0);
	for (; l->dropped < 5; added++) {
		assert_true(added < SIZE);
		mp_notelist_add(l, "k", "1234567", 1, 2, NULL, 0);
	}
	assert_int_equal(count(l) + 5, added);
	assert_true(added > SIZE / 48);

	mp_notelist_reset(l);
	assert_null(mp_notelist_first(l));
	assert_int_equal(l->dropped, 0);
	mp_notelist_add(l, "k", "t", 1, 2, NULL, 0);
	assert_note(mp_notelist_first(l), "k", "t", 1, 2, 0);
	assert_int_equal(count(l), 1);
	munmap(memory, SIZE + 4096);
}

static void test_who_finds_it_locked_drops(void **state)
{
	struct mp_notelist *l = mp_notelist_init(map_zeros(SIZE), SIZE);
	struct mp_notelist *from = mp_notelist_init(map_zeros(SIZE), SIZE);

	(void)state;
	mp_notelist_add(from, "k", "t", 1, 2, NULL, 0);
	atomic_store(&l->locked, 1);
	mp_notelist_add(l, "k", "t", 1, 2, NULL, 0);
	mp_notelist_merge(l, from, 0);
	assert_int_equal(l->dropped, 2);
	assert_int_equal(l->locked, 1);
	/* In a forked child, nobody holds it. */
	mp_notelist_reset(l);
	mp_notelist_add(l, "k", "t", 1, 2, NULL, 0);
	mp_notelist_merge(l, from, 0);
	assert_int_equal(count(l), 2);
	assert_int_equal(l->dropped, 0);
	munmap(l, SIZE);
	munmap(from, SIZE);
}

static void test_merged_notes_are_of_their_page(void **state)
{
	struct mp_notelist *a = mp_notelist_init(map_zeros(SIZE), SIZE);
	struct mp_notelist *b = mp_notelist_init(map_zeros(4096), 4096);
	static const uintptr_t pcs[] = { 1000, 1001 };
	const struct mp_note *n;

	(void)state;
	for (int i = 0; i < 30; i++)
		mp_notelist_add(a, "kind", "text", i, i + 1, pcs, 2);
	atomic_store(&a->dropped, 4);
	mp_notelist_merge(b, a, 7);
	n = mp_notelist_first(b);
	for (int i = 0; i < 30; i++, n = mp_notelist_next(b, n)) {
		assert_note(n, "kind", "text", i, i + 1, 2);
		assert_int_equal(n->page, 7);
	}
	assert_null(n);
	assert_int_equal(b->dropped, 4);
	assert_int_equal(mp_notelist_first(a)->page, 0);

	/* No room for all. */
	for (int i = 0; i < 9; i++)
		mp_notelist_merge(b, a, 8);
	assert_int_equal(count(b) + b->dropped, 300 + 10 * 4);
	assert_true(b->dropped > 100);
	munmap(a, SIZE);
	munmap(b, 4096);
}

static struct mp_notelist *shared;

static void *add_many(void *kind)
{
	for (int i = 0; i < 2000; i++)
		mp_notelist_add(shared, kind, kind, i, i, NULL, 0);
	return NULL;
}

static void test_threads_note_at_once(void **state)
{
	static char kinds[][2] = { "a", "b", "c" };
	const size_t size = 1 << 20;
	pthread_t threads[ARRAY_SIZE(kinds)];

	(void)state;
	shared = mp_notelist_init(map_zeros(size), size);
	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++)
		assert_int_equal(
			pthread_create(&threads[i], NULL, add_many, kinds[i]),
			0);
	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++)
		assert_int_equal(pthread_join(threads[i], NULL), 0);
	assert_int_equal(count(shared) + shared->dropped, 6000);
	for (const struct mp_note *n = mp_notelist_first(shared); n;
	     n = mp_notelist_next(shared, n)) {
		assert_int_equal(mp_note_kind(n).len, 1);
		assert_int_equal(*mp_note_kind(n).p, *mp_note_text(n).p);
	}
	munmap(shared, size);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_notes_come_back_in_order),
		cmocka_unit_test(test_long_texts_are_cut_and_marked),
		cmocka_unit_test(test_a_full_list_counts_what_it_drops),
		cmocka_unit_test(test_who_finds_it_locked_drops),
		cmocka_unit_test(test_merged_notes_are_of_their_page),
		cmocka_unit_test(test_threads_note_at_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
