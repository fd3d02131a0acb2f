/* show: numbers rounded as they should be, ids that cannot steer a terminal. */

#include "test.h"

#include "report/show.h"

#include <locale.h>
#include <stdlib.h>
#include <string.h>

#define KIB INT64_C(1024)
#define MIB (1024 * KIB)
#define GIB (1024 * MIB)

static struct bytes_case {
	const char *want;
	int64_t bytes;
} bytes_cases[] = {
	{ "\\N", MP_UNKNOWN },
	{ "0 B", 0 },
	{ "-1 B", -1 },
	{ "1023 B", 1023 },
	{ "-1023 B", -1023 },
	{ "1.00 KiB", 1024 },
	{ "-1.00 KiB", -1024 },
	{ "1.50 KiB", 1536 },
	{ "1023.99 KiB", MIB - 8 },
	{ "1.00 MiB", MIB - 1 },
	{ "-1.00 MiB", -MIB + 1 },
	{ "32.00 MiB", 32 * MIB },
	{ "1.00 GiB", GIB },
	{ "1.00 TiB", 1024 * GIB },
	{ "1.00 PiB", 1024 * 1024 * GIB },
	{ "8.00 EiB", INT64_MAX },
	{ "-8.00 EiB", -INT64_MAX },
};

static void test_bytes(void **state)
{
	const struct bytes_case *c = *state;
	char out[MP_SHOW_MAX];

	mp_show_bytes(c->bytes, out);
	assert_string_equal(out, c->want);
}

static struct time_case {
	const char *want;
	int64_t us;
} time_cases[] = {
	{ "\\N", MP_UNKNOWN },
	{ "0 us", 0 },
	{ "999 us", 999 },
	{ "1.00 ms", 1000 },
	{ "999.99 ms", 999994 },
	{ "1.00 s", 999995 },
	{ "12.35 s", 12345678 },
	{ "3599.99 s", INT64_C(3599994999) },
	{ "1.00 h", INT64_C(3599995000) },
	{ "2562047788.02 h", INT64_MAX },
};

static void test_time(void **state)
{
	const struct time_case *c = *state;
	char out[MP_SHOW_MAX];

	mp_show_time(c->us, out);
	assert_string_equal(out, c->want);
}

static struct moment_case {
	const char *want;
	int64_t us;
	bool local;
} moment_cases[] = {
	{ "1970-01-01T00:00:00.000000Z", 0, false },
	{ "1970-01-01T00:00:00.000001", 1, true },
	{ "1969-12-31T23:59:59.999999Z", -1, false },
	{ "2026-11-21T01:02:03.123456Z", INT64_C(1795222923123456), false },
	{ "2024-02-29T23:59:59.999999Z", INT64_C(1709251199999999), false },
};

static void test_moment(void **state)
{
	const struct moment_case *c = *state;
	char out[MP_SHOW_MAX];

	mp_show_moment(c->us, c->local, out);
	assert_string_equal(out, c->want);
}

static struct mean_case {
	const char *want;
	struct mp_sum sum;
} mean_cases[] = {
	{ "\\N", { 0, 0 } },
	{ "0", { 0, 5 } },
	{ "4144", { 8288, 2 } },
	{ "-4144", { -8288, 2 } },
	{ "0.3333", { 1, 3 } },
	{ "-0.3333", { -1, 3 } },
	{ "99.6667", { 299, 3 } },
	{ "683.3", { 2050, 3 } },
	{ "9223372036854775807", { INT64_MAX, 1 } },
};

static void test_mean(void **state)
{
	const struct mean_case *c = *state;
	char out[MP_SHOW_MAX];

	mp_show_mean(&c->sum, out);
	assert_string_equal(out, c->want);
}

static struct id_case {
	const char *name;
	const char *id;
	size_t columns;
	const char *want;
	size_t used;
} id_cases[] = {
	{ "fits", "Root:index", 10, "Root:index", 10 },
	{ "is cut", "Root:index", 9, "Root:ind~", 9 },
	{ "is cut to its mark", "Root", 1, "~", 1 },
	{ "empty", "", 5, "", 0 },
	{ "escapes stay", "a%20b%25", 20, "a%20b%25", 8 },
	{ "two bytes are a column", "caf\xc3\xa9", 4, "caf\xc3\xa9", 4 },
	{ "wide ones take two", "\xe6\x97\xa5\xe6\x9c\xac", 4,
	  "\xe6\x97\xa5\xe6\x9c\xac", 4 },
	{ "a wide one is not halved", "\xe6\x97\xa5\xe6\x9c\xac", 3,
	  "\xe6\x97\xa5~", 3 },
	{ "nor pressed beside the mark", "a\xe6\x97\xa5x", 3, "a~", 2 },
	{ "a combining accent takes none", "e\xcc\x81x", 2, "e\xcc\x81x", 2 },
	{ "an escape of a terminal",
	  "a\xc2\x9b"
	  "31m",
	  20, "a%C2%9B31m", 10 },
	{ "a right-to-left override", "a\xe2\x80\xaez", 20, "a%E2%80%AEz", 11 },
	{ "an isolate", "\xe2\x81\xa6z", 20, "%E2%81%A6z", 10 },
	{ "an encoded one is not halved", "\xe2\x80\xaezz", 9, "~", 1 },
	{ "right-to-left letters stay", "\xd7\x90", 1, "\xd7\x90", 1 },
};

static void test_id(void **state)
{
	const struct id_case *c = *state;
	size_t len = strlen(c->id);
	char *copy = malloc(len ? len : 1);
	struct mp_text id = { copy, len };
	char out[MP_SHOW_ID_MAX];

	assert_non_null(copy);
	memcpy(copy, c->id, len);
	assert_int_equal(mp_show_id(id, c->columns, out), c->used);
	assert_string_equal(out, c->want);
	free(copy);
}

/* 85 characters of three bytes, each shown as nine. */
static void test_the_longest_id_has_room(void **state)
{
	struct mp_text id;
	char in[255];
	char out[MP_SHOW_ID_MAX];

	(void)state;
	for (size_t i = 0; i < sizeof(in); i += 3)
		memcpy(in + i, "\xe2\x80\xae", 3);
	id = (struct mp_text){ in, sizeof(in) };
	assert_int_equal(mp_show_width(id), 765);
	assert_int_equal(mp_show_id(id, 10000, out), 765);
	assert_int_equal(strlen(out), 765);
}

/* A C locale, as where C.UTF-8 is missing. */
static void test_without_utf8_each_character_is_a_column(void **state)
{
	struct mp_text id = { "caf\xc3\xa9!", 6 };
	char out[MP_SHOW_ID_MAX];

	(void)state;
	assert_non_null(setlocale(LC_CTYPE, "C"));
	assert_int_equal(mp_show_width(id), 5);
	assert_int_equal(mp_show_id(id, 5, out), 5);
	assert_string_equal(out, "caf\xc3\xa9!");
	assert_non_null(setlocale(LC_CTYPE, "C.UTF-8"));
}

static int use_utf8(void **state)
{
	(void)state;
	return setlocale(LC_CTYPE, "C.UTF-8") ? 0 : -1;
}

static struct CMUnitTest row(const char *name, CMUnitTestFunction f, void *c)
{
	return (struct CMUnitTest){
		.name = name,
		.test_func = f,
		.initial_state = c,
	};
}

int main(void)
{
	struct CMUnitTest
		tests[2 + ARRAY_SIZE(bytes_cases) + ARRAY_SIZE(time_cases) +
		      ARRAY_SIZE(moment_cases) + ARRAY_SIZE(mean_cases) +
		      ARRAY_SIZE(id_cases)] = {
			cmocka_unit_test(test_the_longest_id_has_room),
			cmocka_unit_test(
				test_without_utf8_each_character_is_a_column),
		};
	size_t n = 2;

	for (size_t i = 0; i < ARRAY_SIZE(bytes_cases); i++)
		tests[n++] =
			row(bytes_cases[i].want, test_bytes, &bytes_cases[i]);
	for (size_t i = 0; i < ARRAY_SIZE(time_cases); i++)
		tests[n++] = row(time_cases[i].want, test_time, &time_cases[i]);
	for (size_t i = 0; i < ARRAY_SIZE(moment_cases); i++)
		tests[n++] = row(moment_cases[i].want, test_moment,
				 &moment_cases[i]);
	for (size_t i = 0; i < ARRAY_SIZE(mean_cases); i++)
		tests[n++] = row(mean_cases[i].want, test_mean, &mean_cases[i]);
	for (size_t i = 0; i < ARRAY_SIZE(id_cases); i++)
		tests[n++] = row(id_cases[i].name, test_id, &id_cases[i]);
	return cmocka_run_group_tests_name("show", tests, use_utf8, NULL);
}
