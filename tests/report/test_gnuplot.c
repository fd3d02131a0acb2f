/* gnuplot: data, tics, bars and labels of the script, for logs of every shape. */

#include "test.h"

#include "report/gnuplot.h"

#include <errno.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define START INT64_C(1795222920000000) /* 2026-11-21 01:02:00 */

static struct mp_text text_of(const char *s)
{
	return (struct mp_text){ s, strlen(s) };
}

static struct mp_plots plots;

static void begin(void)
{
	mp_plots_init(&plots);
}

/* Add a request of `page` that kept `kept` bytes. */
static void add(const char *page, int64_t us, int64_t rss, int64_t kept)
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

	assert_int_equal(mp_plots_add(&plots, &r, MP_RECORD_FORMAT_1), 0);
}

/* End the log and return the script of some plots, to be freed. */
static char *script_of(enum mp_picture picture, const char *names)
{
	const struct mp_picture_style style = { .picture = picture };
	struct mp_page_plots page;
	char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);

	assert_non_null(out);
	assert_int_equal(mp_plots_read(names, &page), 0);
	mp_gnuplot_write(out, &style, &page, NULL, &plots);
	assert_int_equal(fclose(out), 0);
	mp_plots_release(&plots);
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
	  "set xtics nomirror 0.0005 time format '%H:%M:%.4S'\n" },
	{ "a tenth of a second", 100000,
	  "set xtics nomirror 0.02 time format '%H:%M:%.2S'\n" },
	{ "a second", 1000000,
	  "set xtics nomirror 0.2 time format '%H:%M:%.1S'\n" },
	{ "four seconds", 4000000,
	  "set xtics nomirror 1 time format '%H:%M:%S'\n" },
	{ "seven seconds", 7000000,
	  "set xtics nomirror 1 time format '%H:%M:%S'\n" },
	{ "a minute", 60000000,
	  "set xtics nomirror 10 time format '%H:%M:%S'\n" },
	{ "an hour", INT64_C(3600000000),
	  "set xtics nomirror 600 time format '%H:%M'\n" },
	{ "a day", INT64_C(86400000000),
	  "set xtics nomirror 10800 time format '%H:%M'\n" },
	{ "three days", INT64_C(259200000000),
	  "set xtics nomirror 43200 time format '%m-%d %H:%M'\n" },
	{ "a month", INT64_C(2592000000000),
	  "set xtics nomirror 604800 time format '%Y-%m-%d'\n" },
	{ "ten years", INT64_C(315360000000000),
	  "set xtics nomirror 43200000 time format '%Y-%m-%d'\n" },
};

static void test_no_two_tics_have_one_label(void **state)
{
	const struct tics_case *c = *state;
	char *script;

	begin();
	add("Page", 0, 1 << 20, 0);
	add("Page", c->span_us, 1 << 20, 0);
	script = script_of(MP_PICTURE_SVG, "memory,pages");
	expect(script, c->want);
	/* They are for that plot alone. */
	expect(strstr(script, c->want),
	       "set xtics nomirror autofreq numeric format '%g'\n");
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
	{ "what turns the direction of writing is encoded",
	  "a\xe2\x80\xae"
	  "b",
	  "\"a%E2%80%AEb\"" },
	{ "letters from right to left", "\xd7\x90\xd7\x91",
	  "\"\xd7\x90\xd7\x91\"" },
	{ "gnuplot's markup", "{/Symbol%20a}_b^c@x&{d}",
	  "\"{/Symbol a}_b^c\\100x&{d}\"" },
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
	char *script;

	begin();
	add(c->id, 0, 1 << 20, 1);
	script = script_of(MP_PICTURE_SVG, "pages");
	snprintf(want, sizeof(want), "set label %s at graph 0, first 0 right",
		 c->want);
	expect(script, want);
	free(script);
}

/* What no font may have is drawn over the whole picture; what is broader than a
   letter moves what stands behind it. */
static void test_others_than_svg_have_common_letters_alone(void **state)
{
	static const enum mp_picture pictures[] = {
		MP_PICTURE_PNG,
		MP_PICTURE_PDF,
		MP_PICTURE_TEXT,
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(pictures); i++) {
		char *script;

		begin();
		add("a&#x41;%20Stra\xc3\x9f"
		    "e",
		    0, 1 << 20, 3);
		add("\xe6\xbc\xa2:\xc3\x9f", 0, 1 << 20, 2);
		add("%E6%BC%A2%20x", 0, 1 << 20, 1);
		script = script_of(pictures[i], "pages");
		expect(script, "set label \"a&#x41; Stra\xc3\x9f"
			       "e\" ");
		expect(script, "set label \"%E6%BC%A2:\xc3\x9f\" ");
		expect(script, "set label \"%E6%BC%A2%20x\" ");
		free(script);
	}
}

static void test_a_spike_reaches_above_the_line(void **state)
{
	char *script;

	(void)state;
	begin();
	add("Page", 0, 10 << 20, 0);
	add("Page", 10000000, 10 << 20, 0); /* buckets of 16 ms */
	add("Page", 5000000, 42 << 20, 0);
	add("Page", 5000100, 11 << 20, 0);
	script = script_of(MP_PICTURE_SVG, "memory");
	expect(script, "$rss0 << EOD\n"
		       "1795222920.000000 10.000000\n"
		       "1795222925.000100 11.000000\n"
		       "1795222930.000000 10.000000\nEOD\n");
	expect(script, "$rss_reach0 << EOD\n"
		       "1795222925.000000 11.000000\n"
		       "1795222925.000000 42.000000\n\nEOD\n");
	expect(script, "  $rss_reach0 using 1:2 with lines lw 1 lc rgb '#90");
	free(script);
}

static void test_a_spike_at_either_end_is_drawn(void **state)
{
	static const int64_t ends_us[] = { 0, 10000000 };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(ends_us); i++) {
		char *script;

		begin();
		add("Page", 0, 10 << 20, 0);
		add("Page", 10000000, 10 << 20, 0);
		add("Page", ends_us[i] + 100, 42 << 20, 0);
		script = script_of(MP_PICTURE_SVG, "memory");
		expect(script, "  $rss_reach0 using 1:2 with lines");
		free(script);
	}
}

/* Add what memprof says of process 7 itself. */
static void add_own(const char *id, int64_t us, int64_t rss)
{
	struct mp_record r = mp_record_unknown;

	r.timestamp_us = START + us;
	r.page_id = text_of(id);
	r.oops_id = text_of("-");
	r.end_rss = rss;
	r.pid = 7;
	r.host = text_of("web1");
	assert_int_equal(mp_plots_add(&plots, &r, MP_RECORD_FORMAT_1), 0);
}

static void test_a_pid_that_comes_back_is_another_line(void **state)
{
	char *script;

	(void)state;
	begin();
	add_own("(started)", 0, 1 << 20);
	add("Page", 1000000, 2 << 20, 0);
	add_own("(stopped)", 2000000, 3 << 20);
	add_own("(started)", 10000000, 1 << 20);
	add("Page", 11000000, 2 << 20, 0);
	script = script_of(MP_PICTURE_SVG, "memory");
	expect(script, "$rss0 << EOD\n"
		       "1795222920.000000 1.000000\n"
		       "1795222921.000000 2.000000\n"
		       "1795222922.000000 3.000000\n\n"
		       "1795222930.000000 1.000000\n"
		       "1795222931.000000 2.000000\nEOD\n");
	expect(script, "$started << EOD\n"
		       "1795222920.000000 1.000000\n"
		       "1795222930.000000 1.000000\nEOD\n");
	expect(script, "$stopped << EOD\n"
		       "1795222922.000000 3.000000\nEOD\n");
	expect(script, "  $started using 1:2 with points pt 9 ");
	expect(script, "  $stopped using 1:2 with points pt 11 ");
	free(script);
}

/* Add a request with an oops id. */
static void add_oops(int64_t us, int64_t rss)
{
	struct mp_record r = mp_record_unknown;

	r.timestamp_us = START + us;
	r.page_id = text_of("Page");
	r.oops_id = text_of("OOPS-1");
	r.end_rss = rss;
	r.pid = 7;
	r.host = text_of("web1");
	assert_int_equal(mp_plots_add(&plots, &r, MP_RECORD_FORMAT_1), 0);
}

static void test_marks_stand_on_the_lines_unless_there_are_many(void **state)
{
	char *script;

	(void)state;
	begin();
	add_oops(0, 3 << 20);
	add_oops(1, 2 << 20);
	add_oops(2, 4 << 20); /* all in one bucket */
	add_oops(100000000, 9 << 20);
	script = script_of(MP_PICTURE_SVG, "memory");
	expect(script, "$oops << EOD\n"
		       "1795222920.000001 2.000000\n"
		       "1795222920.000002 4.000000\n"
		       "1795223020.000000 9.000000\nEOD\n");
	expect(script, "  $oops using 1:2 with points pt 2 ");
	expect(script, "title 'with an oops id', ");
	free(script);
	begin();
	for (int64_t i = 0; i < 101; i++)
		add_oops(i * 1000000, 1 << 20);
	script = script_of(MP_PICTURE_SVG, "memory");
	expect(script, "  $oops using 1:(0) axes x1y2 with points pt 2 ");
	expect(script, "title 'with an oops id (on the axis)', ");
	free(script);
}

static void test_a_lone_reading_is_a_point(void **state)
{
	char *script;

	(void)state;
	begin();
	add_oops(0, 3 << 20);
	script = script_of(MP_PICTURE_SVG, "memory");
	expect(script, "  $rss0 using 1:2 with points pt 7 ");
	free(script);
	begin();
	add_oops(0, 3 << 20);
	add_oops(1000000, 3 << 20);
	script = script_of(MP_PICTURE_SVG, "memory");
	expect(script, "  $rss0 using 1:2 with lines lt 1 ");
	free(script);
}

/* So that half a line is half the memory, yet growth of a tenth is seen. */
static void test_an_axis_begins_at_0_where_that_is_near(void **state)
{
	static const struct {
		int64_t low, high;
		const char *want;
	} cases[] = {
		{ 40, 100, "set yrange [0:103.6]\n" },
		{ 60, 100, "set yrange [57.6:102.4]\n" },
		{ 1, 1, "set yrange [0.5:1.5]\n" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		char *script;

		begin();
		add("Page", 0, cases[i].low << 20, 0);
		add("Page", 1000000, cases[i].high << 20, 0);
		script = script_of(MP_PICTURE_SVG, "memory");
		expect(script, cases[i].want);
		free(script);
	}
}

static void test_launchpads_times_are_local(void **state)
{
	struct mp_record r = mp_record_unknown;
	char *script;

	(void)state;
	begin();
	r.timestamp_us = START;
	r.page_id = text_of("Page");
	r.oops_id = text_of("-");
	r.start_rss = 1 << 20;
	r.end_rss = 2 << 20;
	r.duration_us = 1000000;
	r.host = text_of("");
	assert_int_equal(mp_plots_add(&plots, &r, MP_RECORD_LAUNCHPAD_8), 0);
	script = script_of(MP_PICTURE_SVG, "memory");
	expect(script, "set xlabel 'time on 2026-11-21, local time'\n");
	expect(script, "title \"all processes\"");
	free(script);
}

static void test_pages_that_kept_nothing_are_counted(void **state)
{
	char *script;

	(void)state;
	begin();
	add("Leak", 0, 1 << 20, 2048);
	add("Taker", 0, 1 << 20, -1024);
	add("Unknown", 0, 1 << 20, MP_UNKNOWN);
	for (char i = 'a'; i < 'a' + 8; i++)
		add((char[]){ i, '\0' }, 0, 1 << 20, 0);
	script = script_of(MP_PICTURE_SVG, "pages");
	expect(script, "$bars << EOD\n"
		       "2 0 0x0072B2\n"
		       "0 1 0xA0A0A0\n"
		       "0 2 0xA0A0A0\n"
		       "0 3 0xA0A0A0\n"
		       "-1 4 0xD55E00\nEOD\n");
	expect(script, "set xlabel '5 more at 0; not drawn: 1'\n");
	expect(script, "format '%g KiB'\n");
	free(script);
}

/* A page keeps one colour in all plots: that of its place by growth, in
   either direction. */
static void test_retained_is_added_up_over_time(void **state)
{
	char *script;

	(void)state;
	begin();
	add("Taker", 0, 1 << 20, -4096);
	add("Leak", 0, 1 << 20, 1024);
	add("Leak", 1000000, 1 << 20, 1024);
	add("Leak", 4000000, 1 << 20, 6144);
	script = script_of(MP_PICTURE_SVG, "retained");
	/* Buckets of 8 ms, at the ends of which the sum is told. */
	expect(script, "$retained0 << EOD\n"
		       "1795222920.000000 0\n"
		       "1795222920.003584 1\n"
		       "1795222920.994816 1\n"
		       "1795222921.003008 2\n"
		       "1795222923.993088 2\n"
		       "1795222924.000000 8\nEOD\n");
	expect(script, "$retained1 << EOD\n"
		       "1795222920.000000 0\n"
		       "1795222920.003584 -4\n"
		       "1795222924.000000 -4\nEOD\n");
	expect(script, "  NaN with lines lt 1 lw 2 lc rgb '#0072B2' title "
		       "\"Leak: 8.00 KiB\"");
	expect(script, "  NaN with lines lt 2 lw 2 lc rgb '#D55E00' title "
		       "\"Taker: -4.00 KiB\"");
	assert_null(strstr(script, "$retained_others"));
	free(script);
}

static void test_other_pages_are_one_line(void **state)
{
	char *script;

	(void)state;
	begin();
	for (char i = 0; i < 9; i++)
		add((char[]){ 'a' + i, '\0' }, 0, 1 << 20, 1024 * (1 + i));
	add("Unknown", 0, 1 << 20, MP_UNKNOWN);
	script = script_of(MP_PICTURE_SVG, "retained");
	expect(script, "$retained_others << EOD\n1795222920.000000 0\n"
		       "1795222920.000000 3\nEOD\n"); /* a and b */
	expect(script, "title \"2 others: 3.00 KiB\"");
	expect(script, "title \"i: 9.00 KiB\"");
	expect(script, "title \"c: 3.00 KiB\"");
	assert_null(strstr(script, "title \"b: "));
	free(script);
}

static void test_pages_that_kept_nothing_need_no_colour(void **state)
{
	char *script;

	(void)state;
	begin();
	add("a", 0, 1 << 20, 0);
	add("b", 0, 1 << 20, 0);
	script = script_of(MP_PICTURE_SVG, "retained");
	expect(script, "title \"a: 0 B\"");
	expect(script, "title \"1 other: 0 B\"");
	free(script);
	begin();
	add("a", 0, 1 << 20, 0);
	add("b", 0, 1 << 20, -1);
	script = script_of(MP_PICTURE_SVG, "retained");
	expect(script, "title \"b: -1 B\"");
	expect(script, "title \"1 other: 0 B\"");
	free(script);
}

static void test_deltas_are_counted_by_powers_of_two(void **state)
{
	char *script;

	(void)state;
	begin();
	add("Leak", 0, 1 << 20, 7);
	add("Leak", 0, 1 << 20, 8);
	add("Leak", 0, 1 << 20, 15);
	add("Leak", 0, 1 << 20, 0);
	add("Taker", 0, 1 << 20, -1);
	add("Taker", 0, 1 << 20, -2);
	add("Taker", 0, 1 << 20, -3);
	add("Unknown", 0, 1 << 20, MP_UNKNOWN);
	script = script_of(MP_PICTURE_SVG, "deltas");
	expect(script, "$deltas << EOD\n-3 0\n-2 2\n-1 1\n0 1\n1 0\n2 0\n"
		       "3 1\n4 2\n5 0\nEOD\n");
	expect(script, "$deltas0 << EOD\n-3 0\n-2 0\n-1 0\n0 1\n1 0\n2 0\n"
		       "3 1\n4 2\n5 0\nEOD\n");
	expect(script, "$deltas1 << EOD\n-3 0\n-2 2\n-1 1\n0 0\n1 0\n2 0\n"
		       "3 0\n4 0\n5 0\nEOD\n");
	free(script);
}

/* Add so many requests that took `us` and held `peak` bytes. */
static void add_timed(int64_t us, int64_t peak, size_t count)
{
	struct mp_record r = mp_record_unknown;

	r.timestamp_us = START;
	r.page_id = text_of("Page");
	r.oops_id = text_of("-");
	r.duration_us = us;
	r.peak = peak;
	r.pid = 7;
	r.host = text_of("web1");
	for (size_t i = 0; i < count; i++)
		assert_int_equal(mp_plots_add(&plots, &r, MP_RECORD_FORMAT_1),
				 0);
}

static void test_durations_are_boxes_by_how_many_they_hold(void **state)
{
	char *script;

	(void)state;
	begin();
	add_timed(1024, 4096, 2);
	add_timed(1279, 5119, 10); /* both quarters of a power of two */
	add_timed(1280, 4096, 29);
	add_timed(1280, 0, 100);
	script = script_of(MP_PICTURE_SVG, "duration");
	expect(script, "$duration0 << EOD\nEOD\n");
	expect(script, "$duration2 << EOD\n"
		       "10.0000 10.3219 12.0000 12.3219 12\n"
		       "10.3219 10.5850 12.0000 12.3219 29\nEOD\n");
	expect(script, "$duration4 << EOD\n"
		       "10.3219 10.5850 11.2500 11.5000 100\nEOD\n");
	expect(script, "title '10 to 29'");
	expect(script, "title '100 to 299'");
	/* gnuplot would warn. */
	assert_null(strstr(script, "  $duration0 using"));
	expect(script, "'1 ms' 9.9658, ");
	expect(script, "'4 KiB' 12.0000, ");
	expect(script, "'0' 11.3750)\n");
	free(script);
}

static void add_heap(int64_t pid, int64_t us, int64_t mib)
{
	struct mp_record r = mp_record_unknown;

	r.timestamp_us = START + us;
	r.page_id = text_of("Page");
	r.oops_id = text_of("-");
	r.heap_allocated = mib << 20;
	r.heap_active = mib * 3 << 19;
	r.heap_resident = mib << 21;
	r.pid = pid;
	r.host = text_of("web1");
	assert_int_equal(mp_plots_add(&plots, &r, MP_RECORD_FORMAT_1), 0);
}

static void test_the_largest_heap_is_drawn_before_others(void **state)
{
	char *script;

	(void)state;
	begin();
	add_heap(1, 0, 1);
	add_heap(1, 1000000, 2);
	add_heap(2, 0, 4);
	add_heap(2, 1000000, 2);
	script = script_of(MP_PICTURE_SVG, "heap");
	expect(script, "\"Heap of 2 on web1, by jemalloc");
	expect(script, "$heap << EOD\n"
		       "1795222920.000000 4.000000 6.000000 8.000000\n"
		       "1795222921.000000 2.000000 3.000000 4.000000\nEOD\n");
	expect(script, "$heap_others << EOD\n"
		       "1795222920.000000 2.000000\n"
		       "1795222921.000000 4.000000\n\nEOD\n");
	expect(script, "title 'resident: 4.00 MiB at the end'");
	expect(script, "title 'allocated: 2.00 MiB at the end'");
	expect(script, "title 'resident / allocated: 2.00'");
	expect(script, "title 'resident of 1 other'");
	free(script);
}

/* More processes than there are colours, than there are lines. */
static void test_the_rest_of_many_processes_is_grey(void **state)
{
	char *script;

	(void)state;
	begin();
	for (int64_t i = 0; i < 60; i++) {
		struct mp_record r = mp_record_unknown;

		r.timestamp_us = START;
		r.page_id = text_of("Page");
		r.oops_id = text_of("-");
		r.start_rss = 1 << 20;
		r.end_rss = (2 + i) << 20;
		r.duration_us = 1000000;
		r.pid = 100 + i;
		r.host = text_of("web1");
		assert_int_equal(mp_plots_add(&plots, &r, MP_RECORD_FORMAT_1),
				 0);
	}
	script = script_of(MP_PICTURE_SVG, "memory");
	expect(script, "title \"159 on web1\"");
	expect(script, "title \"153 on web1\"");
	assert_null(strstr(script, "title \"152 on web1\""));
	expect(script, "title '50 others; 3 not drawn'");
	expect(script, "$rss_others << EOD\n"
		       "1795222920.000000 1.000000\n"
		       "1795222921.000000 54.000000\n\n");
	free(script);
}

static void test_an_empty_log_says_so(void **state)
{
	char *script;

	(void)state;
	begin();
	script = script_of(MP_PICTURE_SVG, "all");
	expect(script, "set label 'no reading of memory'");
	expect(script, "set label 'no request whose growth is known'");
	expect(script, "set label 'no line knows the heap'");
	expect(script, "set label 'no request whose duration and memory are");
	assert_null(strstr(script, "EOD"));
	free(script);
}

static void test_what_has_no_data_is_not_drawn(void **state)
{
	char *script;

	(void)state;
	begin();
	add("Page", 0, 1 << 20, 0);
	script = script_of(MP_PICTURE_SVG, "memory");
	expect(script, "  $rss0");
	assert_null(strstr(script, "  $rss_reach0"));
	assert_null(strstr(script, "  $rss_others"));
	assert_null(strstr(script, "  $oops"));
	assert_null(strstr(script, "  $started"));
	free(script);
}

/* A narrow picture has its legends below, and is higher. */
static void test_a_narrow_picture_has_its_legends_below(void **state)
{
	static const struct {
		unsigned columns;
		const char *want;
	} cases[] = {
		{ 160, "set terminal svg size 1200,459 " },
		{ 60, "set terminal svg size 450,510 " },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		const struct mp_picture_style style = {
			.picture = MP_PICTURE_SVG,
			.columns = cases[i].columns,
		};
		const struct mp_page_plots page = { { MP_PLOT_MEMORY }, 1 };
		char *text = NULL;
		size_t size;
		FILE *out = open_memstream(&text, &size);

		begin();
		add("Page", 0, 1 << 20, 0);
		mp_gnuplot_write(out, &style, &page, NULL, &plots);
		assert_int_equal(fclose(out), 0);
		mp_plots_release(&plots);
		expect(text, cases[i].want);
		free(text);
	}
}

/* As narrow as a phone: what has no room is left out, and an axis that has to
   hold texts as well still has an end. */
static void test_a_very_narrow_picture_has_room_for_bars(void **state)
{
	const struct mp_page_plots page = { { MP_PLOT_PAGES }, 1 };
	char *text = NULL;
	size_t size;

	(void)state;
	for (unsigned columns = 40; columns <= 120; columns++) {
		const struct mp_picture_style style = {
			.picture = MP_PICTURE_SVG,
			.columns = columns,
		};
		FILE *out = open_memstream(&text, &size);

		begin();
		add("Collection:a-page-with-a-long-name", 0, 1 << 20, 1 << 20);
		add("Taker", 0, 1 << 20, -(1 << 19));
		mp_gnuplot_write(out, &style, &page, NULL, &plots);
		assert_int_equal(fclose(out), 0);
		mp_plots_release(&plots);
		assert_null(strstr(text, "inf"));
		expect(text, columns < 64 ? "set label '1.00 MiB' at"
					  : "set label '1.00 MiB (1048576 B a "
					    "request)' at");
		free(text);
	}
}

static struct names_case {
	const char *name;
	const char *names;
	int err;
	size_t count;
} names_cases[] = {
	{ "one plot", "duration", 0, 1 },
	{ "plots in an order of their own", "pages,memory", 0, 2 },
	{ "all plots", "all", 0, MP_PLOT_COUNT },
	{ "no plot", "", -EINVAL, 0 },
	{ "an unknown plot", "memory,nonsense", -EINVAL, 0 },
	{ "a part of a name", "mem", -EINVAL, 0 },
	{ "more than a name", "memory2", -EINVAL, 0 },
	{ "a comma at the end", "memory,", -EINVAL, 0 },
	{ "a plot twice", "memory,pages,memory", -EINVAL, 0 },
	{ "all among others", "memory,all", -EINVAL, 0 },
};

static void test_names(void **state)
{
	const struct names_case *c = *state;
	struct mp_page_plots page = { .count = 0 };

	assert_int_equal(mp_plots_read(c->names, &page), c->err);
	assert_int_equal(page.count, c->count);
}

static int use_utf8(void **state)
{
	(void)state;
	return setlocale(LC_CTYPE, "C.UTF-8") ? 0 : -1;
}

int main(void)
{
	static const struct CMUnitTest alone[] = {
		cmocka_unit_test(
			test_others_than_svg_have_common_letters_alone),
		cmocka_unit_test(test_a_spike_reaches_above_the_line),
		cmocka_unit_test(test_a_spike_at_either_end_is_drawn),
		cmocka_unit_test(test_a_pid_that_comes_back_is_another_line),
		cmocka_unit_test(
			test_marks_stand_on_the_lines_unless_there_are_many),
		cmocka_unit_test(test_a_lone_reading_is_a_point),
		cmocka_unit_test(test_an_axis_begins_at_0_where_that_is_near),
		cmocka_unit_test(test_launchpads_times_are_local),
		cmocka_unit_test(test_pages_that_kept_nothing_are_counted),
		cmocka_unit_test(test_retained_is_added_up_over_time),
		cmocka_unit_test(test_other_pages_are_one_line),
		cmocka_unit_test(test_pages_that_kept_nothing_need_no_colour),
		cmocka_unit_test(test_deltas_are_counted_by_powers_of_two),
		cmocka_unit_test(
			test_durations_are_boxes_by_how_many_they_hold),
		cmocka_unit_test(test_the_largest_heap_is_drawn_before_others),
		cmocka_unit_test(test_the_rest_of_many_processes_is_grey),
		cmocka_unit_test(test_an_empty_log_says_so),
		cmocka_unit_test(test_what_has_no_data_is_not_drawn),
		cmocka_unit_test(test_a_narrow_picture_has_its_legends_below),
		cmocka_unit_test(test_a_very_narrow_picture_has_room_for_bars),
	};
	struct CMUnitTest tests[ARRAY_SIZE(alone) + ARRAY_SIZE(tics_cases) +
				ARRAY_SIZE(label_cases) +
				ARRAY_SIZE(names_cases)];
	size_t n = ARRAY_SIZE(alone);

	memcpy(tests, alone, sizeof(alone));
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
	for (size_t i = 0; i < ARRAY_SIZE(names_cases); i++)
		tests[n++] = (struct CMUnitTest){
			.name = names_cases[i].name,
			.test_func = test_names,
			.initial_state = &names_cases[i],
		};
	return cmocka_run_group_tests_name("gnuplot", tests, use_utf8, NULL);
}
