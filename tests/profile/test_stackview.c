/* stackview: what may be read of a stack, to the byte. */

#include "test.h"

#include "profile/arch.h"
#include "profile/stackview.h"

#include <stdio.h>
#include <sys/mman.h>

#define PAGE  4096u
#define PAGES 260u /* more than a stack is felt for */

static char *pages;
static volatile uintptr_t nowhere; /* the compiler must not see that it is 0 */

static uintptr_t at(size_t offset)
{
	return (uintptr_t)pages + offset;
}

static void assert_view(size_t sp, size_t low, size_t high)
{
	const struct mp_stack_bounds known[] = {
		{ at(PAGE), at(2 * PAGE) },
		{ at(3 * PAGE), at(4 * PAGE) },
	};
	struct mp_stack_view v = mp_stack_view(at(sp), known, 2, false);

	assert_int_equal(v.low, low ? at(low) : 0);
	assert_int_equal(v.high, high ? at(high) : 0);
	assert_int_equal(v.pages, 0);
}

static void test_a_known_stack_is_seen_from_the_red_zone_on(void **state)
{
	(void)state;
	assert_view(PAGE + 1000, PAGE + 1000 - MP_RED_ZONE, 2 * PAGE);
	assert_view(PAGE + 100, PAGE, 2 * PAGE);
	assert_view(PAGE, PAGE, 2 * PAGE);
	assert_view(2 * PAGE - 1, 2 * PAGE - 1 - MP_RED_ZONE, 2 * PAGE);
	assert_view(3 * PAGE, 3 * PAGE, 4 * PAGE);
	/* On neither. */
	assert_view(2 * PAGE, 0, 0);
	assert_view(PAGE - 1, 0, 0);
}

static void test_only_whole_words_are_read(void **state)
{
	struct mp_stack_view v = { at(64), at(128), 0 };
	uint64_t word = 7;

	(void)state;
	assert_true(mp_stack_read(&v, at(64), &word));
	assert_int_equal(word, 0);
	assert_true(mp_stack_read(&v, at(120), &word));
	word = 7;
	assert_false(mp_stack_read(&v, at(63), &word));
	assert_false(mp_stack_read(&v, at(121), &word));
	assert_false(mp_stack_read(&v, at(128), &word));
	assert_false(mp_stack_read(&v, UINTPTR_MAX - 3, &word));
	assert_false(mp_stack_read(&v, nowhere, &word));
	assert_int_equal(word, 7);
}

static void test_an_unknown_one_is_felt_for_page_by_page(void **state)
{
	uint64_t word;
	struct mp_stack_view v =
		mp_stack_view(at(PAGE + MP_RED_ZONE), NULL, 0, true);

	(void)state;
	assert_int_equal(v.low, at(PAGE));
	assert_int_equal(v.high, at(PAGE));
	assert_true(mp_stack_read(&v, at(PAGE), &word));
	assert_int_equal(v.high, at(2 * PAGE));
	/* A word in two pages. */
	assert_true(mp_stack_read(&v, at(2 * PAGE - 4), &word));
	assert_int_equal(v.high, at(3 * PAGE));
	assert_false(mp_stack_read(&v, at(PAGE - 8), &word));
	assert_false(mp_stack_read(&v, UINTPTR_MAX, &word));
	/* It ends somewhere, whatever can be read. */
	assert_true(mp_stack_read(&v, at(257 * PAGE - 8), &word));
	assert_false(mp_stack_read(&v, at(257 * PAGE - 7), &word));
}

static void test_it_ends_where_nothing_can_be_read(void **state)
{
	uint64_t word;
	struct mp_stack_view v = mp_stack_view(at(PAGE), NULL, 0, true);

	(void)state;
	assert_int_equal(mprotect(pages + 5 * PAGE, PAGE, PROT_NONE), 0);
	assert_true(mp_stack_read(&v, at(5 * PAGE - 8), &word));
	assert_false(mp_stack_read(&v, at(5 * PAGE), &word));
	assert_false(mp_stack_read(&v, at(6 * PAGE), &word));
	/* At the very bottom too. */
	v = mp_stack_view(0, NULL, 0, true);
	assert_false(mp_stack_read(&v, nowhere + 8, &word));
}

static int set_up(void **state)
{
	(void)state;
	pages = mmap(NULL, PAGES * PAGE, PROT_READ | PROT_WRITE,
		     MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	return pages == MAP_FAILED;
}

static int tear_down(void **state)
{
	(void)state;
	return munmap(pages, PAGES * PAGE);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			test_a_known_stack_is_seen_from_the_red_zone_on),
		cmocka_unit_test(test_only_whole_words_are_read),
		cmocka_unit_test(test_an_unknown_one_is_felt_for_page_by_page),
		cmocka_unit_test(test_it_ends_where_nothing_can_be_read),
	};

	if (!MP_ARCH_CFI) {
		puts("skipped: frames are described on x86-64");
		return 77;
	}
	return cmocka_run_group_tests_name("stackview", tests, set_up,
					   tear_down);
}
