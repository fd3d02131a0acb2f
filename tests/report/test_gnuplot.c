/* gnuplot: tics, axes, labels and the place of all, for logs of every shape. */

#include "plotting.h"

#include <errno.h>
#include <locale.h>

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
	r.page_id = lines_text("Page");
	r.oops_id = lines_text("-");
	r.start_rss = 1 << 20;
	r.end_rss = 2 << 20;
	r.duration_us = 1000000;
	r.host = lines_text("");
	assert_int_equal(mp_plots_add(&plots, &r, MP_RECORD_LAUNCHPAD_8), 0);
	script = script_of(MP_PICTURE_SVG, "memory");
	expect(script, "set xlabel 'time on 2026-11-21, local time'\n");
	expect(script, "title \"all processes\"");
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
		cmocka_unit_test(test_an_axis_begins_at_0_where_that_is_near),
		cmocka_unit_test(test_launchpads_times_are_local),
		cmocka_unit_test(test_an_empty_log_says_so),
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
