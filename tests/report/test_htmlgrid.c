/* htmlgrid: the text first, and none of it markup. */

#include "reporting.h"

#include "report/htmlgrid.h"

static void put_cell(const void *rows, size_t row, size_t column, char *ret)
{
	const char *const *cells = rows;

	strcpy(ret, cells[3 * row + column]);
}

static const struct mp_grid_column columns[] = {
	{ "bytes", 2 },
	{ "page", 0 },
	{ "pid", 1 },
};

static char *print(const char *const *cells, size_t rows, const char *below)
{
	const struct mp_grid grid = {
		.columns = columns,
		.column_count = ARRAY_SIZE(columns),
		.row_count = rows,
		.put = put_cell,
		.rows = cells,
	};
	char *text = NULL;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	assert_non_null(out);
	mp_htmlgrid_print(out, "A & B", &grid, below);
	assert_int_equal(fclose(out), 0);
	return text;
}

static void test_the_text_comes_first(void **state)
{
	static const char *const cells[] = { "4 B", "a<b>", "\\N",
					     "3 B", "c",    "7" };
	char *text = print(cells, 2, "");

	(void)state;
	assert_string_equal(
		text,
		"<h3>A &amp; B</h3>\n<div class=\"scroll\">"
		"<table class=\"list\">\n<thead><tr>"
		"<th scope=\"col\" class=\"text\">page</th>"
		"<th scope=\"col\">bytes</th><th scope=\"col\">pid</th>"
		"</tr></thead>\n<tbody>\n"
		"<tr><th scope=\"row\" class=\"text\"><bdi>a&lt;b&gt;</bdi>"
		"</th><td data-h=\"bytes\">4 B</td>"
		"<td data-h=\"pid\">&mdash;</td></tr>\n"
		"<tr><th scope=\"row\" class=\"text\"><bdi>c</bdi></th>"
		"<td data-h=\"bytes\">3 B</td><td data-h=\"pid\">7</td></tr>\n"
		"</tbody>\n</table></div>\n");
	free(text);
}

static void test_what_stands_below_is_text(void **state)
{
	char *text = print(NULL, 0, "and <more>");

	(void)state;
	assert_has(text, "</div>\n<p class=\"dim\">and &lt;more&gt;</p>\n");
	free(text);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_the_text_comes_first),
		cmocka_unit_test(test_what_stands_below_is_text),
	};

	return cmocka_run_group_tests_name("htmlgrid", tests, NULL, NULL);
}
