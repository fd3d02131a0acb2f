/* htmltext: whatever stands in a text, a browser reads that text. */

#include "reporting.h"

#include "report/htmltext.h"

#include <locale.h>

/* Not const, only because cmocka passes each case as a plain void pointer. */
static struct text {
	const char *raw, *want;
} texts[] = {
	{ "plain", "plain" },
	{ "a<b>c", "a&lt;b&gt;c" },
	{ "a&b", "a&amp;b" },
	{ "&lt;", "&amp;lt;" },
	{ "say \"hi\", 'hi'", "say &quot;hi&quot;, &#39;hi&#39;" },
	{ "\xc3\xa9\xd7\xa2", "\xc3\xa9\xd7\xa2" },
}, ids[] = {
	{ "Root:index.html", "<bdi>Root:index.html</bdi>" },
	{ "</bdi>", "<bdi>&lt;/bdi&gt;</bdi>" },
	{ "a%20b", "<bdi>a%20b</bdi>" },
	{ "\xe2\x80\xaetxt", "<bdi>%E2%80%AEtxt</bdi>" },
	{ "\xc2\x85x", "<bdi>%C2%85x</bdi>" },
};

static char *written;

static FILE *begin(void)
{
	static size_t len;
	FILE *out = open_memstream(&written, &len);

	assert_non_null(out);
	return out;
}

static void assert_written(FILE *out, const char *want)
{
	assert_int_equal(fclose(out), 0);
	assert_string_equal(written, want);
	free(written);
}

static void test_a_text_is_no_markup(void **state)
{
	const struct text *t = *state;
	FILE *out = begin();

	mp_htmltext_put_word(out, t->raw);
	assert_written(out, t->want);
}

static void test_an_id_is_set_apart(void **state)
{
	const struct text *t = *state;
	FILE *out = begin();

	mp_htmltext_put_id(out, lines_text(t->raw));
	assert_written(out, t->want);
}

static void test_an_id_in_a_sentence_is_set_apart(void **state)
{
	struct mp_sentence s;
	FILE *out;

	(void)state;
	mp_sentence_init(&s);
	mp_sentence_add(&s, "a < ");
	mp_sentence_add_id(&s, lines_text("<b>"));
	mp_sentence_add(&s, " & c");
	out = begin();
	mp_htmltext_put_sentence(out, &s, 0, s.len);
	assert_written(out, "a &lt; <bdi>&lt;b&gt;</bdi> &amp; c");
	out = begin();
	mp_htmltext_put_sentence(out, &s, 7, s.len);
	assert_written(out, " &amp; c");
	out = begin();
	mp_htmltext_put_sentence(out, &s, 0, 4);
	assert_written(out, "a &lt; ");
}

int main(void)
{
	struct CMUnitTest tests[ARRAY_SIZE(texts) + ARRAY_SIZE(ids) + 1] = {
		cmocka_unit_test(test_an_id_in_a_sentence_is_set_apart),
	};
	size_t n = 1;

	setlocale(LC_CTYPE, "C.UTF-8");
	for (size_t i = 0; i < ARRAY_SIZE(texts); i++)
		tests[n++] = (struct CMUnitTest){
			.name = texts[i].raw,
			.test_func = test_a_text_is_no_markup,
			.initial_state = &texts[i],
		};
	for (size_t i = 0; i < ARRAY_SIZE(ids); i++)
		tests[n++] = (struct CMUnitTest){
			.name = ids[i].want,
			.test_func = test_an_id_is_set_apart,
			.initial_state = &ids[i],
		};
	return cmocka_run_group_tests_name("htmltext", tests, NULL, NULL);
}
