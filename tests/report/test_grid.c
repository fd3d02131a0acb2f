/* grid: columns that fit, text that is cut, and the least column that goes. */

#include "test.h"

#include "report/grid.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define COLUMNS 3

static const struct mp_grid_column columns[COLUMNS] = {
	{ "bytes", 2 },
	{ "page", 0 },
	{ "pid", 1 },
};

static const struct row {
	const char *cells[COLUMNS];
} rows[] = {
	{ { "1.00 KiB", "Root:a-page-with-a-long-name", "7" } },
	{ { "3 B", "Root:b", "123456" } },
};

static void put(const void *all, size_t row, size_t column, char *ret)
{
	const struct row *r = all;

	strcpy(ret, r[row].cells[column]);
}

static struct grid_case {
	const char *name;
	struct mp_show_style style;
	const char *want;
} grid_cases[] = {
	{ "all of it",
	  { 0, false },
	  "     bytes  page                             pid\n"
	  "  1.00 KiB  Root:a-page-with-a-long-name       7\n"
	  "       3 B  Root:b                        123456\n" },
	{ "it fits",
	  { 48, false },
	  "     bytes  page                             pid\n"
	  "  1.00 KiB  Root:a-page-with-a-long-name       7\n"
	  "       3 B  Root:b                        123456\n" },
	{ "the text is cut",
	  { 44, false },
	  "     bytes  page                         pid\n"
	  "  1.00 KiB  Root:a-page-with-a-long~       7\n"
	  "       3 B  Root:b                    123456\n" },
	{ "the least column goes",
	  { 39, false },
	  "     bytes  page\n"
	  "  1.00 KiB  Root:a-page-with-a-long-na~\n"
	  "       3 B  Root:b\n" },
	{ "only the text is left",
	  { 24, false },
	  "  page\n"
	  "  Root:a-page-with-a-lo~\n"
	  "  Root:b\n" },
	{ "narrower than anything",
	  { 5, false },
	  "  page\n"
	  "  Root:a-page-with-a-~\n"
	  "  Root:b\n" },
	{ "in colour",
	  { 24, true },
	  "\033[1m  page\033[0m\n"
	  "  Root:a-page-with-a-lo~\n"
	  "  Root:b\n" },
};

static void test_grid(void **state)
{
	const struct grid_case *c = *state;
	const struct mp_grid grid = {
		.columns = columns,
		.column_count = COLUMNS,
		.row_count = ARRAY_SIZE(rows),
		.put = put,
		.rows = rows,
	};
	char *text;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	assert_non_null(out);
	mp_grid_print(&grid, &c->style, out);
	assert_int_equal(fclose(out), 0);
	assert_string_equal(text, c->want);
	free(text);
}

int main(void)
{
	struct CMUnitTest tests[ARRAY_SIZE(grid_cases)];

	for (size_t i = 0; i < ARRAY_SIZE(grid_cases); i++)
		tests[i] = (struct CMUnitTest){
			.name = grid_cases[i].name,
			.test_func = test_grid,
			.initial_state = &grid_cases[i],
		};
	return cmocka_run_group_tests_name("grid", tests, NULL, NULL);
}
