/* sunburst: XML whatever the names are, in which an arc begins where the one
   beside it ends, around its caller's. */

#include "view/drawn.h"

#include "view/sunburst.h"

#include <math.h>

#define CENTRE 360

/* Turns from above, clockwise, and pixels from the centre. */
struct point {
	double turn, radius;
};

static struct point point(double x, double y)
{
	double turn = atan2(x - CENTRE, CENTRE - y) / (2 * M_PI);

	return (struct point){ turn < -1e-9 ? turn + 1 : turn,
			       hypot(x - CENTRE, CENTRE - y) };
}

/* The inner arc of the call whose title begins with `name`. */
static void find(const char *svg, const char *name, struct point *ret_from,
		 struct point *ret_to)
{
	char title[64];
	const char *p;
	double x, y, to_x, to_y;

	sprintf(title, "<title>%s: ", name);
	p = strstr(svg, title);
	assert_non_null(p);
	p = strstr(p, " d=\"M");
	assert_non_null(p);
	assert_int_equal(sscanf(p,
				" d=\"M%lf %lfA%*f %*f 0 0 1 %*f %*fA%*f %*f 0 "
				"0 1 %lf %lfL",
				&x, &y, &to_x, &to_y),
			 4);
	*ret_from = point(x, y);
	*ret_to = point(to_x, to_y);
}

static void assert_near(double a, double b)
{
	assert_true(fabs(a - b) < 1e-3);
}

static void test_an_arc_is_as_long_as_its_time(void **state)
{
	struct mp_calls *c = *state;
	struct point from, to, leaf_from, leaf_to;
	char *svg;

	chart_add(c, MP_KIND_CPU, "one", 6, 6000);
	chart_add(c, MP_KIND_CPU, "two;leaf", 3, 3000);
	chart_add(c, MP_KIND_CPU, "two", 1, 1000);
	svg = drawn(mp_write_sunburst, c);
	assert_xml(svg);
	find(svg, "one", &from, &to);
	assert_near(from.turn, 0);
	assert_near(to.turn, .6);
	find(svg, "two", &from, &to);
	assert_near(from.turn, .6);
	assert_near(to.turn < .5 ? to.turn + 1 : to.turn, 1);
	find(svg, "leaf", &leaf_from, &leaf_to);
	assert_near(leaf_from.turn, from.turn);
	assert_near(leaf_to.turn, .9);
	assert_true(leaf_from.radius > from.radius + 10);
	free(svg);
}

/* An arc that ends where it begins would be nothing. */
static void test_a_whole_ring_is_drawn(void **state)
{
	struct mp_calls *c = *state;
	struct point from, to;
	char *svg;

	chart_add(c, MP_KIND_CPU, "main", 1, 1000);
	svg = drawn(mp_write_sunburst, c);
	find(svg, "main", &from, &to);
	assert_near(from.turn, 0);
	assert_non_null(strstr(svg, "d=\"M360.00 308.57A51.43 51.43 0 0 1 "
				    "360.00 411.43A51.43 51.43 0 0 1 "
				    "360.00 308.57L"));
	free(svg);
}

static void test_too_deep_calls_are_counted(void **state)
{
	struct mp_calls *c = *state;
	char deep[256] = "", *p = deep;
	char *svg;

	for (int i = 0; i < 60; i++)
		p += sprintf(p, "f%d;", i);
	chart_add(c, MP_KIND_CPU, deep, 1, 1000);
	svg = drawn(mp_write_sunburst, c);
	assert_int_equal(count_of(svg, "<g class=\"call\">"), 45);
	assert_non_null(
		strstr(svg, ">16 smaller or deeper calls are left out.</"));
	free(svg);
}

static void test_no_name_is_markup(void **state)
{
	struct mp_calls *c = *state;
	char *svg;

	add_hostile(c);
	svg = drawn(mp_write_sunburst, c);
	assert_xml(svg);
	assert_null(strstr(svg, "<script>hacked"));
	free(svg);
}

static void test_nothing_is_a_picture(void **state)
{
	char *svg = drawn(mp_write_sunburst, *state);

	assert_xml(svg);
	assert_null(strstr(svg, "nan"));
	free(svg);
}

int main(void)
{
#define TEST(name) \
	cmocka_unit_test_setup_teardown(name, chart_begin, chart_finish)
	const struct CMUnitTest tests[] = {
		TEST(test_an_arc_is_as_long_as_its_time),
		TEST(test_a_whole_ring_is_drawn),
		TEST(test_too_deep_calls_are_counted),
		TEST(test_no_name_is_markup),
		TEST(test_nothing_is_a_picture),
	};

	return cmocka_run_group_tests_name("sunburst", tests, NULL, NULL);
}
