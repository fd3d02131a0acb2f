/* escape: ids become fields that no reader splits, and come back. */

#include "test.h"

#include "core/escape.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Not const, only because cmocka passes each case as a plain void pointer. */
static struct escape_case {
	const char *name;
	const char *raw;
	const char *want;
} escape_cases[] = {
	{ "plain", "RootObject:index.html", "RootObject:index.html" },
	{ "null", NULL, "Unknown" },
	{ "empty", "", "Unknown" },
	{ "blank", "two words", "two%20words" },
	{ "tab and newline", "a\tb\nc", "a%09b%0Ac" },
	{ "delete", "a\x7f", "a%7F" },
	{ "percent and backslash", "50%\\N", "50%25%5CN" },
	{ "memprof's own", "(outside)", "%28outside)" },
	{ "parenthesis inside", "a(b)", "a(b)" },
	{ "two bytes", "caf\xc3\xa9", "caf\xc3\xa9" },
	{ "first of two bytes", "\xc2\x80", "\xc2\x80" },
	{ "last of two bytes", "\xdf\xbf", "\xdf\xbf" },
	{ "first of three bytes", "\xe0\xa0\x80", "\xe0\xa0\x80" },
	{ "first after surrogates", "\xee\x80\x80", "\xee\x80\x80" },
	{ "last of three bytes", "\xef\xbf\xbf", "\xef\xbf\xbf" },
	{ "first of four bytes", "\xf0\x90\x80\x80", "\xf0\x90\x80\x80" },
	{ "three bytes", "\xe2\x82\xac", "\xe2\x82\xac" },
	{ "four bytes", "\xf0\x9f\x90\x98", "\xf0\x9f\x90\x98" },
	{ "largest", "\xf4\x8f\xbf\xbf", "\xf4\x8f\xbf\xbf" },
	{ "too large", "\xf4\x90\x80\x80", "%F4%90%80%80" },
	{ "five bytes", "\xf8\x88\x80\x80\x80", "%F8%88%80%80%80" },
	{ "overlong two", "\xc0\xaf", "%C0%AF" },
	{ "overlong three", "\xe0\x9f\xbf", "%E0%9F%BF" },
	{ "overlong four", "\xf0\x8f\xbf\xbf", "%F0%8F%BF%BF" },
	{ "surrogate", "\xed\xa0\x80", "%ED%A0%80" },
	{ "last before surrogates", "\xed\x9f\xbf", "\xed\x9f\xbf" },
	{ "lone continuation", "\x80x", "%80x" },
	{ "cut short", "x\xe2\x82", "x%E2%82" },
	{ "bad third byte", "\xe2\x82x", "%E2%82x" },
};

static void test_escape(void **state)
{
	const struct escape_case *c = *state;
	char out[MP_ESCAPE_MAX];
	char *raw = c->raw ? strdup(c->raw) : NULL;
	size_t len = mp_escape(raw, "Unknown", out);

	assert_int_equal(len, strlen(c->want));
	assert_memory_equal(out, c->want, len);
	assert_true(mp_escape_valid(out, len));
	if (raw && *raw) {
		char back[MP_ESCAPE_MAX];

		assert_int_equal(mp_unescape(out, len, back), strlen(raw));
		assert_memory_equal(back, raw, strlen(raw));
	}
	free(raw);
}

/* `count` times `unit` between nothing and `tail`, on the heap, exact. */
static char *repeat(const char *unit, size_t count, const char *tail)
{
	size_t len = strlen(unit);
	char *s = malloc(len * count + strlen(tail) + 1);

	assert_non_null(s);
	for (size_t i = 0; i < count; i++)
		memcpy(s + i * len, unit, len);
	strcpy(s + len * count, tail);
	return s;
}

static void assert_escaped(char *raw, char *want)
{
	char out[MP_ESCAPE_MAX];
	size_t len = mp_escape(raw, "-", out);

	assert_int_equal(len, strlen(want));
	assert_memory_equal(out, want, len);
	assert_true(mp_escape_valid(out, len));
	free(raw);
	free(want);
}

static void test_longest_is_whole(void **state)
{
	(void)state;
	assert_escaped(repeat("x", 255, ""), repeat("x", 255, ""));
	assert_escaped(repeat(" ", 85, ""), repeat("%20", 85, ""));
	assert_escaped(repeat("\xe2\x82\xac", 85, ""),
		       repeat("\xe2\x82\xac", 85, ""));
}

static void test_longer_is_cut_and_marked(void **state)
{
	(void)state;
	assert_escaped(repeat("x", 256, ""), repeat("x", 254, "~"));
	assert_escaped(repeat("x", 5000, ""), repeat("x", 254, "~"));
	assert_escaped(repeat(" ", 86, ""), repeat("%20", 84, "~"));
}

static void test_no_character_is_cut_in_two(void **state)
{
	(void)state;
	assert_escaped(repeat("\xe2\x82\xac", 86, ""),
		       repeat("\xe2\x82\xac", 84, "~"));
	assert_escaped(repeat("\xe2\x82\xac", 84, "xxxx"),
		       repeat("\xe2\x82\xac", 84, "xx~"));
	/* The bytes that are looked at end inside the last character. */
	assert_escaped(repeat("\xe2\x82\xac", 3000, ""),
		       repeat("\xe2\x82\xac", 84, "~"));
}

static void assert_text(const char *raw, size_t max, const char *want)
{
	char *out = malloc(max); /* exact */
	size_t len;

	assert_non_null(out);
	len = mp_escape_text(raw, max, out);
	assert_int_equal(len, strlen(want));
	assert_memory_equal(out, want, len);
	free(out);
}

static void test_texts_have_the_room_that_they_are_given(void **state)
{
	(void)state;
	assert_text("", 1, "");
	assert_text("a", 1, "a");
	assert_text("ab", 1, "~");
	assert_text("(a)", 3, "(a)");
	assert_text("select 1", 10, "select%201");
	assert_text("select 1", 9, "select~");
	assert_text("12\xe2\x82\xac", 5, "12\xe2\x82\xac");
	assert_text("12\xe2\x82\xac", 4, "12~");
}

/* Eight bytes are looked at at once: each byte, at each place among others. */
static void test_each_byte_at_each_place(void **state)
{
	(void)state;
	for (int c = 1; c < 256; c++) {
		bool plain = c > 0x20 && c < 0x7f && c != '%' && c != '\\';

		for (size_t at = 0; at < 18; at++) {
			char raw[19], want[32];

			memset(raw, 'a', 18);
			raw[18] = '\0';
			raw[at] = (char)c;
			if (plain && (c != '(' || at > 0))
				strcpy(want, raw);
			else
				sprintf(want, "%.*s%%%02X%s", (int)at, raw, c,
					raw + at + 1);
			assert_escaped(strdup(raw), strdup(want));
		}
	}
}

static void test_what_is_no_field_is_invalid(void **state)
{
	static const char *const bad[] = { "a b",  "a\tb", "a\nb",
					   "a\\b", "\xff", "a\x7f" };
	char *long_one = repeat("x", 256, "");

	(void)state;
	assert_false(mp_escape_valid("", 0));
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		assert_false(mp_escape_valid(bad[i], strlen(bad[i])));
	assert_false(mp_escape_valid(long_one, 256));
	assert_true(mp_escape_valid(long_one, 255));
	free(long_one);
}

static void test_what_is_no_escape_stays(void **state)
{
	static const char *const same[] = { "%", "%2", "%zz", "100%", "%2g" };
	char out[8];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(same); i++) {
		size_t len = strlen(same[i]);

		assert_int_equal(mp_unescape(same[i], len, out), len);
		assert_memory_equal(out, same[i], len);
	}
	assert_int_equal(mp_unescape("%41%4a%4A", 9, out), 5);
	assert_memory_equal(out, "A%4aJ", 5);
}

int main(void)
{
	struct CMUnitTest tests[ARRAY_SIZE(escape_cases) + 7] = {
		cmocka_unit_test(test_longest_is_whole),
		cmocka_unit_test(test_longer_is_cut_and_marked),
		cmocka_unit_test(test_no_character_is_cut_in_two),
		cmocka_unit_test(test_texts_have_the_room_that_they_are_given),
		cmocka_unit_test(test_each_byte_at_each_place),
		cmocka_unit_test(test_what_is_no_field_is_invalid),
		cmocka_unit_test(test_what_is_no_escape_stays),
	};

	for (size_t i = 0; i < ARRAY_SIZE(escape_cases); i++)
		tests[i + 7] = (struct CMUnitTest){
			.name = escape_cases[i].name,
			.test_func = test_escape,
			.initial_state = &escape_cases[i],
		};
	return cmocka_run_group_tests_name("escape", tests, NULL, NULL);
}
