/* gnuplot: the data of each plot, and how what it tells is drawn. */

#include "plotting.h"

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
	r.page_id = lines_text(id);
	r.oops_id = lines_text("-");
	r.end_rss = rss;
	r.pid = 7;
	r.host = lines_text("web1");
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
	r.page_id = lines_text("Page");
	r.oops_id = lines_text("OOPS-1");
	r.end_rss = rss;
	r.pid = 7;
	r.host = lines_text("web1");
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

/* A point of an SVG is as large as two of another picture. */
static void
test_marks_are_small_in_an_svg_and_where_there_are_many(void **state)
{
	static const struct {
		enum mp_picture picture;
		int count;
		const char *size;
	} cases[] = {
		{ MP_PICTURE_SVG, 1, " points pt 2 ps 0.5 " },
		{ MP_PICTURE_PNG, 1, " points pt 2 ps 0.9 " },
		{ MP_PICTURE_PNG, 100, " points pt 2 ps 0.9 " },
		{ MP_PICTURE_PNG, 101, " points pt 2 ps 0.5 " },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		char *script;

		begin();
		for (int at = 0; at < cases[i].count; at++)
			add_oops(at * 1000000, 1 << 20);
		script = script_of(cases[i].picture, "memory");
		expect(script, cases[i].size);
		free(script);
	}
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
	r.page_id = lines_text("Page");
	r.oops_id = lines_text("-");
	r.duration_us = us;
	r.peak = peak;
	r.pid = 7;
	r.host = lines_text("web1");
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
	r.page_id = lines_text("Page");
	r.oops_id = lines_text("-");
	r.heap_allocated = mib << 20;
	r.heap_active = mib * 3 << 19;
	r.heap_resident = mib << 21;
	r.pid = pid;
	r.host = lines_text("web1");
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
		r.page_id = lines_text("Page");
		r.oops_id = lines_text("-");
		r.start_rss = 1 << 20;
		r.end_rss = (2 + i) << 20;
		r.duration_us = 1000000;
		r.pid = 100 + i;
		r.host = lines_text("web1");
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

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_spike_reaches_above_the_line),
		cmocka_unit_test(test_a_spike_at_either_end_is_drawn),
		cmocka_unit_test(test_a_pid_that_comes_back_is_another_line),
		cmocka_unit_test(
			test_marks_stand_on_the_lines_unless_there_are_many),
		cmocka_unit_test(
			test_marks_are_small_in_an_svg_and_where_there_are_many),
		cmocka_unit_test(test_a_lone_reading_is_a_point),
		cmocka_unit_test(test_pages_that_kept_nothing_are_counted),
		cmocka_unit_test(test_retained_is_added_up_over_time),
		cmocka_unit_test(test_other_pages_are_one_line),
		cmocka_unit_test(test_pages_that_kept_nothing_need_no_colour),
		cmocka_unit_test(test_deltas_are_counted_by_powers_of_two),
		cmocka_unit_test(
			test_durations_are_boxes_by_how_many_they_hold),
		cmocka_unit_test(test_the_largest_heap_is_drawn_before_others),
		cmocka_unit_test(test_the_rest_of_many_processes_is_grey),
		cmocka_unit_test(test_what_has_no_data_is_not_drawn),
	};

	return cmocka_run_group_tests_name("gnuplot_data", tests, NULL, NULL);
}
