/* tree: every stack is in it once, and children are in their order. */

#include "test.h"

#include "view/chart.h"
#include "view/tree.h"

#include <stdio.h>

struct world {
	struct mp_calls calls;
	struct mp_tree tree;
};

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

	mp_tree_release(&w->tree);
	mp_calls_release(&w->calls);
	return 0;
}

static const char *name(const struct world *w, uint32_t node)
{
	const struct mp_place *p = &w->calls.places[w->tree.nodes[node].place];

	return w->calls.functions[p->function].name;
}

/* Write the tree as `name:self/total(children)`. */
static char *show(const struct world *w, uint32_t at, char *p)
{
	const struct mp_tree_node *node = &w->tree.nodes[at];

	if (at > 0)
		p += sprintf(p, "%s:%d/%d", name(w, at), (int)node->self,
			     (int)node->total);
	if (node->first_child == MP_TREE_NONE)
		return p;
	*p++ = '(';
	for (uint32_t i = node->first_child; i != MP_TREE_NONE;
	     i = w->tree.nodes[i].next_sibling) {
		assert_int_equal(w->tree.nodes[i].parent, at);
		assert_int_equal(w->tree.nodes[i].depth, node->depth + 1);
		assert_true(i > at);
		p = show(w, i, p);
		*p++ = ' ';
	}
	p[-1] = ')';
	*p = '\0';
	return p;
}

static void assert_tree(struct world *w, const char *want)
{
	char text[1024] = "";

	assert_int_equal(mp_calls_error(&w->calls), 0);
	assert_int_equal(mp_tree_build(&w->calls, &w->tree), 0);
	show(w, 0, text);
	assert_string_equal(text, want);
	assert_int_equal(w->tree.nodes[0].total, w->calls.total);
}

static void test_no_stacks_are_a_root(void **state)
{
	struct world *w = *state;

	assert_tree(w, "");
	assert_int_equal(w->tree.count, 1);
	assert_int_equal(w->tree.nodes[0].place, MP_TREE_NONE);
}

static void test_stacks_share_their_beginnings(void **state)
{
	struct world *w = *state;

	chart_add(&w->calls, MP_KIND_CPU, "main;a;b", 1, 10);
	chart_add(&w->calls, MP_KIND_CPU, "main;a", 1, 5);
	chart_add(&w->calls, MP_KIND_CPU, "main;c;b", 1, 30);
	assert_tree(w, "(main:0/45(c:0/30(b:30/30) a:5/15(b:10/10)))");
	assert_int_equal(w->tree.nodes[0].samples, 3);
}

static void test_equal_children_are_in_the_order_of_names(void **state)
{
	struct world *w = *state;

	chart_add(&w->calls, MP_KIND_CPU, "m;z", 1, 1);
	chart_add(&w->calls, MP_KIND_CPU, "m;a", 1, 1);
	chart_add(&w->calls, MP_KIND_CPU, "m;k", 1, 1);
	chart_add(&w->calls, MP_KIND_UNSAMPLED, "", 0, 9);
	assert_tree(w, "([unsampled]:9/9 m:0/3(a:1/1 k:1/1 z:1/1))");
}

static void test_recursion_goes_deeper(void **state)
{
	struct world *w = *state;

	chart_add(&w->calls, MP_KIND_CPU, "f;f;f", 1, 1);
	chart_add(&w->calls, MP_KIND_CPU, "f", 1, 1);
	assert_tree(w, "(f:1/2(f:0/1(f:1/1)))");
}

static void test_kinds_meet_in_one_node(void **state)
{
	struct world *w = *state;

	chart_add(&w->calls, MP_KIND_CPU, "main;read", 1, 10);
	chart_add(&w->calls, MP_KIND_BLOCKED, "main;read", 1, 7);
	chart_add(&w->calls, MP_KIND_UNSAMPLED, "main", 0, 2);
	assert_tree(w, "(main:2/19(read:17/17))");
	assert_int_equal(w->tree.nodes[0].blocked, 7);
	assert_int_equal(w->tree.nodes[2].blocked, 7);
	assert_int_equal(w->tree.nodes[2].samples, 2);
}

static void test_a_wide_tree_is_whole(void **state)
{
	struct world *w = *state;
	uint64_t sum = 0;
	char stack[32];

	for (int i = 0; i < 3000; i++) {
		snprintf(stack, sizeof(stack), "m;f%d;g%d", i % 50, i);
		chart_add(&w->calls, MP_KIND_CPU, stack, 1, (uint64_t)i);
	}
	assert_int_equal(mp_tree_build(&w->calls, &w->tree), 0);
	assert_int_equal(w->tree.count, 1 + 1 + 50 + 3000);
	for (size_t i = 0; i < w->tree.count; i++)
		sum += w->tree.nodes[i].self;
	assert_int_equal(sum, w->calls.total);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, begin, finish)
	const struct CMUnitTest tests[] = {
		TEST(test_no_stacks_are_a_root),
		TEST(test_stacks_share_their_beginnings),
		TEST(test_equal_children_are_in_the_order_of_names),
		TEST(test_recursion_goes_deeper),
		TEST(test_kinds_meet_in_one_node),
		TEST(test_a_wide_tree_is_whole),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
