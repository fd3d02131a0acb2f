/* markdown: the answer first, and an id is never more than an id. */

#include "reporting.h"

#include "report/markdown.h"

#include <locale.h>

static char *print_all(void)
{
	mp_report_finish(&report);
	return reporting_print(mp_markdown_print);
}

/* Not const, only because cmocka passes each case as a plain void pointer. */
static struct code {
	const char *id, *want;
} codes[] = {
	{ "Root:index.html", "\n| `Root:index.html` | 1 |" },
	{ "a|b", "\n| `a\\|b` | 1 |" },
	{ "a`b", "\n| ``a`b`` | 1 |" },
	{ "a``b`c", "\n| ```a``b`c``` | 1 |" },
	{ "`a", "\n| `` `a `` | 1 |" },
	{ "a`", "\n| `` a` `` | 1 |" },
	{ "@somebody*_<b>", "\n| `@somebody*_<b>` | 1 |" },
	{ "\xe2\x80\xae", "\n| `%E2%80%AE` | 1 |" },
};

static void test_an_id_is_code(void **state)
{
	const struct code *c = *state;
	char *text;

	reporting_begin(NULL);
	reporting_add_heap(c->id, 2, 1);
	text = print_all();
	assert_has(text, c->want);
	free(text);
	reporting_end(NULL);
}

static struct mp_page *add_page(const char *id)
{
	reporting_add_heap(id, 2, 1);
	return report.totals.pages[report.totals.count - 1];
}

static void test_verdicts_are_a_list_below_the_answer(void **state)
{
	struct mp_page *giver, *taker;
	char *text;

	(void)state;
	giver = add_page("gives");
	taker = add_page("ta_kes|");
	mp_report_finish(&report);
	giver->verdict = (struct mp_verdict){ .kind = MP_VERDICT_HAND_OVER,
					      .why = MP_WHY_GIVES,
					      .partner = taker };
	taker->verdict =
		(struct mp_verdict){ .kind = MP_VERDICT_LEAK, .unsure = true };
	text = reporting_print(mp_markdown_print);
	assert_int_equal(strncmp(text, "**1 of 2 pages may leak**\n\n", 27), 0);
	assert_has(text, "\n- `ta_kes|`: **leak?**: after the warm-up");
	assert_has(text, "\n- `gives`: **hand-over**: what it allocates "
			 "`ta_kes|` frees: their");
	free(text);
}

static void test_no_mark_in_what_is_said_is_one(void **state)
{
	struct mp_life life = { .pid = 4711,
				.last = { .allocated = 40 << 20,
					  .active = 44 << 20,
					  .resident = 80 << 20 } };
	char *text;

	(void)state;
	add_page("page");
	mp_report_finish(&report);
	report.processes.fragmented = &life;
	text = reporting_print(mp_markdown_print);
	assert_has(text, "\n- process 4711: **fragmentation**: its heap");
	assert_has(text,
		   " set dirty\\_decay\\_ms lower, or background\\_thread.");
	free(text);
}

static void test_the_table_has_the_telling_columns(void **state)
{
	char *text;

	(void)state;
	reporting_add_heap("page", 4096, 0);
	text = print_all();
	assert_has(text, "\n| page | requests | errors | mean | p95 | retained "
			 "| B/request | 95 % | RSS | RSS clean | peak | "
			 "verdict |\n| --- | ---: |");
	assert_has(text, " | ---: | --- |\n| `page` | 1 | 0 | \\N | \\N | 4.00 "
			 "KiB | 4096 | ");
	assert_has(text, "\n| total | 1 | 0 |");
	assert_not(text, "(other)");
	assert_not(text, "(outside)");
	assert_has(text, "\n\n- Sorted by retained heap: what was");
	free(text);
}

static void test_rows_that_are_no_pages_have_no_verdicts(void **state)
{
	char *text;

	(void)state;
	reporting_by(MP_VIEW_HOUR);
	reporting_add_heap("page", 4096, 0);
	text = print_all();
	assert_int_equal(strncmp(text, "| hour | requests | ", 20), 0);
	assert_has(text, "\n| `1970-01-01T00` | 1 |");
	assert_has(text, "\n- Sorted by hour.");
	assert_not(text, "leak");
	assert_not(text, "verdict");
	assert_not(text, "95 %");
	free(text);
}

int main(void)
{
	static const struct CMUnitTest rest[] = {
#define TEST(f) \
	cmocka_unit_test_setup_teardown(f, reporting_begin, reporting_end)
		TEST(test_verdicts_are_a_list_below_the_answer),
		TEST(test_no_mark_in_what_is_said_is_one),
		TEST(test_the_table_has_the_telling_columns),
		TEST(test_rows_that_are_no_pages_have_no_verdicts),
	};
	struct CMUnitTest tests[ARRAY_SIZE(codes)];

	setlocale(LC_CTYPE, "C.UTF-8");
	for (size_t i = 0; i < ARRAY_SIZE(codes); i++)
		tests[i] = (struct CMUnitTest){
			.name = codes[i].id,
			.test_func = test_an_id_is_code,
			.initial_state = &codes[i],
		};
	return cmocka_run_group_tests_name("markdown", rest, NULL, NULL) +
	       cmocka_run_group_tests_name("ids", tests, NULL, NULL);
}
