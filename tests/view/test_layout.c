/* layout: boxes lie within their parents', their lengths add up exactly, and of
   too many nodes the largest are shown. */

#include "test.h"

#include "view/chart.h"
#include "view/layout.h"

#include <stdio.h>

struct world {
	struct mp_calls calls;
	struct mp_tree tree;
	struct mp_layout layout;
};

static const struct mp_layout_bounds all = { 100000, UINT64_MAX, UINT32_MAX };

static int begin(void **state)
{
	static struct world w;

	chart_init(&w.calls);
	*state = &w;
	return 0;
}

static int finish(void **state)
{
	struct world *w = *state;

	mp_layout_release(&w->layout);
	mp_tree_release(&w->tree);
	mp_calls_release(&w->calls);
	return 0;
}

static uint64_t total(const struct world *w, const struct mp_box *b)
{
	return w->tree.nodes[b->node].total;
}

/* What holds of each layout. */
static void assert_valid(const struct world *w)
{
	const struct mp_layout *l = &w->layout;
	uint32_t levels = 0;

	assert_int_equal(l->boxes[0].node, 0);
	assert_int_equal(l->boxes[0].parent, MP_TREE_NONE);
	assert_int_equal(l->count + l->left_out, w->tree.count);
	for (size_t i = 1; i < l->count; i++) {
		const struct mp_box *b = &l->boxes[i];
		const struct mp_box *parent = &l->boxes[b->parent];
		const struct mp_tree_node *node = &w->tree.nodes[b->node];

		assert_true(b->parent < i);
		assert_int_equal(node->parent, parent->node);
		assert_true(b->start >= parent->start);
		assert_true(b->start + node->total <=
			    parent->start + total(w, parent));
		/* Behind its sibling, where one is shown. */
		if (b[-1].parent == b->parent)
			assert_int_equal(b->start,
					 b[-1].start + total(w, &b[-1]));
		else
			assert_int_equal(b->start, parent->start);
		if (node->depth > levels)
			levels = node->depth;
	}
	assert_int_equal(l->levels, levels);
}

static void lay_out(struct world *w, const struct mp_layout_bounds *bounds)
{
	assert_int_equal(mp_calls_error(&w->calls), 0);
	assert_int_equal(mp_tree_build(&w->calls, &w->tree), 0);
	assert_int_equal(mp_layout_build(&w->tree, bounds, &w->layout), 0);
	assert_valid(w);
}

/* `name@start+total` of each box below the root. */
static void assert_boxes(const struct world *w, const char *want)
{
	char text[1024] = "", *p = text;

	for (size_t i = 1; i < w->layout.count; i++) {
		const struct mp_box *b = &w->layout.boxes[i];
		uint32_t place = w->tree.nodes[b->node].place;
		uint32_t f = w->calls.places[place].function;

		p += sprintf(p, "%s%s@%d+%d", i > 1 ? " " : "",
			     w->calls.functions[f].name, (int)b->start,
			     (int)total(w, b));
	}
	assert_string_equal(text, want);
}

static void add_some(struct world *w)
{
	chart_add(&w->calls, MP_KIND_CPU, "main;a;b", 3, 30);
	chart_add(&w->calls, MP_KIND_CPU, "main;a;c", 2, 20);
	chart_add(&w->calls, MP_KIND_BLOCKED, "main;d;b", 1, 10);
	chart_add(&w->calls, MP_KIND_CPU, "main;d", 4, 35);
	chart_add(&w->calls, MP_KIND_UNSAMPLED, "", 0, 5);
}

static void test_boxes_add_up(void **state)
{
	struct world *w = *state;

	add_some(w);
	lay_out(w, &all);
	assert_boxes(w, "main@0+95 [unsampled]@95+5 a@0+50 d@50+45 "
			"b@0+30 c@30+20 b@50+10");
	assert_int_equal(w->layout.left_out, 0);
	assert_int_equal(w->layout.levels, 3);
}

static void test_small_ones_are_left_out(void **state)
{
	struct world *w = *state;

	add_some(w);
	lay_out(w, &(struct mp_layout_bounds){ 100, 5, 100 });
	assert_boxes(w, "main@0+95 a@0+50 d@50+45 b@0+30 c@30+20");
	assert_int_equal(w->layout.left_out, 2);
}

static void test_deep_ones_are_left_out(void **state)
{
	struct world *w = *state;

	add_some(w);
	lay_out(w, &(struct mp_layout_bounds){ 100, 1000, 2 });
	assert_boxes(w, "main@0+95 [unsampled]@95+5 a@0+50 d@50+45");
	assert_int_equal(w->layout.levels, 2);
}

static void test_the_largest_are_shown(void **state)
{
	struct world *w = *state;

	add_some(w);
	lay_out(w, &(struct mp_layout_bounds){ 5, 1000, 100 });
	assert_boxes(w, "main@0+95 a@0+50 d@50+45 b@0+30");
}

static void test_the_root_alone(void **state)
{
	struct world *w = *state;

	add_some(w);
	lay_out(w, &(struct mp_layout_bounds){ 1, 1000, 100 });
	assert_boxes(w, "");
}

static void test_of_equal_ones_some_are_shown(void **state)
{
	struct world *w = *state;
	char name[32];

	for (int i = 0; i < 10; i++) {
		sprintf(name, "f%d;g%d", i, i);
		chart_add(&w->calls, MP_KIND_CPU, name, 1, 7);
	}
	lay_out(w, &(struct mp_layout_bounds){ 4, 1000, 100 });
	assert_boxes(w, "f0@0+7 f1@7+7 f2@14+7");
	assert_int_equal(w->layout.left_out, 17);
}

/* Each as small as any that is shown. */
static void test_of_the_smallest_some_are_shown(void **state)
{
	struct world *w = *state;

	for (int i = 0; i < 4; i++) {
		char name[] = { (char)('a' + i), '\0' };

		chart_add(&w->calls, MP_KIND_CPU, name, 1, 1);
	}
	lay_out(w, &(struct mp_layout_bounds){ 3, 1000, 100 });
	assert_boxes(w, "a@0+1 b@1+1");
	assert_int_equal(w->layout.left_out, 2);
}

static void test_of_a_chain_the_upper_part_is_shown(void **state)
{
	struct world *w = *state;

	chart_add(&w->calls, MP_KIND_CPU, "a;b;c;d;e;f", 1, 7);
	lay_out(w, &(struct mp_layout_bounds){ 4, 1000, 100 });
	assert_boxes(w, "a@0+7 b@0+7 c@0+7");
}

static void test_what_took_nothing_has_no_box(void **state)
{
	struct world *w = *state;

	chart_add(&w->calls, MP_KIND_CPU, "a;b", 1, 0);
	chart_add(&w->calls, MP_KIND_CPU, "a", 1, 1);
	lay_out(w, &all);
	assert_boxes(w, "a@0+1");
}

static void test_nothing_has_a_root(void **state)
{
	struct world *w = *state;

	lay_out(w, &all);
	assert_boxes(w, "");
	assert_int_equal(w->layout.levels, 0);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, finish)
	const struct CMUnitTest tests[] = {
		TEST(test_boxes_add_up),
		TEST(test_small_ones_are_left_out),
		TEST(test_deep_ones_are_left_out),
		TEST(test_the_largest_are_shown),
		TEST(test_the_root_alone),
		TEST(test_of_equal_ones_some_are_shown),
		TEST(test_of_the_smallest_some_are_shown),
		TEST(test_of_a_chain_the_upper_part_is_shown),
		TEST(test_what_took_nothing_has_no_box),
		TEST(test_nothing_has_a_root),
	};

	return cmocka_run_group_tests_name("layout", tests, NULL, NULL);
}
