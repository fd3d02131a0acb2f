/* htmltable: what people read, and beside it what a column is sorted by. */

#include "reporting.h"

#include "report/htmltable.h"

static struct mp_page *add_page(const char *id, enum mp_verdict_kind kind)
{
	struct mp_page *page;

	reporting_add_heap(id, 4096, 0);
	page = report.totals.pages[report.totals.count - 1];
	page->verdict.kind = kind;
	return page;
}

static char *print_all(void)
{
	assert_int_equal(mp_report_arrange(&report), 0);
	return reporting_print(mp_htmltable_print);
}

static void test_a_number_has_what_it_is_sorted_by(void **state)
{
	struct mp_page *page = add_page("page", MP_VERDICT_STEADY);
	char *text;

	(void)state;
	page->verdict.judged = 30;
	page->verdict.interval.low = 0.25;
	page->verdict.interval.high = 4144;
	text = print_all();
	assert_has(text, "<tr><th scope=\"row\" class=\"text\"><bdi>page</bdi>"
			 "</th><td class=\"text\">steady</td>"
			 "<td data-h=\"requests\" data-v=\"1\">1</td>");
	assert_has(text, "<td data-h=\"retained\" data-v=\"4096\">4.00 KiB"
			 "</td>");
	assert_has(text, "<td data-h=\"95 %\" data-v=\"0.25\">0.25 to 4144"
			 "</td>");
	assert_has(text, "<td class=\"more\" data-h=\"mean\" data-v=\"\">"
			 "&mdash;</td>");
	free(text);
}

static void test_leaks_stand_out_and_unsure_ones_less(void **state)
{
	char *text;

	(void)state;
	add_page("a", MP_VERDICT_LEAK);
	add_page("b", MP_VERDICT_LEAK)->verdict.unsure = true;
	add_page("c", MP_VERDICT_SPIKE);
	text = print_all();
	assert_has(text, "<td class=\"text leak\">leak</td>");
	assert_has(text, "<td class=\"text care\">leak?</td>");
	assert_has(text, "<td class=\"text\">spike</td>");
	free(text);
}

static void test_it_tells_what_it_is_sorted_by(void **state)
{
	char *text;

	(void)state;
	add_page("a", MP_VERDICT_STEADY);
	text = print_all();
	assert_has(text, "data-key=\"retained\" aria-sort=\"descending\"");
	free(text);
	report.options.sorted = true;
	report.options.sort = MP_COLUMN_PAGE_ID;
	text = print_all();
	assert_has(text, "data-key=\"page_id\" aria-sort=\"ascending\"");
	assert_not(text, "descending");
	free(text);
}

static void test_sums_are_apart(void **state)
{
	char *text, *foot;

	(void)state;
	add_page("a", MP_VERDICT_STEADY);
	add_page("b", MP_VERDICT_STEADY);
	report.options.top = 1;
	text = print_all();
	foot = strstr(text, "<tfoot>");
	assert_non_null(foot);
	assert_has(foot, "<bdi>(other)</bdi>");
	assert_has(foot, "<bdi>total</bdi></th><td class=\"text\"></td>");
	assert_not(foot, "(outside)");
	assert_not(foot, "<bdi>b</bdi>");
	free(text);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
#define TEST(f) \
	cmocka_unit_test_setup_teardown(f, reporting_begin, reporting_end)
		TEST(test_a_number_has_what_it_is_sorted_by),
		TEST(test_leaks_stand_out_and_unsure_ones_less),
		TEST(test_it_tells_what_it_is_sorted_by),
		TEST(test_sums_are_apart),
	};

	return cmocka_run_group_tests_name("htmltable", tests, NULL, NULL);
}
