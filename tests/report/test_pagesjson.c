/* pagesjson: numbers are numbers, unknown ones null, and ids are escaped. */

#include "reporting.h"

#include "report/pagesjson.h"

static char *print_all(void)
{
	mp_report_finish(&report);
	return reporting_print(mp_pagesjson_print);
}

static void test_it_begins_with_its_version(void **state)
{
	char *text = print_all();

	(void)state;
	assert_int_equal(strncmp(text, "{\"memprof_report\":1,\n", 21), 0);
	assert_has(text, "\"pages\":[],\n\"other\":null,\n");
	assert_has(text, "\"outside\":null,\n\"worst\":{\n\"retained\":{"
			 "\"more\":0,\"requests\":[]},\n");
	assert_has(text, "\"rss\":{\"more\":0,\"requests\":[]}}}\n");
	free(text);
}

static void test_a_page_has_its_numbers(void **state)
{
	char *text;

	(void)state;
	reporting_add_heap("small", 2, 1);
	reporting_add_heap("large", 2000, 1000);
	text = print_all();
	assert_has(text, "\"pages\":[\n{\"page_id\":\"large\",\"requests\":1,"
			 "\"errors\":0,\"duration\":null,");
	assert_has(text, "\"retained\":1000,\"retained_requests\":1,"
			 "\"retained_mean\":1000,\"rss\":null,");
	assert_has(text, "},\n{\"page_id\":\"small\",");
	assert_has(text, "\"verdict\":\"too few\",\"why\":\"few-requests\","
			 "\"sure\":true,\"judged\":");
	assert_has(text, "\"total\":{\"page_id\":\"total\",\"requests\":2,");
	assert_has(text, "\"sorted_by\":\"retained\",");
	free(text);
}

static void test_pages_beyond_the_top_are_one(void **state)
{
	char *text;

	(void)state;
	report.options.top = 1;
	reporting_add_heap("large", 2000, 1000);
	reporting_add_heap("a", 2, 1);
	reporting_add_heap("b", 2, 1);
	text = print_all();
	assert_not(text, "{\"page_id\":\"a\"");
	assert_has(text, "\"other\":{\"page_id\":\"(other)\",\"requests\":2,");
	free(text);
}

static void test_rows_may_be_no_pages(void **state)
{
	struct mp_record r = lines_record("page");
	char *text;

	(void)state;
	reporting_by(MP_VIEW_HOST);
	reporting_add(&r);
	r.host = lines_text("");
	assert_int_equal(mp_report_add(&report, &r, MP_RECORD_LAUNCHPAD_8), 0);
	text = print_all();
	assert_has(text, "{\"memprof_report\":1,\n\"by\":\"host\",\n");
	assert_has(text, "\"rows\":[\n{\"host\":null,\"requests\":1,");
	assert_has(text, "},\n{\"host\":\"web1\",\"requests\":1,");
	assert_has(text, ",\"peak_max\":null},\n");
	assert_has(text, "\"total\":{\"host\":\"total\",\"requests\":2,");
	assert_not(text, "verdict");
	assert_not(text, "kept_");
	free(text);
}

static void test_it_tells_what_it_is_sorted_by(void **state)
{
	char *text;

	(void)state;
	report.options.sorted = true;
	report.options.sort = MP_COLUMN_DURATION_P95;
	report.left_out = 7;
	text = print_all();
	assert_has(text, "\"by\":\"page\",\n\"sorted_by\":\"duration_p95\",");
	assert_has(text, "\"left_out\":7,\n");
	free(text);
	report.options.sort = MP_COLUMN_PAGE_ID;
	text = print_all();
	assert_has(text, "\"sorted_by\":\"page_id\",");
	free(text);
}

static void test_an_id_is_escaped(void **state)
{
	char *text;

	(void)state;
	reporting_add_heap("say\"hi\"\xc3\xa9</script>", 2, 1);
	text = print_all();
	assert_has(text, "{\"page_id\":\"say\\\"hi\\\"\xc3\xa9</script>\",");
	free(text);
}

static void test_what_is_missing_is_counted(void **state)
{
	struct mp_record r = lines_record("(skipped)");
	char *text;

	(void)state;
	r.oops_id = lines_text("sampled=90,threshold=3,one_in=10");
	reporting_add(&r);
	r = lines_record("(started)");
	r.timestamp_us += 1000000;
	reporting_add(&r);
	r = lines_record("(later)");
	reporting_add(&r);
	report.faults = 5;
	report.partial = true;
	text = print_all();
	assert_has(text,
		   "\"skipped\":{\"by_sampling\":90,\"by_threshold\":3,"
		   "\"by_pause\":0,\"one_in_min\":10,\"one_in_max\":10},\n");
	assert_has(text, "\"processes\":{\"started\":1,\"stopped\":0,"
			 "\"vanished\":1,\"maybe_vanished\":0,"
			 "\"fragmented\":null,\"list\":[\n"
			 "{\"host\":\"web1\",\"pid\":7,\"began\":null,"
			 "\"requests\":0,\"rss_first\":null,"
			 "\"rss_last\":null,\"rss_most\":null,\"outside\":0,"
			 "\"end\":\"vanished\",\"restarted_pid\":7},\n");
	assert_has(text, "{\"host\":\"web1\",\"pid\":7,"
			 "\"began\":\"1970-01-01T00:00:02.000000Z\",");
	assert_has(text, "\"end\":null,\"restarted_pid\":null}]},\n");
	assert_has(text, "\"faults\":5,\n\"partial\":true,\n"
			 "\"unknown_lines\":1,\n\"saturated\":false,\n");
	free(text);
}

static void test_it_tells_when_in_the_time_of_the_log(void **state)
{
	struct mp_record r = lines_record("page");
	struct mp_report part;
	char *text = print_all();

	(void)state;
	assert_has(text, "\"first\":null,\n\"last\":null,\n");
	free(text);
	reporting_add(&r);
	r.timestamp_us = 2500000;
	reporting_add(&r);
	text = print_all();
	assert_has(text, "\"first\":\"1970-01-01T00:00:01.000000Z\",\n"
			 "\"last\":\"1970-01-01T00:00:02.500000Z\",\n");
	free(text);
	/* A line of Launchpad's: in local time, as nobody knows where. */
	mp_report_init(&part, &report.options);
	assert_int_equal(mp_report_add(&part, &r, MP_RECORD_LAUNCHPAD_8), 0);
	assert_int_equal(mp_report_join(&report, &part), 0);
	mp_report_release(&part);
	text = print_all();
	assert_has(text, "\"first\":null,\n\"last\":null,\n");
	free(text);
}

static void test_the_worst_requests_are_lines(void **state)
{
	struct mp_record r = lines_record("page");
	char *text;

	(void)state;
	mp_worst_init(&report.worst, 1);
	r.allocated = 5;
	r.freed = 1;
	r.duration_us = 1500000;
	reporting_add(&r);
	r.timestamp_us = 2000000;
	assert_int_equal(mp_report_add(&report, &r, MP_RECORD_LAUNCHPAD_8), 0);
	r.allocated = 7;
	r.timestamp_us = 3000000;
	assert_int_equal(mp_report_add(&report, &r, MP_RECORD_LAUNCHPAD_8), 0);
	text = print_all();
	/* Nobody knows where its time was local. */
	assert_has(text, "\"retained\":{\"more\":0,\"requests\":[\n"
			 "{\"timestamp\":\"1970-01-01T00:00:03.000000\","
			 "\"page_id\":\"page\",\"oops_id\":\"-\","
			 "\"duration\":1.500000,\"start_vss\":null,");
	assert_has(text, ",\"tid\":7,\"host\":\"web1\"}]},\n\"peak\":{");
	free(text);
}

static void test_a_sample_is_scaled_and_gaps_are_told(void **state)
{
	struct mp_record r = lines_record("(skipped)");
	char *text;

	(void)state;
	r.oops_id = lines_text("sampled=270,threshold=0,one_in=10");
	reporting_add(&r);
	for (int i = 0; i < 15; i++) {
		reporting_add_heap("page", 5, 1);
		reporting_add_heap("page", 5, 3);
	}
	text = print_all();
	assert_has(text, "\"scaled\":{\"requests\":300,\"retained\":900,"
			 "\"retained_error\":52.8498");
	assert_has(text, "\n\"gaps\":null,\n");
	free(text);
	report.options.gaps = true;
	text = reporting_print(mp_pagesjson_print);
	assert_has(text, "\n\"gaps\":{\"count\":0,\"rss\":0,\"unlogged\":270,"
			 "\"unusable\":");
	free(text);
}

static void test_a_fragmented_process_is_told(void **state)
{
	struct mp_life life = { .pid = 4711,
				.last = { .allocated = 40 << 20,
					  .active = 44 << 20,
					  .resident = 80 << 20 } };
	char *text;

	(void)state;
	mp_report_finish(&report);
	report.processes.fragmented = &life;
	text = reporting_print(mp_pagesjson_print);
	assert_has(text, "\"fragmented\":{\"pid\":4711,"
			 "\"heap_allocated\":41943040,\"heap_active\":46137344,"
			 "\"heap_resident\":83886080,"
			 "\"explanation\":\"its heap holds 80.00 MiB of");
	free(text);
}

static void test_growth_outside_is_explained(void **state)
{
	struct mp_record r = lines_record("(outside)");
	char *text;

	(void)state;
	r.rss_delta = 2 << 20;
	reporting_add(&r);
	mp_report_finish(&report);
	report.totals.outside.verdict = (struct mp_verdict){
		.kind = MP_VERDICT_OUTSIDE, .judged = 40, .mean = 2 << 20
	};
	text = reporting_print(mp_pagesjson_print);
	assert_has(text, "\"outside\":{\"page_id\":\"(outside)\",");
	assert_has(text, "\"verdict\":\"outside\",");
	assert_has(text, "\"explanation\":\"RSS grew again and again");
	free(text);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
#define TEST(f) \
	cmocka_unit_test_setup_teardown(f, reporting_begin, reporting_end)
		TEST(test_it_begins_with_its_version),
		TEST(test_a_page_has_its_numbers),
		TEST(test_pages_beyond_the_top_are_one),
		TEST(test_rows_may_be_no_pages),
		TEST(test_it_tells_what_it_is_sorted_by),
		TEST(test_an_id_is_escaped),
		TEST(test_what_is_missing_is_counted),
		TEST(test_it_tells_when_in_the_time_of_the_log),
		TEST(test_the_worst_requests_are_lines),
		TEST(test_a_sample_is_scaled_and_gaps_are_told),
		TEST(test_a_fragmented_process_is_told),
		TEST(test_growth_outside_is_explained),
	};

	return cmocka_run_group_tests_name("pagesjson", tests, NULL, NULL);
}
