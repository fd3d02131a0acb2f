/* axes: steps, units, and ranges with air around them. */

#include "test.h"

#include "report/axes.h"
#include "report/plots.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define KIB 1024.0
#define MIB (1024 * KIB)
#define GIB (1024 * MIB)
#define TIB (1024 * GIB)

static void assert_near(double got, double want)
{
	if (!(fabs(got - want) <= 1e-9 * fabs(want)))
		fail_msg("%.12g is not %.12g", got, want);
}

static void test_a_range_has_all_that_was_added(void **state)
{
	struct mp_range r = mp_range_empty;

	(void)state;
	assert_true(r.low > r.high);
	mp_range_add(&r, 3);
	assert_near(r.low, 3);
	assert_near(r.high, 3);
	mp_range_add(&r, 5);
	mp_range_add(&r, -2);
	assert_near(r.low, -2);
	assert_near(r.high, 5);
}

static void test_a_step_is_no_shorter_than_wanted(void **state)
{
	static const double steps[][2] = {
		{ 1, 1 },	{ 1.01, 2 },	   { 2, 2 },	 { 2.01, 5 },
		{ 5, 5 },	{ 5.01, 10 },	   { 9.99, 10 }, { 700, 1000 },
		{ 0.03, 0.05 }, { 0.0012, 0.002 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(steps); i++)
		assert_near(mp_axes_step(steps[i][0]), steps[i][1]);
}

static void test_a_unit_leaves_a_whole_part(void **state)
{
	static const struct {
		double bytes;
		const char *name;
		double unit;
	} cases[] = {
		{ 0, "B", 1 },	      { 1023, "B", 1 },
		{ 1024, "KiB", KIB }, { MIB - 1, "KiB", KIB },
		{ MIB, "MiB", MIB },  { GIB - 1, "MiB", MIB },
		{ GIB, "GiB", GIB },  { TIB - 1, "GiB", GIB },
		{ TIB, "TiB", TIB },  { 5000 * TIB, "TiB", TIB },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct mp_unit unit = mp_axes_unit(cases[i].bytes);

		assert_string_equal(unit.name, cases[i].name);
		assert_near(unit.bytes, cases[i].unit);
	}
}

static void test_powers_of_two_are_told_in_full(void **state)
{
	static const struct {
		unsigned power;
		const char *want;
	} cases[] = {
		{ 0, "1 B" },	  { 9, "512 B" },  { 10, "1 KiB" },
		{ 25, "32 MiB" }, { 30, "1 GiB" }, { 49, "512 TiB" },
		{ 50, "1 PiB" },  { 63, "8 EiB" },
	};
	char text[MP_SHOW_MAX];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		mp_axes_show_power(cases[i].power, text);
		assert_string_equal(text, cases[i].want);
	}
}

/* ---- bytes ---- */

static struct bytes_case {
	const char *name;
	double low, high;
	const char *range, *unit;
} bytes_cases[] = {
	{ "nothing", 0, 0, "[0:8]", "B" },
	{ "few bytes", -100, 100, "[-112:112]", "B" },
	{ "a size", 100 * MIB, 100.5 * MIB, "[99.5:101]", "MiB" },
	{ "0 is far", 10 * MIB, 20 * MIB, "[9.4:20.6]", "MiB" },
	{ "0 is near", 9.5 * MIB, 20 * MIB, "[0:20.63]", "MiB" },
	{ "0 is half as far as the end", 256 * KIB, 512 * KIB,
	  "[240.64:527.36]", "KiB" },
	{ "0 is in the air", 5, 6, "[0:14]", "B" },
	{ "0 is within", -1 * GIB, 3 * GIB, "[-1.5:3.5]", "GiB" },
	{ "below 0, the unit is that of the lowest", -4 * MIB, -1 * KIB,
	  "[-4.5:0.499023438]", "MiB" },
};

static void test_bytes(void **state)
{
	const struct bytes_case *c = *state;
	char *text = NULL, want[128];
	size_t len;
	struct mp_script s = { .out = open_memstream(&text, &len) };
	struct mp_unit unit;

	assert_non_null(s.out);
	unit = mp_axes_put_bytes(&s, (struct mp_range){ c->low, c->high });
	assert_int_equal(fclose(s.out), 0);
	snprintf(want, sizeof(want),
		 "set yrange %s\nset ytics nomirror autofreq format '%%g %s'\n",
		 c->range, c->unit);
	assert_string_equal(text, want);
	assert_string_equal(unit.name, c->unit);
	free(text);
}

/* ---- time ---- */

#define SECOND INT64_C(1000000)
#define DAY    (86400 * SECOND)

static struct time_case {
	const char *name;
	int64_t requests[2], readings[2]; /* first and last */
	bool utc, local;
	const char *range, *label;
} time_cases[] = {
	{ "requests alone",
	  { 0, 100 * SECOND },
	  { 1, 0 },
	  true,
	  false,
	  "[-1.000000:101.000000]",
	  "1970-01-01, UTC" },
	{ "readings alone",
	  { 1, 0 },
	  { 0, 100 * SECOND },
	  true,
	  false,
	  "[-1.000000:101.000000]",
	  "1970-01-01, UTC" },
	{ "requests before readings",
	  { 0, 50 * SECOND },
	  { 50 * SECOND, 100 * SECOND },
	  true,
	  false,
	  "[-1.000000:101.000000]",
	  "1970-01-01, UTC" },
	{ "readings around requests",
	  { 50 * SECOND, 50 * SECOND },
	  { 0, 100 * SECOND },
	  false,
	  true,
	  "[-1.000000:101.000000]",
	  "1970-01-01, local time" },
	{ "a moment",
	  { 7 * SECOND, 7 * SECOND },
	  { 1, 0 },
	  true,
	  false,
	  "[6.999000:7.001000]",
	  "1970-01-01, UTC" },
	{ "two clocks",
	  { 0, 100 * SECOND },
	  { 1, 0 },
	  true,
	  true,
	  "[-1.000000:101.000000]",
	  "1970-01-01, UTC, and local time in Launchpad''s lines" },
	{ "the last second of a day",
	  { 0, DAY - SECOND },
	  { 1, 0 },
	  true,
	  false,
	  "[-863.990000:87262.990000]",
	  "1970-01-01, UTC" },
	{ "up to midnight",
	  { 0, DAY },
	  { 1, 0 },
	  true,
	  false,
	  "[-864.000000:87264.000000]",
	  "1970-01-01 to 1970-01-02, UTC" },
	{ "before 1970",
	  { -SECOND, 0 },
	  { 1, 0 },
	  true,
	  false,
	  "[-1.010000:0.010000]",
	  "1969-12-31 to 1970-01-01, UTC" },
};

/* What the axis is set to, to be freed; null where there is none. */
static char *time_axis(const struct time_case *c)
{
	const struct mp_frame frame = { .left = 10, .right = 90 };
	char *text = NULL;
	size_t len;
	struct mp_plots plots;
	struct mp_script s = { .plots = &plots };
	bool any;

	mp_plots_init(&plots);
	plots.courses.first_us = c->requests[0];
	plots.courses.last_us = c->requests[1];
	plots.timeline.first_us = c->readings[0];
	plots.timeline.last_us = c->readings[1];
	plots.timeline.has_utc = c->utc;
	plots.timeline.has_local = c->local;
	s.out = open_memstream(&text, &len);
	assert_non_null(s.out);
	any = mp_axes_put_time(&s, &frame);
	assert_int_equal(fclose(s.out), 0);
	mp_plots_release(&plots);
	if (any)
		return text;
	assert_int_equal(len, 0);
	free(text);
	return NULL;
}

static void test_time(void **state)
{
	const struct time_case *c = *state;
	char *text = time_axis(c);
	char range[64], label[128];

	assert_non_null(text);
	snprintf(range, sizeof(range), "set xrange %s\n", c->range);
	snprintf(label, sizeof(label), "set xlabel 'time on %s'\n", c->label);
	if (!strstr(text, range) || !strstr(text, label))
		fail_msg("not %s%s, but:\n%s", range, label, text);
	free(text);
}

static void test_no_lines_have_no_time(void **state)
{
	const struct time_case c = { "", { 1, 0 }, { 1, 0 }, 0, 0, "", "" };

	(void)state;
	assert_null(time_axis(&c));
}

int main(void)
{
	static const struct CMUnitTest alone[] = {
		cmocka_unit_test(test_a_range_has_all_that_was_added),
		cmocka_unit_test(test_a_step_is_no_shorter_than_wanted),
		cmocka_unit_test(test_a_unit_leaves_a_whole_part),
		cmocka_unit_test(test_powers_of_two_are_told_in_full),
		cmocka_unit_test(test_no_lines_have_no_time),
	};
	struct CMUnitTest tests[ARRAY_SIZE(alone) + ARRAY_SIZE(bytes_cases) +
				ARRAY_SIZE(time_cases)];
	size_t n = ARRAY_SIZE(alone);

	memcpy(tests, alone, sizeof(alone));
	for (size_t i = 0; i < ARRAY_SIZE(bytes_cases); i++)
		tests[n++] = (struct CMUnitTest){
			.name = bytes_cases[i].name,
			.test_func = test_bytes,
			.initial_state = &bytes_cases[i],
		};
	for (size_t i = 0; i < ARRAY_SIZE(time_cases); i++)
		tests[n++] = (struct CMUnitTest){
			.name = time_cases[i].name,
			.test_func = test_time,
			.initial_state = &time_cases[i],
		};
	return cmocka_run_group_tests_name("axes", tests, NULL, NULL);
}
