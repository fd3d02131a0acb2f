/* prometheus: bounded labels, and no number that is not known. */

#include "test.h"

#include "report/prometheus.h"

#include <stdlib.h>
#include <string.h>

/* A request: page, oops id, allocated, freed, peak. */
#define LINE(page, oops, heap)                                         \
	"2026-11-21T01:02:03.000000Z\t" page "\t" oops                 \
	"\t1.500000\t100\t100\t100\t164\t0\t64\t" heap "\t0\t\\N\t\\N" \
	"\t\\N\t7\t7\thost\n"

static struct mp_report report;

static void begin(size_t top)
{
	const struct mp_report_options options = { .top = top };

	mp_report_init(&report, &options);
}

static void add(const char *line)
{
	struct mp_record r;
	int form = mp_record_parse(line, strlen(line), &r, NULL);

	assert_int_equal(form, MP_RECORD_FORMAT_1);
	assert_int_equal(mp_report_add(&report, &r, (enum mp_record_form)form),
			 0);
}

/* What is printed of the report, which is released. */
static char *print(void)
{
	char *text = NULL;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	assert_non_null(out);
	mp_report_finish(&report);
	mp_prometheus_print(&report, out);
	assert_int_equal(fclose(out), 0);
	mp_report_release(&report);
	return text;
}

static char *print_three(size_t pages)
{
	begin(pages);
	add(LINE("small", "-", "10\t9\t3"));
	add(LINE("large", "OOPS-1", "1000\t0\t1000"));
	add(LINE("large", "-", "1000\t0\t2000"));
	add(LINE("less", "-", "10\t10\t4"));
	return print();
}

static void assert_has(const char *text, const char *line)
{
	if (!strstr(text, line))
		fail_msg("no line `%s` in:\n%s", line, text);
}

static void assert_not(const char *text, const char *line)
{
	if (strstr(text, line))
		fail_msg("a line `%s` in:\n%s", line, text);
}

static void test_the_first_pages_are_told_apart_and_others_are_one(void **state)
{
	char *text = print_three(1);

	(void)state;
	assert_has(text, "memprof_requests_total{page=\"large\"} 2\n"
			 "memprof_requests_total{page=\"(other)\"} 2\n#");
	assert_has(text, "memprof_oopses_total{page=\"large\"} 1\n");
	assert_has(text, "memprof_retained_bytes{page=\"large\"} 2000\n");
	assert_has(text, "memprof_retained_bytes{page=\"(other)\"} 1\n");
	assert_has(text, "memprof_peak_bytes{page=\"(other)\"} 4\n");
	assert_has(text, "memprof_duration_seconds_total{page=\"(other)\"} "
			 "3.000000\n");
	free(text);
}

static void test_no_others_where_all_are_told_apart(void **state)
{
	char *text = print_three(3);

	(void)state;
	assert_has(text, "{page=\"less\"} 1\n");
	assert_not(text, "(other)");
	free(text);
}

static void test_what_is_not_known_has_no_line(void **state)
{
	char *text;

	(void)state;
	begin(5);
	add(LINE("page", "-", "\\N\t\\N\t\\N"));
	text = print();
	assert_has(text, "memprof_requests_total{page=\"page\"} 1\n");
	assert_has(text, "memprof_rss_growth_bytes{page=\"page\"} 64\n");
	assert_not(text, "memprof_retained_bytes{");
	assert_not(text, "memprof_allocated_bytes_total{");
	assert_not(text, "memprof_peak_bytes{");
	free(text);
}

static void test_a_quote_in_an_id_is_escaped(void **state)
{
	char *text;

	(void)state;
	begin(5);
	add(LINE("say\"hi\"", "-", "1\t1\t1"));
	text = print();
	assert_has(text, "{page=\"say\\\"hi\\\"\"} 1\n");
	free(text);
}

/* Launchpad's forms have no host, which is `\N` then. */
static void test_a_label_is_called_by_what_the_rows_are(void **state)
{
	struct mp_view view = mp_view_all;
	const struct mp_report_options options = { .view = &view, .top = 5 };
	struct mp_record r = mp_record_unknown;
	char *text;

	(void)state;
	view.by = MP_VIEW_HOST;
	mp_report_init(&report, &options);
	add(LINE("page", "-", "1\t1\t1"));
	assert_int_equal(mp_report_add(&report, &r, MP_RECORD_LAUNCHPAD_8), 0);
	text = print();
	assert_has(text, "memprof_requests_total{host=\"host\"} 1\n");
	assert_has(text, "memprof_requests_total{host=\"\\\\N\"} 1\n");
	free(text);
}

static void test_processes_outside_and_what_was_left_out(void **state)
{
	char *text;

	(void)state;
	begin(5);
	add(LINE("(started)", "-", "\\N\t\\N\t\\N"));
	add(LINE("(outside)", "-", "\\N\t\\N\t\\N"));
	add(LINE("(recovered)", "begun=1", "\\N\t\\N\t\\N"));
	add(LINE("(skipped)", "sampled=90,threshold=3,one_in=10,paused=7",
		 "\\N\t\\N\t\\N"));
	text = print();
	assert_has(text, "memprof_outside_rss_growth_bytes 64\n");
	assert_has(text, "memprof_started_total 1\n");
	assert_has(text, "memprof_stopped_total 0\n");
	assert_has(text, "memprof_skipped_total{why=\"sampling\"} 90\n");
	assert_has(text, "memprof_skipped_total{why=\"threshold\"} 3\n");
	assert_has(text, "memprof_skipped_total{why=\"paused\"} 7\n");
	assert_has(text, "memprof_recovered_total 1\n");
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			test_the_first_pages_are_told_apart_and_others_are_one),
		cmocka_unit_test(test_no_others_where_all_are_told_apart),
		cmocka_unit_test(test_what_is_not_known_has_no_line),
		cmocka_unit_test(test_a_quote_in_an_id_is_escaped),
		cmocka_unit_test(test_a_label_is_called_by_what_the_rows_are),
		cmocka_unit_test(test_processes_outside_and_what_was_left_out),
	};

	return cmocka_run_group_tests_name("prometheus", tests, NULL, NULL);
}
