/* diffdraw: a picture of two profiles is as wide as after, and coloured by what
   changed in each call alone. */

#include "view/drawn.h"

#include "view/diffdraw.h"
#include "view/flamegraph.h"

struct world {
	struct mp_calls before, after;
	struct mp_calldiff diff;
	struct mp_tree tree;
	struct mp_diffdraw draw;
};

static int begin(void **state)
{
	static struct world w;

	w = (struct world){ 0 };
	chart_init(&w.before);
	chart_init(&w.after);
	w.before.head.page_id = w.after.head.page_id = "Cart:add";
	*state = &w;
	return 0;
}

static int finish(void **state)
{
	struct world *w = *state;

	mp_diffdraw_release(&w->draw);
	mp_tree_release(&w->tree);
	mp_calldiff_release(&w->diff);
	mp_calls_release(&w->before);
	mp_calls_release(&w->after);
	return 0;
}

/* Ten requests, then twenty, in samples of 10 us: so much for each request that
   none of it is chance, but for main;log. */
static void compare(struct world *w)
{
	w->before.head.requests = 10;
	w->after.head.requests = 20;
	chart_add(&w->before, MP_KIND_CPU, "main;parse", 6000, 60000000);
	chart_add(&w->before, MP_KIND_CPU, "main;log", 3000, 30000000);
	chart_add(&w->before, MP_KIND_CPU, "main;old;deep", 1000, 10000000);
	chart_add(&w->before, MP_KIND_CPU, "main;less", 4000, 40000000);
	chart_add(&w->after, MP_KIND_CPU, "main;parse", 22000, 220000000);
	chart_add(&w->after, MP_KIND_CPU, "main;log", 6020, 60200000);
	chart_add(&w->after, MP_KIND_CPU, "main;new", 1900, 19000000);
	chart_add(&w->after, MP_KIND_CPU, "main;less", 3000, 30000000);
	assert_int_equal(mp_calldiff_build(&w->before, &w->after, &w->diff), 0);
	assert_int_equal(mp_diffdraw_build(&w->diff, &w->tree, &w->draw), 0);
}

/* The node of the function `name`. */
static uint32_t find(const struct world *w, const char *name)
{
	const struct mp_calls *c = &w->diff.both;

	for (uint32_t i = 1; i < w->tree.count; i++) {
		const struct mp_place *p = &c->places[w->tree.nodes[i].place];

		if (!strcmp(c->functions[p->function].name, name))
			return i;
	}
	fail_msg("no %s", name);
	return 0;
}

static void test_widths_are_after(void **state)
{
	struct world *w = *state;
	uint64_t below = 0;

	compare(w);
	assert_int_equal(w->tree.nodes[0].total, 329200000);
	assert_int_equal(w->tree.nodes[find(w, "main")].total, 329200000);
	assert_int_equal(w->tree.nodes[find(w, "parse")].total, 220000000);
	assert_int_equal(w->tree.nodes[find(w, "parse")].self, 220000000);
	assert_int_equal(w->tree.nodes[find(w, "parse")].samples, 22000);
	assert_int_equal(w->tree.nodes[find(w, "old")].total, 0);
	for (uint32_t i = 0; i < w->tree.count; i++)
		below += w->tree.nodes[i].self;
	assert_int_equal(below, w->tree.nodes[0].total);
}

static void test_colours_are_what_changed_by_itself(void **state)
{
	static const struct {
		const char *name;
		int level;
	} rows[] = {
		{ "main", 0 },	/* what it calls grew */
		{ "parse", 4 }, /* by 5 ms: most */
		{ "log", 0 },	/* maybe chance */
		{ "new", 1 },	/* by 0.95 ms, a fifth of the most */
		{ "less", -2 }, /* by 2.5 ms, just a half */
	};
	struct world *w = *state;

	compare(w);
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		assert_int_equal(
			mp_diffdraw_level(&w->draw, find(w, rows[i].name)),
			rows[i].level);
	assert_true(w->draw.most > 4999999 && w->draw.most < 5000001);
}

static void test_what_is_gone_is_summed_up(void **state)
{
	struct world *w = *state;

	compare(w);
	/* Once, at the outermost. */
	assert_true(w->draw.gone > 999999 && w->draw.gone < 1000001);
}

static void test_equal_profiles_have_no_colours(void **state)
{
	struct world *w = *state;

	chart_add(&w->before, MP_KIND_CPU, "main", 9000, 9);
	chart_add(&w->after, MP_KIND_CPU, "main", 9000, 9);
	assert_int_equal(mp_calldiff_build(&w->before, &w->after, &w->diff), 0);
	assert_int_equal(mp_diffdraw_build(&w->diff, &w->tree, &w->draw), 0);
	assert_int_equal(mp_diffdraw_level(&w->draw, 1), 0);
	assert_true(w->draw.most == 0 && w->draw.gone == 0);
}

static int draw_flames(FILE *out, const struct mp_calls *c)
{
	const struct world *w = (const void *)c;

	return mp_show_flamediff(out, &w->diff, NULL);
}

static int draw_icicles(FILE *out, const struct mp_calls *c)
{
	const struct world *w = (const void *)c;

	return mp_show_iciclediff(out, &w->diff, NULL);
}

static void test_a_picture_tells_both(void **state)
{
	static write_function *const writers[] = { draw_flames, draw_icicles };
	static const char *const parts[] = {
		">Cart:add: before and after</text>",
		">before 14.00 ms of CPU time for each of 10 requests; after "
		"16.46 ms of CPU time for each of 20 requests</text>",
		" 1.00 ms before were in calls that are gone",
		"<title>all: 16.46 ms (100.00 %), before 14.00 ms, +2.46 ms<",
		"width=\"66.82868%\" height=\"18\"><title>parse: 11.00 ms "
		"(66.83 %), before 6.00 ms, +5.00 ms; itself +5.00 ms</title>"
		"<rect class=\"grew4\"",
		"<title>less: 1.50 ms (9.11 %), before 4.00 ms, -2.50 ms; "
		"itself -2.50 ms</title><rect class=\"fell2\"",
		"itself +10 us, maybe chance</title><rect class=\"same\"",
		"\"diff\":{\"requests\":[10,20],\"sample\":[10000,10000]",
		"\"before\":[140000000,140000000,60000000,",
	};
	struct world *w = *state;

	compare(w);
	for (size_t i = 0; i < ARRAY_SIZE(writers); i++) {
		char *svg = drawn(writers[i], &w->before);

		assert_xml(svg);
		for (size_t j = 0; j < ARRAY_SIZE(parts); j++)
			if (!count_of(svg, parts[j]))
				fail_msg("no %s in %.400s", parts[j],
					 strstr(svg, "</style>"));
		assert_int_equal(count_of(svg, ">old"), 0);
		free(svg);
	}
}

static void test_two_pages_are_both_named(void **state)
{
	struct world *w = *state;
	char *svg;

	w->after.head.page_id = "Cart:add2";
	assert_int_equal(mp_calldiff_build(&w->before, &w->after, &w->diff), 0);
	svg = drawn(draw_flames, &w->before);
	assert_int_equal(
		count_of(svg, ">Cart:add and Cart:add2: before and after<"), 1);
	free(svg);
}

static void test_nothing_can_be_compared(void **state)
{
	struct world *w = *state;
	char *svg;

	assert_int_equal(mp_calldiff_build(&w->before, &w->after, &w->diff), 0);
	svg = drawn(draw_flames, &w->before);
	assert_xml(svg);
	assert_int_equal(count_of(svg, "<title>all: 0 ns (0.00 %)"), 1);
	free(svg);
}

static void test_names_are_text(void **state)
{
	struct world *w = *state;
	char *svg;

	add_hostile(&w->before);
	add_hostile(&w->after);
	w->after.head.page_id = "</title><script>hacked=1</script>";
	assert_int_equal(mp_calldiff_build(&w->before, &w->after, &w->diff), 0);
	svg = drawn(draw_flames, &w->before);
	assert_xml(svg);
	assert_int_equal(count_of(svg, "<script>hacked"), 0);
	free(svg);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, begin, finish)
	const struct CMUnitTest tests[] = {
		TEST(test_widths_are_after),
		TEST(test_colours_are_what_changed_by_itself),
		TEST(test_what_is_gone_is_summed_up),
		TEST(test_equal_profiles_have_no_colours),
		TEST(test_a_picture_tells_both),
		TEST(test_two_pages_are_both_named),
		TEST(test_nothing_can_be_compared),
		TEST(test_names_are_text),
	};

	return cmocka_run_group_tests_name("diffdraw", tests, NULL, NULL);
}
