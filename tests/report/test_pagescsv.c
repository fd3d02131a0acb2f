/* pagescsv: quotes where RFC 4180 wants them, `\N` between tabs. */

#include "reporting.h"

#include "report/pagescsv.h"

static char *print_all(void (*print)(const struct mp_report *r, FILE *out))
{
	mp_report_finish(&report);
	return reporting_print(print);
}

static void test_rows_have_kinds(void **state)
{
	struct mp_record r = lines_record("(outside)");
	char *text;

	(void)state;
	r.rss_delta = 4096;
	reporting_add(&r);
	r = lines_record("(skipped)");
	r.oops_id = lines_text("sampled=90,threshold=3,one_in=10");
	reporting_add(&r);
	reporting_add_heap("small", 2, 1);
	reporting_add_heap("large", 2000, 1000);
	reporting_add_heap("less", 2, 1);
	report.options.top = 1;
	report.faults = 5;
	text = print_all(mp_pagescsv_print);
	assert_int_equal(strncmp(text, "kind,page_id,requests,errors,", 29), 0);
	assert_has(text, "\npage,large,1,0,,,,,1000,1,1000,,,0,2000,1000,,");
	assert_has(text, ",retained\nother,(other),2,0,,,,,2,2,1,");
	assert_has(text, ",retained\ntotal,total,3,0,");
	assert_has(text, ",retained\noutside,(outside),1,0,,,,,,0,,4096,");
	assert_has(text, "\nsampled,,90,,");
	assert_has(text, "\nthreshold,,3,,");
	assert_has(text, "\nfaults,,5,,");
	free(text);
}

static void test_rows_may_be_no_pages(void **state)
{
	char *text;

	(void)state;
	reporting_by(MP_VIEW_MINUTE);
	reporting_add_heap("page", 2, 1);
	report.left_out = 7;
	text = print_all(mp_pagescsv_print);
	assert_int_equal(strncmp(text, "kind,minute,requests,errors,", 28), 0);
	assert_has(text, ",peak_max,sorted_by\n");
	assert_has(text, "\nminute,1970-01-01T00:00,1,0,,,,,1,1,1,,,0,2,1,,"
			 "minute\ntotal,total,1,");
	assert_has(text, "\nleft_out,,7,,");
	free(text);
}

/* How many fields each line has, where none is quoted. */
static void assert_even(const char *text, char between)
{
	size_t want = 0, n = 0;

	for (; *text; text++) {
		n += *text == between;
		if (*text != '\n')
			continue;
		assert_int_equal(n, want ? want : n);
		want = n;
		n = 0;
	}
	assert_true(want > 20);
}

static void test_all_lines_have_all_columns(void **state)
{
	char *text;

	(void)state;
	reporting_add_heap("page", 2, 1);
	text = print_all(mp_pagescsv_print);
	assert_even(text, ',');
	free(text);
	text = reporting_print(mp_pagescsv_print_tabs);
	assert_even(text, '\t');
	free(text);
}

static void test_commas_and_quotes_are_quoted(void **state)
{
	char *text;

	(void)state;
	reporting_add_heap("a,b", 2, 1);
	reporting_add_heap("say\"hi\"", 2, 1);
	text = print_all(mp_pagescsv_print);
	assert_has(text, "\npage,\"a,b\",1,");
	assert_has(text, "\npage,\"say\"\"hi\"\"\",1,");
	free(text);
	text = reporting_print(mp_pagescsv_print_tabs);
	assert_has(text, "\npage\ta,b\t1\t");
	assert_has(text, "\npage\tsay\"hi\"\t1\t");
	free(text);
}

static void test_between_tabs_unknown_is_as_in_the_log(void **state)
{
	char *text;

	(void)state;
	reporting_add_heap("a\\b", 2, 1);
	text = print_all(mp_pagescsv_print_tabs);
	assert_has(text, "\npage\ta\\\\b\t1\t0\t\\N\t\\N\t\\N\t\\N\t1\t1\t1\t"
			 "\\N\t\\N\t0\t2\t1\t\\N\ttoo few\tfew-requests\ttrue");
	assert_has(text, "\nfaults\t\\N\t0\t\\N\t");
	free(text);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
#define TEST(f) \
	cmocka_unit_test_setup_teardown(f, reporting_begin, reporting_end)
		TEST(test_rows_have_kinds),
		TEST(test_rows_may_be_no_pages),
		TEST(test_all_lines_have_all_columns),
		TEST(test_commas_and_quotes_are_quoted),
		TEST(test_between_tabs_unknown_is_as_in_the_log),
	};

	return cmocka_run_group_tests_name("pagescsv", tests, NULL, NULL);
}
