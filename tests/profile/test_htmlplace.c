/* htmlplace: HTML by its header, and where its body ends. */

#include "test.h"

#include "profile/htmlplace.h"

#include <stdlib.h>
#include <string.h>

/* Not const, only because cmocka passes each case as a plain void pointer. */
static struct place_case {
	const char *name;
	const char *before; /* what comes before the place */
	const char *after;
} place_cases[] = {
	{ "before the end of the body", "<body><p>x</p>", "</body></html>" },
	{ "before the last of several",
	  "<body><pre></body></pre><!-- </body> -->", "</body>" },
	{ "in capitals", "<BODY>x", "</BODY></HTML>" },
	{ "with a blank in the tag", "x", "</body \n></html>" },
	{ "another tag is none", "x", "</body>y</bodyguard>z" },
	{ "without a body", "", "<p>x</p>" },
	{ "a tag cut short", "", "x</body" },
	{ "an empty page", "", "" },
	{ "a tag alone", "", "</body>" },
};

static void test_place(void **state)
{
	const struct place_case *c = *state;
	size_t before_len = strlen(c->before);
	size_t len = before_len + strlen(c->after);
	char *page = malloc(len ? len : 1); /* without a zero behind it */

	assert_non_null(page);
	memcpy(page, c->before, before_len);
	memcpy(page + before_len, c->after, len - before_len);
	assert_int_equal(mp_htmlplace_find(page, len), before_len);
	free(page);
}

static void test_what_is_html(void **state)
{
	static const struct {
		const char *type;
		bool html;
	} types[] = {
		{ "text/html", true },
		{ "text/html; charset=utf-8", true },
		{ "text/html;charset=utf-8", true },
		{ " Text/HTML ", true },
		{ "text/html5", false },
		{ "text/htm", false },
		{ "text/plain", false },
		{ "text/plain; x=text/html", false },
		{ "application/xhtml+xml", false },
		{ "", false },
		{ NULL, false },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(types); i++)
		assert_int_equal(mp_htmlplace_is_html(types[i].type),
				 types[i].html);
}

int main(void)
{
	struct CMUnitTest tests[ARRAY_SIZE(place_cases) + 1] = {
		cmocka_unit_test(test_what_is_html),
	};

	for (size_t i = 0; i < ARRAY_SIZE(place_cases); i++)
		tests[i + 1] = (struct CMUnitTest){
			.name = place_cases[i].name,
			.test_func = test_place,
			.initial_state = &place_cases[i],
		};
	return cmocka_run_group_tests_name("htmlplace", tests, NULL, NULL);
}
