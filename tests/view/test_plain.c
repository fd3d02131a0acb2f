/* plain: whatever bytes a name has, what is shown of it is text. */

#include "test.h"

#include "view/plain.h"

#include <stdlib.h>
#include <string.h>

/* Not const, only because cmocka passes each case as a plain void pointer. */
static struct name {
	const char *raw, *markup, *json;
} names[] = {
	{ "", "", "\"\"" },
	{ "main", "main", "\"main\"" },
	{ "a<b>::c()", "a&lt;b&gt;::c()", "\"a\\u003cb\\u003e::c()\"" },
	{ "</script>", "&lt;/script&gt;", "\"\\u003c/script\\u003e\"" },
	{ "a\"b'c&d\\e", "a&quot;b&#39;c&amp;d\\e",
	  "\"a\\u0022b\\u0027c\\u0026d\\u005ce\"" },
	{ "]]>", "]]&gt;", "\"]]\\u003e\"" },
	{ "operator%", "operator%", "\"operator%\"" },
	{ "\x01\n\t\x1b[31m\x7f", "%01%0A%09%1B[31m%7F",
	  "\"%01%0A%09%1B[31m%7F\"" },
	{ "\xc3\xa9\xe2\x82\xac\xf0\x9f\x92\xa9",
	  "\xc3\xa9\xe2\x82\xac\xf0\x9f\x92\xa9",
	  "\"\xc3\xa9\xe2\x82\xac\xf0\x9f\x92\xa9\"" },
	{ "\xc2\x85x", "%C2%85x", "\"%C2%85x\"" },
	{ "\xe2\x80\xaetxt", "%E2%80%AEtxt", "\"%E2%80%AEtxt\"" },
	{ "\xe2\x81\xa6\xd8\x9c", "%E2%81%A6%D8%9C", "\"%E2%81%A6%D8%9C\"" },
	{ "\xe2\x80\xa8\xe2\x80\xa9", "%E2%80%A8%E2%80%A9",
	  "\"%E2%80%A8%E2%80%A9\"" },
	{ "\xef\xbf\xbe\xef\xbf\xbf", "%EF%BF%BE%EF%BF%BF",
	  "\"%EF%BF%BE%EF%BF%BF\"" },
	{ "\xef\xbf\xbd", "\xef\xbf\xbd", "\"\xef\xbf\xbd\"" },
	{ "\xff\xc3(\xc0\xaf", "%FF%C3(%C0%AF", "\"%FF%C3(%C0%AF\"" },
	{ "\xed\xa0\x80", "%ED%A0%80", "\"%ED%A0%80\"" },
	{ "a\xc3", "a%C3", "\"a%C3\"" },
	{ "a\xf0\x9f\x92", "a%F0%9F%92", "\"a%F0%9F%92\"" },
};

static char *written;
static size_t written_len;

static FILE *begin(void)
{
	FILE *out = open_memstream(&written, &written_len);

	assert_non_null(out);
	return out;
}

static void assert_written(FILE *out, const char *want)
{
	assert_int_equal(fclose(out), 0);
	assert_string_equal(written, want);
	free(written);
}

static void test_a_name_is_text(void **state)
{
	const struct name *n = *state;
	/* Just as long as it is: a sanitizer sees what is read behind it. */
	char *raw = strdup(n->raw);
	FILE *out = begin();

	assert_non_null(raw);
	mp_plain_put_markup(out, raw);
	assert_written(out, n->markup);
	out = begin();
	mp_plain_put_json(out, raw);
	assert_written(out, n->json);
	free(raw);
}

static void test_a_long_name_is_cut(void **state)
{
	static const struct {
		size_t max;
		const char *want;
	} cuts[] = {
		{ 0, ".." },
		{ 1, "&lt;.." },
		{ 3, "&lt;\xc3\xa9%01.." },
		{ 4, "&lt;\xc3\xa9%01x" },
		{ 9, "&lt;\xc3\xa9%01x" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cuts); i++) {
		FILE *out = begin();

		mp_plain_put_markup_cut(out, "<\xc3\xa9\x01x", cuts[i].max);
		assert_written(out, cuts[i].want);
	}
}

int main(void)
{
	struct CMUnitTest tests[ARRAY_SIZE(names) + 1] = {
		cmocka_unit_test(test_a_long_name_is_cut),
	};

	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		tests[i + 1] = (struct CMUnitTest){
			.name = names[i].markup,
			.test_func = test_a_name_is_text,
			.initial_state = &names[i],
		};
	return cmocka_run_group_tests_name("plain", tests, NULL, NULL);
}
