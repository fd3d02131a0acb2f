/* table: rows in order, columns in line, and no wider than the terminal. */

#include "tabling.h"

#define PAGE_MIN 20 /* columns of a page id that stay, however narrow */

static struct mp_text row(size_t i)
{
	const char *p = printed;

	for (; i > 0 && *p != '\n'; i--)
		p = strchr(p, '\n') + 1;
	return (struct mp_text){ p, strcspn(p, "\n") };
}

static size_t row_count(void)
{
	size_t n = 0;

	while (row(n).len > 0)
		n++;
	return n;
}

static void assert_row_begins(size_t i, const char *with)
{
	assert_true(row(i).len > strlen(with));
	assert_memory_equal(row(i).p, with, strlen(with));
	assert_int_equal(row(i).p[strlen(with)], ' ');
}

static void assert_row_is(size_t i, const char *want)
{
	assert_int_equal(row(i).len, strlen(want));
	assert_memory_equal(row(i).p, want, strlen(want));
}

/* Whether a title is there, with blanks or ends around. */
static bool has_title(const char *title)
{
	struct mp_text r = row(0);
	size_t len = strlen(title);

	for (const char *p = r.p; p + len + 2 <= r.p + r.len; p++)
		if (!memcmp(p, "  ", 2) && !memcmp(p + 2, title, len) &&
		    (p[2 + len] == ' ' || p + 2 + len == r.p + r.len))
			return true;
	return false;
}

static const char *const titles[] = {
	"requests", "errors", "time",	   "mean",    "p95",  "longest",
	"retained", "RSS",    "RSS clean", "clean",   "peak", "B/request",
	"95 %",	    "freed",  "allocated", "verdict",
};

/* Pages with all numbers known, wide ones, and ids of other widths. */
static void add_server(void)
{
	static const char *const ids[] = {
		"Root:index.html",
		"caf\xc3\xa9",
		"\xe6\x97\xa5\xe6\x9c\xac\xe8\xaa\x9e",
		"BranchMergeProposalCollection:+active-reviews.json/GET",
		"\xe6\x97\xa5\xe6\x9c\xac\xe8\xaa\x9e\xe6\x97\xa5\xe6\x9c\xac"
		"\xe8\xaa\x9e\xe6\x97\xa5\xe6\x9c\xac\xe8\xaa\x9e\xe6\x97\xa5"
		"\xe6\x9c\xac\xe8\xaa\x9e",
		"",
	};

	for (size_t i = 0; i < ARRAY_SIZE(ids); i++) {
		struct mp_record r = lines_record(ids[i]);

		if (!ids[i][0])
			r.page_id = lines_text("(outside)");
		r.duration_us = 1234567 << i;
		r.rss_delta = 1000 * MIB;
		r.overlap = 0;
		r.allocated = 99999 * KIB << i;
		r.freed = 1023;
		r.peak = 1023 * MIB;
		add(r);
	}
}

#define SERVER_ROWS (1 + 5 + 1 + 1)

/* ---- rows ---- */

static void test_growth_then_total_then_outside(void **state)
{
	(void)state;
	add_own("(outside)", "-");
	add_heap("small", 20, 10);
	add_heap("big", 20000, 0);
	add_heap("zero", 5, 5);
	add_heap("shrank", 0, 10);
	print(0, false);
	assert_int_equal(row_count(), 7);
	assert_row_begins(0, "page");
	assert_row_begins(1, "big");
	assert_row_begins(2, "small");
	assert_row_begins(3, "zero");
	assert_row_begins(4, "shrank");
	assert_row_begins(5, "total");
	assert_row_begins(6, "(outside)");
}

static void test_rows_beyond_the_top_are_summed_up(void **state)
{
	struct mp_record r = lines_record("(outside)");

	(void)state;
	add_heap("big", 200, 0);
	add_heap("small", 20, 10);
	add_heap("less", 5, 0);
	r.rss_delta = 1;
	add(r);
	report.options.top = 1;
	print(0, false);
	assert_int_equal(row_count(), 5);
	assert_row_begins(1, "big");
	assert_row_begins(2, "(other)");
	assert_non_null(strstr(row(2).p, "  15 B  "));
	assert_row_begins(3, "total");
	assert_non_null(strstr(row(3).p, "  215 B  "));
	assert_row_begins(4, "(outside)");
	report.options.top = 3;
	print(0, false);
	assert_null(strstr(printed, "(other)"));
	report.options.top = 0;
	print(0, false);
	assert_int_equal(row_count(), 4);
	assert_row_begins(1, "(other)");
}

static void test_no_outside_where_no_line_tells(void **state)
{
	(void)state;
	add_heap("p", 1, 0);
	print(0, false);
	assert_int_equal(row_count(), 3);
	assert_row_begins(2, "total");
	assert_null(strstr(printed, "(outside)"));
}

static void test_the_numbers_stand_under_their_titles(void **state)
{
	struct mp_record r = lines_record("p");

	(void)state;
	r.oops_id = lines_text("OOPS-1");
	r.duration_us = 1000;
	r.rss_delta = 4 * KIB;
	r.overlap = 0;
	r.allocated = 5 * KIB;
	r.freed = 2 * KIB;
	r.peak = 7 * KIB;
	add(r);
	r.oops_id = lines_text("-");
	r.duration_us = 1000;
	r.overlap = 1;
	add(r);
	print(0, false);
	assert_memory_equal(
		printed,
		"page       requests  errors     time     mean      p95  "
		"longest  retained  B/request  95 %       RSS  RSS clean  clean"
		"  allocated     freed      peak  verdict\n"
		"p                 2       1  2.00 ms  1.00 ms  1.00 ms  "
		"1.00 ms  6.00 KiB       3072     -  8.00 KiB   4.00 KiB      1"
		"  10.00 KiB  4.00 KiB  7.00 KiB        -\n",
		2 * (row(0).len + 1));
}

static void test_unknown_is_not_zero(void **state)
{
	char want[] = "p \\N \\N \\N \\N \\N \\N \\N \\N \\N \\N \\N";
	char got[64] = "";
	char *copy, *word, *rest;

	(void)state;
	add(lines_record("p"));
	print(0, false);
	copy = strndup(row(1).p, row(1).len);
	assert_non_null(copy);
	for (word = strtok_r(copy, " ", &rest); word;
	     word = strtok_r(NULL, " ", &rest)) {
		/* Counts are always known, and nothing was judged. */
		if (strspn(word, "01-") == strlen(word))
			continue;
		assert_true(strlen(got) + strlen(word) + 2 < sizeof(got));
		sprintf(got + strlen(got), "%s%s", *got ? " " : "", word);
	}
	free(copy);
	assert_string_equal(got, want);
}

static void test_rows_may_be_no_pages(void **state)
{
	static struct mp_view view;
	struct mp_report_options options = { .view = &view, .top = SIZE_MAX };

	(void)state;
	view = mp_view_all;
	view.by = MP_VIEW_PID;
	mp_report_release(&report);
	mp_report_init(&report, &options);
	add_heap("p", 1, 0);
	add_heap("q", 1, 0);
	print(0, false);
	assert_int_equal(row_count(), 3);
	assert_row_begins(0, "pid        requests  errors");
	assert_row_begins(1, "7@web1            2       0");
	assert_false(has_title("verdict"));
	assert_false(has_title("95 %"));
	assert_true(has_title("peak"));
	assert_null(strstr(printed, "Verdicts"));
}

/* ---- widths ---- */

static struct width_case {
	const char *name;
	size_t width;
	const char *there[4], *not_there[4];
	const char *cut; /* how the long id begins, and its end */
} width_cases[] = {
	{ "as wide as need be",
	  0,
	  { "requests", "freed", "allocated", "verdict" },
	  { NULL },
	  "BranchMergeProposalCollection:+active-reviews.json/GET" },
	{ "80 columns",
	  80,
	  { "verdict", "retained", "requests", "B/request" },
	  { "freed", "time", "allocated" },
	  "~" },
	{ "40 columns",
	  40,
	  { "verdict" },
	  { "freed", "RSS", "errors", "peak" },
	  "~" },
	{ "narrower than an id may be", 1, { NULL }, { "verdict" }, "~" },
};

static void test_width(void **state)
{
	const struct width_case *c = *state;

	add_server();
	print(c->width, false);
	assert_int_equal(row_count(), SERVER_ROWS);
	for (size_t i = 0; i < ARRAY_SIZE(c->there) && c->there[i]; i++)
		assert_true(has_title(c->there[i]));
	for (size_t i = 0; i < ARRAY_SIZE(c->not_there) && c->not_there[i]; i++)
		assert_false(has_title(c->not_there[i]));
	assert_non_null(strstr(printed, c->cut));
	assert_true((strchr(printed, '~') != NULL) == (c->width > 0));
	/* A cut id has all that the columns leave. */
	if (c->width >= PAGE_MIN)
		assert_int_equal(mp_show_width(row(1)), c->width);
}

static void test_what_is_sorted_by_is_the_last_to_go(void **state)
{
	(void)state;
	add_server();
	report.options.sorted = true;
	report.options.sort = MP_COLUMN_FREED;
	print(40, false);
	assert_true(has_title("freed"));
	assert_false(has_title("retained"));
}

static unsigned titles_there(void)
{
	unsigned there = 0;

	for (unsigned i = 0; i < ARRAY_SIZE(titles); i++)
		there |= (unsigned)has_title(titles[i]) << i;
	return there;
}

/* As a terminal shows them: bytes do not matter. */
static void test_rows_are_in_line_at_every_width(void **state)
{
	unsigned before = 0;

	(void)state;
	add_server();
	for (size_t width = 1; width < 300; width++) {
		size_t want, most = width < PAGE_MIN ? PAGE_MIN : width;

		print(width, false);
		want = mp_show_width(row(1));
		assert_true(want <= most);
		assert_int_equal(row_count(), SERVER_ROWS);
		for (size_t i = 1; i < SERVER_ROWS; i++)
			assert_int_equal(mp_show_width(row(i)), want);
		assert_int_equal(mp_show_width(row(0)), want);

		/* What a narrow one has a wider one has too. */
		assert_int_equal(before & ~titles_there(), 0);
		before = titles_there();
	}
	assert_int_equal(before, (1u << ARRAY_SIZE(titles)) - 1);
}

static void test_a_column_is_as_wide_as_its_total(void **state)
{
	(void)state;
	add_heap("p", 60 * KIB, 0);
	add_heap("q", 60 * KIB, 0);
	print(0, false);
	assert_non_null(strstr(row(3).p, "  120.00 KiB"));
	for (size_t i = 1; i < row_count(); i++)
		assert_int_equal(row(i).len, row(0).len);
}

/* Ten characters of two columns and three bytes each. */
static void test_ids_take_columns_and_not_bytes(void **state)
{
	(void)state;
	add_heap("\xe6\x97\xa5\xe6\x97\xa5\xe6\x97\xa5\xe6\x97\xa5\xe6\x97\xa5"
		 "\xe6\x97\xa5\xe6\x97\xa5\xe6\x97\xa5\xe6\x97\xa5\xe6\x97\xa5",
		 20, 0);
	print(0, false);
	assert_row_begins(0, "page                  requests");
}

/* A wide character is not halved: a blank fills up. */
static void test_ids_are_cut_with_a_tilde(void **state)
{
	(void)state;
	add_heap("0123456789abcdefghijklmnop", 30, 0);
	add_heap("\xe6\x97\xa5\xe6\x97\xa5\xe6\x97\xa5\xe6\x97\xa5\xe6\x97\xa5"
		 "\xe6\x97\xa5\xe6\x97\xa5\xe6\x97\xa5\xe6\x97\xa5\xe6\x97\xa5"
		 "\xe6\x97\xa5",
		 20, 0);
	add_heap("0123456789abcdefghij", 10, 0);
	print(PAGE_MIN, false);
	assert_int_equal(row_count(), 5);
	assert_row_is(1, "0123456789abcdefghi~");
	assert_row_is(2, "\xe6\x97\xa5\xe6\x97\xa5\xe6\x97\xa5\xe6\x97\xa5"
			 "\xe6\x97\xa5\xe6\x97\xa5\xe6\x97\xa5\xe6\x97\xa5"
			 "\xe6\x97\xa5~ ");
	assert_row_is(3, "0123456789abcdefghij");
}

/* ---- colour ---- */

static void test_only_the_titles_are_bold_and_only_if_asked(void **state)
{
	char *plain;

	(void)state;
	add_server();
	print(80, false);
	assert_null(strchr(printed, '\033'));
	plain = strdup(printed);
	assert_non_null(plain);
	print(80, true);
	assert_memory_equal(printed, "\033[1mpage ", 9);
	assert_string_equal(strchr(printed, '\n'), strchr(plain, '\n'));
	assert_memory_equal(strchr(printed, '\n') - 4, "\033[0m", 4);
	free(plain);
}

#define PLAIN(function) \
	cmocka_unit_test_setup_teardown(function, set_up, tear_down)

#define PLAIN_TESTS 12

int main(void)
{
	struct CMUnitTest tests[PLAIN_TESTS + ARRAY_SIZE(width_cases)] = {
		PLAIN(test_growth_then_total_then_outside),
		PLAIN(test_rows_beyond_the_top_are_summed_up),
		PLAIN(test_no_outside_where_no_line_tells),
		PLAIN(test_the_numbers_stand_under_their_titles),
		PLAIN(test_unknown_is_not_zero),
		PLAIN(test_rows_may_be_no_pages),
		PLAIN(test_rows_are_in_line_at_every_width),
		PLAIN(test_what_is_sorted_by_is_the_last_to_go),
		PLAIN(test_a_column_is_as_wide_as_its_total),
		PLAIN(test_ids_take_columns_and_not_bytes),
		PLAIN(test_ids_are_cut_with_a_tilde),
		PLAIN(test_only_the_titles_are_bold_and_only_if_asked),
	};
	size_t n = PLAIN_TESTS;

	for (size_t i = 0; i < ARRAY_SIZE(width_cases); i++)
		tests[n++] = test_row(width_cases[i].name, test_width,
				      &width_cases[i]);
	return cmocka_run_group_tests_name("table", tests, use_utf8, NULL);
}
