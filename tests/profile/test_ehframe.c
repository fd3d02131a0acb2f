/* ehframe: the table of where functions begin, and tables that are none. */

#include "test.h"

#include "profile/ehframe.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define ADDRESS 0x400000
#define HDR	16u /* where it stands in the image */
#define ENTRY	8u

/* Three functions, from 0x401000, 0x401100 and 0x401180 on. */
static const uint8_t table[] = {
	1,    0x1b, 3, 0x3b, 0,	   0,	 0, 0, 3,    0,	   0, 0,
	0xf0, 0x0f, 0, 0,    0x40, 0,	 0, 0, 0xf0, 0x10, 0, 0,
	0x50, 0,    0, 0,    0x70, 0x11, 0, 0, 0x60, 0,	   0, 0,
};

/* An exact copy, that a sanitizer sees the end of. */
static int find(const uint8_t *hdr, size_t size, uintptr_t pc, size_t *ret)
{
	uint8_t *bytes = calloc(1, HDR + size);
	struct mp_image image = { bytes, HDR + size, ADDRESS };
	int err;

	assert_non_null(bytes);
	memcpy(bytes + HDR, hdr, size);
	err = mp_ehframe_find(&image, HDR, pc, ret);
	free(bytes);
	return err;
}

static struct find_case {
	const char *name;
	uintptr_t pc;
	int err;
	size_t want;
} find_cases[] = {
	{ "before the first", 0x400fff, -ENOENT, 0 },
	{ "at address 0", 0, -ENOENT, 0 },
	{ "the first byte of the first", 0x401000, 0, HDR + 0x40 },
	{ "the last byte of the first", 0x4010ff, 0, HDR + 0x40 },
	{ "the first byte of the second", 0x401100, 0, HDR + 0x50 },
	{ "the last byte of the second", 0x40117f, 0, HDR + 0x50 },
	{ "the first byte of the last", 0x401180, 0, HDR + 0x60 },
	{ "behind it, to the end", UINTPTR_MAX, 0, HDR + 0x60 },
};

static void test_find(void **state)
{
	const struct find_case *c = *state;
	size_t fde = 77;

	assert_int_equal(find(table, sizeof(table), c->pc, &fde), c->err);
	assert_int_equal(fde, c->err ? 77 : c->want);
}

static struct wrong_case {
	const char *name;
	size_t at;
	uint8_t byte; /* that stands there instead */
	int err;
} wrong_cases[] = {
	{ "another version", 0, 2, -EINVAL },
	{ "no table", 3, 0xff, -EINVAL },
	{ "a table of another kind", 3, 0x1b, -EINVAL },
	{ "no count", 2, 0xff, -EINVAL },
	{ "a count of another kind", 2, 0x0e, -EINVAL },
	{ "an entry more than there is room for", 8, 4, -EINVAL },
	{ "many more", 11, 0x80, -EINVAL },
	{ "none at all", 8, 0, -ENOENT },
};

static void test_wrong(void **state)
{
	const struct wrong_case *c = *state;
	uint8_t bytes[sizeof(table)];
	size_t fde = 77;

	memcpy(bytes, table, sizeof(table));
	bytes[c->at] = c->byte;
	assert_int_equal(find(bytes, sizeof(bytes), 0x401100, &fde), c->err);
	assert_int_equal(fde, 77);
}

static void test_of_a_table_that_is_cut_nothing_is_read(void **state)
{
	size_t fde = 77;

	(void)state;
	for (size_t size = 0; size < sizeof(table); size++)
		assert_int_equal(find(table, size, 0x401180, &fde), -EINVAL);
	assert_int_equal(fde, 77);
}

int main(void)
{
	enum { FINDS = ARRAY_SIZE(find_cases) };
	struct CMUnitTest tests[1 + FINDS + ARRAY_SIZE(wrong_cases)] = {
		cmocka_unit_test(test_of_a_table_that_is_cut_nothing_is_read),
	};

	for (size_t i = 0; i < FINDS; i++)
		tests[1 + i] =
			(struct CMUnitTest){ find_cases[i].name, test_find,
					     NULL, NULL, &find_cases[i] };
	for (size_t i = 0; i < ARRAY_SIZE(wrong_cases); i++)
		tests[1 + FINDS + i] =
			(struct CMUnitTest){ wrong_cases[i].name, test_wrong,
					     NULL, NULL, &wrong_cases[i] };
	return cmocka_run_group_tests_name("ehframe", tests, NULL, NULL);
}
