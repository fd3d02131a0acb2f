/* gnuplot: tics, bars and labels of the script, for logs of every shape. */

#include "test.h"

#include "report/gnuplot.h"

#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define START INT64_C(1795222920000000) /* 2026-11-21 01:02:00 */

static struct mp_text text_of(const char *s)
{
	return (struct mp_text){ s, strlen(s) };
}

struct log {
	struct mp_timeline timeline;
	struct mp_totals totals;
};

static void begin(struct log *log)
{
	mp_timeline_init(&log->timeline);
	mp_totals_init(&log->totals);
}

/* Add a request of `page` that kept `kept` bytes. */
static void add(struct log *log, const char *page, int64_t us, int64_t rss,
		int64_t kept)
{
	bool known = kept != MP_UNKNOWN;
	struct mp_record r = {
		.timestamp_us = START + us,
		.page_id = text_of(page),
		.oops_id = text_of("-"),
		.start_vss = rss,
		.start_rss = rss,
		.end_vss = rss,
		.end_rss = rss,
		.allocated = known ? 5000 + kept : MP_UNKNOWN,
		.freed = known ? 5000 : MP_UNKNOWN,
		.peak = MP_UNKNOWN,
		.overlap = 0,
		.pid = 7,
		.host = text_of("web1"),
	};

	assert_int_equal(
		mp_timeline_add(&log->timeline, &r, MP_RECORD_FORMAT_1), 0);
	assert_int_equal(mp_totals_add(&log->totals, &r, MP_RECORD_FORMAT_1),
			 0);
}

/* End the log and return its script, to be freed. */
static char *script_of(struct log *log, enum mp_picture picture)
{
	char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);

	assert_non_null(out);
	mp_gnuplot_write(out, picture, NULL, &log->timeline, &log->totals);
	assert_int_equal(fclose(out), 0);
	mp_timeline_release(&log->timeline);
	mp_totals_release(&log->totals);
	return text;
}

static void expect(const char *script, const char *want)
{
	if (!strstr(script, want))
		fail_msg("no `%s` in:\n%s", want, script);
}

static struct tics_case {
	const char *name;
	int64_t span_us;
	const char *want;
} tics_cases[] = {
	{ "a millisecond", 1000,
	  "set xtics 0.0005 time format '%H:%M:%.4S'\n" },
	{ "a tenth of a second", 100000,
	  "set xtics 0.02 time format '%H:%M:%.2S'\n" },
	{ "a second", 1000000, "set xtics 0.2 time format '%H:%M:%.1S'\n" },
	{ "four seconds", 4000000, "set xtics 1 time format '%H:%M:%S'\n" },
	{ "seven seconds", 7000000, "set xtics 2 time format '%H:%M:%S'\n" },
	{ "a minute", 60000000, "set xtics time format '%H:%M:%S'\n" },
	{ "an hour", INT64_C(3600000000), "set xtics time format '%H:%M'\n" },
	{ "three days", INT64_C(259200000000),
	  "set xtics time format '%m-%d %H:%M'\n" },
	{ "a month", INT64_C(2592000000000),
	  "set xtics time format '%Y-%m-%d'\n" },
};

static void test_no_two_tics_have_one_label(void **state)
{
	const struct tics_case *c = *state;
	struct log log;
	char *script;

	begin(&log);
	add(&log, "Page", 0, 1 << 20, 0);
	add(&log, "Page", c->span_us, 1 << 20, 0);
	script = script_of(&log, MP_PICTURE_SVG);
	expect(script, c->want);
	/* They are for the upper panel alone. */
	expect(script, "set xtics autofreq numeric format '%g'\n");
	free(script);
}

static struct label_case {
	const char *name;
	const char *id;
	const char *want; /* in the script of an SVG */
} label_cases[] = {
	{ "decoded",
	  "Stra\xc3\x9f"
	  "e%20%26%20Caf\xc3\xa9",
	  "\"Stra\xc3\x9f"
	  "e & Caf\xc3\xa9\"" },
	{ "a percent sign", "50%25", "\"50%\"" },
	{ "quotes and backslashes", "a\"%5C", "\"a\\\"\\\\\"" },
	{ "backquotes", "`x`", "\"\\140x\\140\"" },
	{ "decoded backquotes", "%60x%60", "\"\\140x\\140\"" },
	{ "a macro", "@x", "\"\\100x\"" },
	{ "a newline stays encoded", "a%0Ab%20c", "\"a%0Ab%20c\"" },
	{ "an escape stays encoded", "%1B[31m", "\"%1B[31m\"" },
	{ "bytes that are no UTF-8 stay encoded", "%FFa%20", "\"%FFa%20\"" },
	{ "half a character stays encoded", "a%C3", "\"a%C3\"" },
	{ "memprof's own id, as a page", "%28outside)", "\"(outside)\"" },
	{ "an entity", "&#x41;&amp;", "\"&#x26;#x41;&amp;\"" },
	{ "a long id is cut", "0123456789012345678901234567890123456789012345",
	  "\"0123456789012345678901234567890123456789012~\"" },
	{ "broad letters take more",
	  "WWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWW",
	  "\"WWWWWWWWWWWWWWWWWWWWWWWWWWWW~\"" },
};

static void test_label(void **state)
{
	const struct label_case *c = *state;
	char want[128];
	struct log log;
	char *script;

	begin(&log);
	add(&log, c->id, 0, 1 << 20, 1);
	script = script_of(&log, MP_PICTURE_SVG);
	snprintf(want, sizeof(want), "set label %s at graph 0, first 0 right",
		 c->want);
	expect(script, want);
	free(script);
}

/* What no font may have is drawn over the whole picture. */
static void test_png_and_pdf_have_common_letters_alone(void **state)
{
	static const enum mp_picture pictures[] = { MP_PICTURE_PNG,
						    MP_PICTURE_PDF };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(pictures); i++) {
		struct log log;
		char *script;

		begin(&log);
		add(&log,
		    "a&#x41;%20Stra\xc3\x9f"
		    "e",
		    0, 1 << 20, 3);
		add(&log, "\xe6\xbc\xa2:\xc3\x9f", 0, 1 << 20, 2);
		add(&log, "%E6%BC%A2%20x", 0, 1 << 20, 1);
		script = script_of(&log, pictures[i]);
		expect(script, "set label \"a&#x41; Stra\xc3\x9f"
			       "e\" ");
		expect(script, "set label \"%E6%BC%A2:\xc3\x9f\" ");
		expect(script, "set label \"%E6%BC%A2%20x\" ");
		free(script);
	}
}

static void test_a_spike_reaches_above_the_line(void **state)
{
	struct log log;
	char *script;

	(void)state;
	begin(&log);
	add(&log, "Page", 0, 10 << 20, 0);
	add(&log, "Page", 10000000, 10 << 20, 0); /* buckets of 16 ms */
	add(&log, "Page", 5000000, 42 << 20, 0);
	add(&log, "Page", 5000100, 11 << 20, 0);
	script = script_of(&log, MP_PICTURE_SVG);
	expect(script, "$rss0 << EOD\n"
		       "1795222920.000000 10.000000\n"
		       "1795222925.000100 11.000000\n"
		       "1795222930.000000 10.000000\nEOD\n");
	expect(script, "$reach0 << EOD\n"
		       "1795222925.000000 11.000000\n"
		       "1795222925.000000 42.000000\n\nEOD\n");
	expect(script, "  $reach0 using 1:2 with lines lw 1 lc rgb '#90");
	expect(script, "title 'VSS (right)'");
	free(script);
}

static void test_pages_that_kept_nothing_are_counted(void **state)
{
	struct log log;
	char *script;

	(void)state;
	begin(&log);
	add(&log, "Leak", 0, 1 << 20, 2048);
	add(&log, "Taker", 0, 1 << 20, -1024);
	add(&log, "Unknown", 0, 1 << 20, MP_UNKNOWN);
	for (char i = 'a'; i < 'a' + 8; i++)
		add(&log, (char[]){ i, '\0' }, 0, 1 << 20, 0);
	script = script_of(&log, MP_PICTURE_SVG);
	expect(script, "$bars << EOD\n2 0\n0 1\n0 2\n0 3\n-1 4\nEOD\n");
	expect(script, "in KiB; 5 more at 0; not drawn: 1'\n");
	free(script);
}

static void test_an_empty_log_says_so(void **state)
{
	struct log log;
	char *script;

	(void)state;
	begin(&log);
	script = script_of(&log, MP_PICTURE_SVG);
	expect(script, "set label 'no reading of memory'");
	expect(script, "set label 'no request whose growth is known'");
	assert_null(strstr(script, "$rss0"));
	free(script);
}

static void test_what_has_no_data_is_not_drawn(void **state)
{
	struct log log;
	char *script;

	(void)state;
	begin(&log);
	add(&log, "Page", 0, MP_UNKNOWN, 0);
	script = script_of(&log, MP_PICTURE_SVG);
	assert_null(strstr(script, "  $rss0"));
	assert_null(strstr(script, "  $vss0"));
	assert_null(strstr(script, "  $reach0"));
	assert_null(strstr(script, "  $oops"));
	free(script);
}

static int use_utf8(void **state)
{
	(void)state;
	return setlocale(LC_CTYPE, "C.UTF-8") ? 0 : -1;
}

int main(void)
{
	struct CMUnitTest tests[5 + ARRAY_SIZE(tics_cases) +
				ARRAY_SIZE(label_cases)] = {
		cmocka_unit_test(test_png_and_pdf_have_common_letters_alone),
		cmocka_unit_test(test_a_spike_reaches_above_the_line),
		cmocka_unit_test(test_pages_that_kept_nothing_are_counted),
		cmocka_unit_test(test_an_empty_log_says_so),
		cmocka_unit_test(test_what_has_no_data_is_not_drawn),
	};
	size_t n = 5;

	for (size_t i = 0; i < ARRAY_SIZE(tics_cases); i++)
		tests[n++] = (struct CMUnitTest){
			.name = tics_cases[i].name,
			.test_func = test_no_two_tics_have_one_label,
			.initial_state = &tics_cases[i],
		};
	for (size_t i = 0; i < ARRAY_SIZE(label_cases); i++)
		tests[n++] = (struct CMUnitTest){
			.name = label_cases[i].name,
			.test_func = test_label,
			.initial_state = &label_cases[i],
		};
	return cmocka_run_group_tests_name("gnuplot", tests, use_utf8, NULL);
}
