/* mapped: the object at an address, where they overlap the later one. */

#include "test.h"

#include "view/mapped.h"

#include <stdio.h>
#include <stdlib.h>

/* Which object is at each address from 0 to 11, `.` where none is. */
static void assert_mapped(const char *ranges, const char *want)
{
	struct mp_raw_object objects[8] = { { 0 } };
	struct mp_mapped m;
	char owners[13] = "";
	size_t count = 0;

	for (const char *p = ranges; *p; p += 3, count++) {
		objects[count].start = (uint64_t)strtol(p, NULL, 16) >> 4;
		objects[count].end = (uint64_t)strtol(p, NULL, 16) & 15;
	}
	assert_int_equal(mp_mapped_build(objects, count, &m), 0);
	for (uint64_t pc = 0; pc < 12; pc++) {
		uint32_t at = mp_mapped_find(&m, pc);

		owners[pc] = at == MP_INDEX_NONE ? '.' : (char)('0' + at);
	}
	assert_string_equal(owners, want);
	mp_mapped_release(&m);
	mp_mapped_release(&m);
}

/* Ranges, as `START END` in one hexadecimal digit each. */
static const struct row {
	const char *name, *ranges, *want;
} rows[] = {
	{ "of none there is none", "", "............" },
	{ "one, from its start to before its end", "25 ", "..000......." },
	{ "from the first address on", "03 ", "000........." },
	{ "side by side", "25 58 ", "..000111...." },
	{ "in any order", "58 25 ", "..111000...." },
	{ "with a gap between", "24 68 ", "..00..11...." },
	{ "the later one over the former's end", "26 48 ", "..001111...." },
	{ "the later one over the former's start", "48 26 ", "..111100...." },
	{ "the later one within", "2a 46 ",
	  "..001100"
	  "00.." },
	{ "the later one around", "46 2a ",
	  "..111111"
	  "11.." },
	{ "the later one in its place", "26 26 ", "..1111......" },
	{ "over several", "23 45 67 2a 34 ",
	  "..343333"
	  "33.." },
};

static void test_the_later_one_counts(void **state)
{
	const struct row *r = *state;

	assert_mapped(r->ranges, r->want);
}

static void test_addresses_end_where_numbers_do(void **state)
{
	const struct mp_raw_object last = { .start = UINT64_MAX - 1,
					    .end = UINT64_MAX };
	struct mp_mapped m;

	(void)state;
	assert_int_equal(mp_mapped_build(&last, 1, &m), 0);
	assert_int_equal(mp_mapped_find(&m, UINT64_MAX - 1), 0);
	assert_int_equal(mp_mapped_find(&m, UINT64_MAX), MP_INDEX_NONE);
	assert_int_equal(mp_mapped_find(&m, UINT64_MAX - 2), MP_INDEX_NONE);
	mp_mapped_release(&m);
}

/* As one who asks each of them would find it. */
static void test_any_ranges_are_as_one_by_one(void **state)
{
	struct mp_raw_object objects[64];
	struct mp_mapped m;

	(void)state;
	srand(1);
	for (int round = 0; round < 200; round++) {
		size_t count = (size_t)(rand() % 64) + 1;

		for (size_t i = 0; i < count; i++) {
			objects[i].start = (uint64_t)(rand() % 200);
			objects[i].end =
				objects[i].start + 1 + (uint64_t)(rand() % 60);
		}
		assert_int_equal(mp_mapped_build(objects, count, &m), 0);
		for (uint64_t pc = 0; pc < 270; pc++) {
			uint32_t want = MP_INDEX_NONE;

			for (uint32_t i = 0; i < count; i++)
				if (pc >= objects[i].start &&
				    pc < objects[i].end)
					want = i;
			assert_int_equal(mp_mapped_find(&m, pc), want);
		}
		mp_mapped_release(&m);
	}
}

int main(void)
{
	struct CMUnitTest tests[ARRAY_SIZE(rows) + 2];
	size_t n = 0;

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		tests[n++] = (struct CMUnitTest){
			.name = rows[i].name,
			.test_func = test_the_later_one_counts,
			.initial_state = (void *)(uintptr_t)&rows[i],
		};
	tests[n++] = (struct CMUnitTest)cmocka_unit_test(
		test_addresses_end_where_numbers_do);
	tests[n++] = (struct CMUnitTest)cmocka_unit_test(
		test_any_ranges_are_as_one_by_one);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
