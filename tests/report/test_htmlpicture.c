/* htmlpicture: both drawings, as base64. */

#include "reporting.h"

#include "report/htmlpicture.h"

static char *print(const char *wide, const char *narrow)
{
	const struct mp_htmlpicture picture = { lines_text(wide),
						lines_text(narrow) };
	char *text = NULL;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	assert_non_null(out);
	mp_htmlpicture_print(&picture, "a picture", out);
	assert_int_equal(fclose(out), 0);
	return text;
}

static void test_a_narrow_screen_has_its_own(void **state)
{
	char *text = print("<svg>", "<svg/>");

	(void)state;
	assert_has(text, " (max-width: 44rem)\" srcset=\"data:image/svg+xml;"
			 "base64,PHN2Zy8+\">");
	assert_has(text, "<img src=\"data:image/svg+xml;base64,PHN2Zz4=\" "
			 "alt=\"a picture\">");
	free(text);
}

/* The examples of RFC 4648, and bytes above 0x7f. */
static void test_base64(void **state)
{
	static const char *const cases[][2] = {
		{ "", "" },
		{ "f", "Zg==" },
		{ "fo", "Zm8=" },
		{ "foo", "Zm9v" },
		{ "foob", "Zm9vYg==" },
		{ "fooba", "Zm9vYmE=" },
		{ "foobar", "Zm9vYmFy" },
		{ "\xff\xfe\xfd", "//79" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		char want[64], *text = print(cases[i][0], "");

		snprintf(want, sizeof(want), ";base64,%s\" alt", cases[i][1]);
		assert_has(text, want);
		free(text);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_narrow_screen_has_its_own),
		cmocka_unit_test(test_base64),
	};

	return cmocka_run_group_tests_name("htmlpicture", tests, NULL, NULL);
}
