/* profilename: names that no id can break, and that are known again. */

#include "test.h"

#include "profile/outputs.h"
#include "profile/profilename.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BEGAN INT64_C(1795222923123456) /* 21 November 2026 */
#define TIME  "20261121T010203.123456Z"

#define TEN	"0123456789"
#define NINETY	TEN TEN TEN TEN TEN TEN TEN TEN TEN
#define HUNDRED NINETY TEN
#define SIXTY	TEN TEN TEN TEN TEN TEN

static struct name_case {
	const char *name;
	const char *page, *oops;
	int64_t tid;
	const char *want;
} cases[] = {
	{ "plain", "Cart:index.html", "-", 4711, "Cart:index.html---4711" },
	{ "with an oops id", "Cart", "OOPS-1a", 1, "Cart-OOPS-1a-1" },
	{ "no thread", "Cart", "-", MP_UNKNOWN, "Cart---0" },
	{ "slashes", "/a/../b", "/", 1, "%2Fa%2F..%2Fb-%2F-1" },
	{ "dots", "..", ".", 1, "%2E.-%2E-1" },
	{ "escapes", "a%20b%25%2F", "-", 1, "a%20b%25%2F---1" },
	{ "not escaped", "a b\n\\\x7f\x01", "-", 1, "a%20b%0A%5C%7F%01---1" },
	{ "not UTF-8", "\xff\x80", "-", 1, "\xff\x80---1" },
	{ "none", "", "", 1, "--1" },
	{ "longest page id", HUNDRED, "-", 1, HUNDRED "---1" },
	{ "longer page id", HUNDRED "x", "-", 1, HUNDRED "---1" },
	{ "longest oops id", "a", SIXTY "0123", 1, "a-" SIXTY "0123-1" },
	{ "longer oops id", "a", SIXTY "0123x", 1, "a-" SIXTY "0123-1" },
	{ "no escape is cut in two", NINETY "12345678%20", "-", 1,
	  NINETY "12345678---1" },
	{ "an escape at the end", NINETY "1234567%20", "-", 1,
	  NINETY "1234567%20---1" },
	{ "no slash is cut in two", NINETY "12345678/", "-", 1,
	  NINETY "12345678---1" },
	{ "no character is cut in two", NINETY "12345678\xe2\x82\xac", "-", 1,
	  NINETY "12345678---1" },
	{ "a character at the end", NINETY "1234567\xe2\x82\xac", "-", 1,
	  NINETY "1234567\xe2\x82\xac---1" },
	{ "nothing behind what was cut", NINETY "123456789%20a", "-", 1,
	  NINETY "123456789---1" },
	{ "all at its longest", HUNDRED HUNDRED, HUNDRED, INT64_MAX,
	  HUNDRED "-" SIXTY "0123-9223372036854775807" },
};

/* Exact, so that a byte behind it would be seen. */
static struct mp_text text(const char *s)
{
	size_t len = strlen(s);
	char *copy = malloc(len ? len : 1);

	assert_non_null(copy);
	memcpy(copy, s, len);
	return (struct mp_text){ copy, len };
}

static void drop(struct mp_text t)
{
	free((void *)(uintptr_t)t.p);
}

static void test_make(void **state)
{
	const struct name_case *c = *state;
	struct mp_record log = mp_record_unknown;
	char name[MP_PROFILENAME_MAX];
	struct mp_profilename n;

	log.page_id = text(c->page);
	log.oops_id = text(c->oops);
	log.tid = c->tid;
	mp_profilename_make(BEGAN, &log, name);
	assert_memory_equal(name, TIME "-", strlen(TIME "-"));
	assert_string_equal(name + strlen(TIME "-"), c->want);
	assert_null(strchr(name, '/'));

	strcat(name, "-99.mprof");
	assert_true(strlen(name) < MP_PROFILENAME_MAX);
	assert_true(mp_profilename_parse(name, &n));
	drop(log.page_id);
	drop(log.oops_id);
}

static void test_later_is_greater(void **state)
{
	static const char *const names[] = {
		"20001231T235959.999999Z-a---1.mprof",
		"20010101T000000.000000Z-a---1.mprof",
		"20261121T010203.123456Z-a---1.mprof",
		"20261121T010203.123457Z-a---1.mprof",
		"20261121T010204.000000Z-a---1-2.mprof",
		"20261121T020000.000000Z-0---1.mprof",
		"20261201T000000.000000Z-a---1.mprof",
		"21000101T000000.000000Z-a---1.mprof",
	};
	struct mp_profilename n;
	uint64_t before = 0;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		assert_true(mp_profilename_parse(names[i], &n));
		assert_true(n.raw);
		assert_int_equal(n.stem_len, strlen(names[i]) - 6);
		assert_true(n.when > before);
		before = n.when;
	}
}

static void test_other_formats_are_of_the_same_stem(void **state)
{
	static const char stem[] = TIME "-a---1-2";
	struct mp_profilename raw, n;

	(void)state;
	assert_true(mp_profilename_parse(TIME "-a---1-2.mprof", &raw));
	for (size_t i = 0; i < MP_OUTPUTS; i++) {
		char name[128];

		snprintf(name, sizeof(name), "%s%s", stem,
			 mp_outputs[i].suffix);
		assert_true(mp_profilename_parse(name, &n));
		assert_false(n.raw);
		assert_int_equal(n.stem_len, strlen(stem));
		assert_int_equal(n.when, raw.when);
	}
}

static void test_others_names_are_not_ours(void **state)
{
	static const char *const names[] = {
		"",
		".",
		"..",
		".mprof",
		"a.mprof",
		TIME,
		TIME "-",
		TIME "-.mprof",
		TIME "-a.mprof",
		TIME "a-1.mprof",
		TIME "-a---1.mprof~",
		TIME "-a---1.mprof.gz",
		TIME "-a---1.mprof.svg",
		TIME "-a.svg",
		TIME "-a---1.x.svg",
		TIME "-a---1",
		"2026112xT010203.123456Z-a---1.mprof",
		"20261121T010203,123456Z-a---1.mprof",
		"20261121 010203.123456Z-a---1.mprof",
		"20261121T010203.123456z-a---1.mprof",
		" " TIME "-a---1.mprof",
		"." TIME "-a---1.mprof",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		struct mp_profilename n;

		if (mp_profilename_parse(names[i], &n))
			fail_msg("%s", names[i]);
	}
}

static void test_temporary_names(void **state)
{
	(void)state;
	assert_true(mp_profilename_is_temporary(".memprof-1-2f.tmp"));
	assert_false(mp_profilename_is_temporary("memprof-1-2f.tmp"));
	assert_false(mp_profilename_is_temporary(".memprof-1-2f.tm"));
	assert_false(mp_profilename_is_temporary(".memprof"));
	assert_false(mp_profilename_is_temporary("tmp"));
	assert_false(mp_profilename_is_temporary(""));
}

int main(void)
{
	struct CMUnitTest tests[ARRAY_SIZE(cases) + 4] = {
		cmocka_unit_test(test_later_is_greater),
		cmocka_unit_test(test_other_formats_are_of_the_same_stem),
		cmocka_unit_test(test_others_names_are_not_ours),
		cmocka_unit_test(test_temporary_names),
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		tests[i + 4] = (struct CMUnitTest){
			.name = cases[i].name,
			.test_func = test_make,
			.initial_state = &cases[i],
		};
	return cmocka_run_group_tests_name("profilename", tests, NULL, NULL);
}
