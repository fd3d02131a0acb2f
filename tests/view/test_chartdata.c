/* chartdata: JSON that has what is drawn, and nothing that is not. */

#include "view/drawn.h"

#include "view/chartdata.h"

static const struct mp_layout_bounds all = { 100, UINT64_MAX, 100 };
static const struct mp_layout_bounds large = { 100, 3, 100 };
static const struct mp_layout_bounds *bounds;

static int put(FILE *out, const struct mp_calls *c)
{
	struct mp_layout layout;
	struct mp_tree tree;

	assert_int_equal(mp_tree_build(c, &tree), 0);
	assert_int_equal(mp_layout_build(&tree, bounds, &layout), 0);
	assert_int_equal(mp_chartdata_put(out, c, &tree, &layout, NULL), 0);
	mp_layout_release(&layout);
	mp_tree_release(&tree);
	return 0;
}

static void assert_data(const struct mp_calls *c, const char *want)
{
	char *text = drawn(put, c);

	assert_string_equal(text, want);
	free(text);
}

static uint32_t place(struct mp_calls *c, const char *name, const char *object,
		      uint32_t line)
{
	struct mp_function f = {
		.name = name, .object = object, .file = "a\"b.c", .line = 3
	};

	return mp_calls_place(c, &(struct mp_place){ mp_calls_function(c, &f),
						     line, 0, line > 0 });
}

static void test_nodes_have_their_columns(void **state)
{
	struct mp_calls c;
	uint32_t places[2];

	(void)state;
	chart_init(&c);
	c.head.exe = "/bin/app";
	place(&c, "unused", "/lib/unused", 0);
	places[0] = place(&c, "main", "/bin/app", 0);
	places[1] = place(&c, "main", "/bin/app", 9);
	mp_calls_stack(&c, &(struct mp_stack){ .places = places,
					       .depth = 2,
					       .samples = 1,
					       .value = 10 });
	places[1] = place(&c, "</script>", "", 0);
	mp_calls_stack(&c, &(struct mp_stack){ .places = places,
					       .depth = 2,
					       .kind = MP_KIND_BLOCKED,
					       .samples = 2,
					       .value = 3 });
	bounds = &all;
	assert_data(
		&c,
		"{\"objects\":[\"/bin/app\"],\n"
		"\"functions\":[\n"
		"{\"id\":1,\"name\":\"main\",\"object\":0,\"file\":"
		"\"a\\u0022b.c\",\"line\":3,\"hue\":\"0\",\"shade\":0},\n"
		"{\"id\":2,\"name\":\"\\u003c/script\\u003e\",\"object\":-1,"
		"\"file\":\"a\\u0022b.c\",\"line\":3,\"hue\":\"2\","
		"\"shade\":3}],\n"
		"\"places\":[[0,0,0],[0,9,1],[1,0,0]],\n"
		"\"node\":[-1,0,1,2],\n\"parent\":[-1,0,1,1],\n"
		"\"total\":[13,13,10,3],\n\"self\":[0,0,10,3],\n"
		"\"samples\":[3,3,1,2],\n\"blocked\":[3,3,0,3]}\n");
	bounds = &large;
	assert_data(&c,
		    "{\"objects\":[\"/bin/app\"],\n"
		    "\"functions\":[\n"
		    "{\"id\":1,\"name\":\"main\",\"object\":0,\"file\":"
		    "\"a\\u0022b.c\",\"line\":3,\"hue\":\"0\",\"shade\":0}],\n"
		    "\"places\":[[0,0,0],[0,9,1]],\n"
		    "\"node\":[-1,0,1],\n\"parent\":[-1,0,1],\n"
		    "\"total\":[13,13,10],\n\"self\":[0,0,10],\n"
		    "\"samples\":[3,3,1],\n\"blocked\":[3,3,0]}\n");
	mp_calls_release(&c);
}

static void test_nothing_is_a_root(void **state)
{
	struct mp_calls c;

	(void)state;
	mp_calls_init(&c);
	bounds = &all;
	assert_data(&c, "{\"objects\":[],\n\"functions\":[],\n\"places\":[],\n"
			"\"node\":[-1],\n\"parent\":[-1],\n\"total\":[0],\n"
			"\"self\":[0],\n\"samples\":[0],\n\"blocked\":[0]}\n");
	mp_calls_release(&c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_nodes_have_their_columns),
		cmocka_unit_test(test_nothing_is_a_root),
	};

	return cmocka_run_group_tests_name("chartdata", tests, NULL, NULL);
}
