/* flamegraph: XML whatever the names are, in which a box is over its caller's
   and as wide as its time. */

#include "view/drawn.h"

#include "view/flamegraph.h"

#include <math.h>

static void add_some(struct mp_calls *c)
{
	chart_add(c, MP_KIND_CPU, "main;work;leaf", 3, 3000000);
	chart_add(c, MP_KIND_BLOCKED, "main;wait", 6, 6500000);
	chart_add(c, MP_KIND_UNSAMPLED, "", 1, 500000);
}

struct box {
	char title[128];
	double x, width;
	int y;
};

/* The box whose title begins with `name`. */
static struct box find(const char *svg, const char *name)
{
	static const char start[] = "<svg class=\"call\" ";
	struct box b;

	for (const char *p = strstr(svg, start); p; p = strstr(p + 1, start)) {
		assert_int_equal(sscanf(p + strlen(start),
					"x=\"%lf%%\" y=\"%d\" width=\"%lf%%\" "
					"height=\"18\"><title>%127[^<]",
					&b.x, &b.y, &b.width, b.title),
				 4);
		if (!strncmp(b.title, name, strlen(name)))
			return b;
	}
	fail_msg("no %s", name);
	return (struct box){ 0 };
}

static void assert_near(double a, double b)
{
	assert_true(fabs(a - b) < 2e-5);
}

static void test_a_box_is_as_wide_as_its_time(void **state)
{
	struct mp_calls *c = *state;
	struct box all, first, wait, leaf;
	char *svg;

	add_some(c);
	svg = drawn(mp_write_flamegraph, c);
	assert_xml(svg);
	all = find(svg, "all: 10.00 ms (100.00 %), 10 samples");
	first = find(svg, "main: 9.50 ms (95.00 %), 9 samples, blocked 6.50 ms,"
			  " /bin/app");
	wait = find(svg, "wait: 6.50 ms (65.00 %), 6 samples, blocked 6.50 ms");
	leaf = find(svg, "leaf: 3.00 ms (30.00 %), 3 samples, /bin/app");
	assert_near(all.width, 100);
	assert_near(first.width, 95);
	assert_near(wait.x + wait.width, leaf.x);
	assert_near(leaf.x + leaf.width, 95);
	/* From the bottom up. */
	assert_int_equal(all.y, 3 * 18);
	assert_int_equal(first.y, 2 * 18);
	assert_int_equal(leaf.y, 0);
	free(svg);
}

static void test_an_icicle_grows_downwards(void **state)
{
	struct mp_calls *c = *state;
	char *svg;

	add_some(c);
	svg = drawn(mp_write_icicle, c);
	assert_xml(svg);
	assert_int_equal(find(svg, "all").y, 0);
	assert_int_equal(find(svg, "leaf").y, 3 * 18);
	assert_non_null(strstr(svg, "<title>Icicle: Page:index</title>"));
	free(svg);
}

static void test_it_says_whose_it_is_and_how_much(void **state)
{
	struct mp_calls *c = *state;
	char *svg;

	add_some(c);
	svg = drawn(mp_write_flamegraph, c);
	assert_non_null(strstr(svg, "<title>Flame graph: Page:index</title>"));
	assert_non_null(
		strstr(svg, ">10.00 ms of CPU time, 10 samples</text>"));
	assert_null(strstr(svg, "are left out."));
	free(svg);
}

static void test_waiting_has_a_colour_of_its_own(void **state)
{
	struct mp_calls *c = *state;
	char *svg;

	add_some(c);
	svg = drawn(mp_write_flamegraph, c);
	/* wait; main, which did not only wait, work and leaf; [unsampled] */
	assert_int_equal(count_of(svg, "<rect class=\"hbs"), 1);
	assert_int_equal(count_of(svg, "<rect class=\"h"), 5);
	assert_int_equal(count_of(svg, "<rect class=\"hu\""), 1);
	free(svg);
}

static void test_what_is_left_out_is_counted(void **state)
{
	struct mp_calls *c = *state;
	char *svg;

	chart_add(c, MP_KIND_CPU, "main;much", 1, 1000000);
	chart_add(c, MP_KIND_CPU, "main;little;less", 1, 99);
	svg = drawn(mp_write_flamegraph, c);
	assert_non_null(
		strstr(svg, ">2 smaller or deeper calls are left out.</"));
	assert_null(strstr(svg, "little"));
	free(svg);
}

static void test_no_name_is_markup(void **state)
{
	struct mp_calls *c = *state;
	char *svg;

	add_hostile(c);
	svg = drawn(mp_write_flamegraph, c);
	assert_xml(svg);
	assert_null(strstr(svg, "<script>hacked"));
	assert_int_equal(count_of(svg, "</script>"), 5);
	assert_int_equal(count_of(svg, "<svg class=\"call\""),
			 ARRAY_SIZE(hostile) + 1);
	assert_non_null(strstr(svg, "%E2%80%AEgnp.exe"));
	free(svg);
}

static void test_nothing_is_a_picture(void **state)
{
	char *svg = drawn(mp_write_flamegraph, *state);

	assert_xml(svg);
	assert_near(find(svg, "all: 0 ns (0.00 %), 0 samples").width, 100);
	free(svg);
}

int main(void)
{
#define TEST(name) \
	cmocka_unit_test_setup_teardown(name, chart_begin, chart_finish)
	const struct CMUnitTest tests[] = {
		TEST(test_a_box_is_as_wide_as_its_time),
		TEST(test_an_icicle_grows_downwards),
		TEST(test_it_says_whose_it_is_and_how_much),
		TEST(test_waiting_has_a_colour_of_its_own),
		TEST(test_what_is_left_out_is_counted),
		TEST(test_no_name_is_markup),
		TEST(test_nothing_is_a_picture),
	};

	return cmocka_run_group_tests_name("flamegraph", tests, NULL, NULL);
}
