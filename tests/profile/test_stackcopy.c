/* stackcopy: a copy of a stack is walked as the stack itself would be. */

#include "test.h"

#include "profile/stackcopy.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#define WORDS 1024

static uintptr_t *room;

static int map_room(void **state)
{
	(void)state;
	room = mmap(NULL, MP_STACKCOPY_ROOM, PROT_READ | PROT_WRITE,
		    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	return room == MAP_FAILED;
}

static int unmap_room(void **state)
{
	(void)state;
	return munmap(room, MP_STACKCOPY_ROOM);
}

/* A stack that ends where reading on would fault. */
static uintptr_t *new_stack(size_t words, struct mp_stack_bounds *ret)
{
	size_t size = words * sizeof(uintptr_t);
	char *p = mmap(NULL, size + 4096, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	assert_true(p != MAP_FAILED);
	assert_int_equal(size % 4096, 0);
	assert_int_equal(mprotect(p + size, 4096, PROT_NONE), 0);
	*ret = (struct mp_stack_bounds){ (uintptr_t)p, (uintptr_t)p + size };
	return (uintptr_t *)(void *)p;
}

static void free_stack(struct mp_stack_bounds b)
{
	munmap((void *)b.low, b.high - b.low + 4096);
}

static void test_words_into_the_stack_point_into_the_copy(void **state)
{
	struct mp_stack_bounds b;
	uintptr_t *stack = new_stack(WORDS, &b), sp, *at;
	struct mp_stackcopy c;

	(void)state;
	for (size_t i = 0; i < WORDS; i++)
		stack[i] = i;
	stack[600] = (uintptr_t)&stack[700];
	stack[601] = (uintptr_t)&stack[WORDS]; /* the outermost frame */
	stack[602] = (uintptr_t)&stack[WORDS + 1];
	stack[603] = (uintptr_t)&stack[100]; /* below what is copied */
	sp = (uintptr_t)&stack[550];
	assert_true(mp_stackcopy_take(sp, b, room, &c));
	assert_false(c.cut);
	/* At the same place in a page, as code that aligns its frame wants. */
	assert_int_equal(c.sp % 4096, sp % 4096);
	assert_int_equal(c.bounds.high - c.sp, b.high - sp);
	assert_int_equal(c.sp - c.bounds.low, 128);
	assert_true(c.bounds.low >= (uintptr_t)room);
	at = (uintptr_t *)c.sp;
	for (size_t i = 0; i < WORDS - 550; i++)
		if (i < 50 || i > 53)
			assert_int_equal(at[i], 550 + i);
	assert_int_equal(at[50], &at[150]);
	assert_int_equal(at[51], c.bounds.high);
	assert_int_equal(at[52], &stack[WORDS + 1]);
	assert_int_equal(at[53], &stack[100]);
	assert_int_equal(at[-16], 550 - 16);
	free_stack(b);
}

static void test_the_red_zone_ends_with_the_stack(void **state)
{
	struct mp_stack_bounds b;
	uintptr_t *stack = new_stack(WORDS, &b);
	struct mp_stackcopy c;

	(void)state;
	assert_true(mp_stackcopy_take((uintptr_t)&stack[3], b, room, &c));
	assert_int_equal(c.sp - c.bounds.low, 3 * sizeof(*stack));
	assert_int_equal(c.bounds.high - c.bounds.low, WORDS * sizeof(*stack));
	free_stack(b);
}

static void test_a_pointer_elsewhere_is_refused(void **state)
{
	struct mp_stackcopy c = { 1, { 2, 3 }, true };
	struct mp_stack_bounds b;

	(void)state;
	new_stack(WORDS, &b);
	assert_false(mp_stackcopy_take(b.low - 1, b, room, &c));
	assert_false(mp_stackcopy_take(b.high, b, room, &c));
	assert_false(mp_stackcopy_take(0, b, room, &c));
	assert_false(mp_stackcopy_take(UINTPTR_MAX, b, room, &c));
	assert_true(mp_stackcopy_take(b.high - 1, b, room, &c));
	assert_true(mp_stackcopy_take(b.low, b, room, &c));
	free_stack(b);
}

static void test_of_a_deep_stack_the_root_is_missing(void **state)
{
	size_t words = MP_STACKCOPY_MAX / sizeof(uintptr_t) + 512;
	struct mp_stack_bounds b;
	uintptr_t *stack = new_stack(words, &b);
	struct mp_stackcopy c;

	(void)state;
	stack[words - 1] = 1;
	assert_true(mp_stackcopy_take(b.low + 128, b, room, &c));
	assert_true(c.cut);
	assert_int_equal(c.bounds.high - c.bounds.low, MP_STACKCOPY_MAX);
	assert_true(c.bounds.high <= (uintptr_t)room + MP_STACKCOPY_ROOM);
	assert_true(mp_stackcopy_take(b.high - MP_STACKCOPY_MAX + 128, b, room,
				      &c));
	assert_false(c.cut);
	assert_int_equal(((uintptr_t *)c.bounds.high)[-1], 1);
	free_stack(b);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_words_into_the_stack_point_into_the_copy),
		cmocka_unit_test(test_the_red_zone_ends_with_the_stack),
		cmocka_unit_test(test_a_pointer_elsewhere_is_refused),
		cmocka_unit_test(test_of_a_deep_stack_the_root_is_missing),
	};

	return cmocka_run_group_tests_name("stackcopy", tests, map_room,
					   unmap_room);
}
