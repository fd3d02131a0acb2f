/* calltree: calls are drawn from the root down, the costliest first. */

#include "test.h"

#include "view/calltree.h"
#include "view/chart.h"
#include "view/shown.h"

static const struct mp_view_style plain = { 0 };

static int begin(void **state)
{
	static struct mp_calls calls;

	chart_init(&calls);
	*state = &calls;
	return 0;
}

static int finish(void **state)
{
	mp_calls_release(*state);
	return 0;
}

static void test_calls_branch(void **state)
{
	struct mp_calls *c = *state;

	chart_add(c, MP_KIND_CPU, "main;serve;a", 1, 500000000);
	chart_add(c, MP_KIND_CPU, "main;serve;b;x", 1, 200000000);
	chart_add(c, MP_KIND_CPU, "main;serve;b;y", 1, 100000000);
	chart_add(c, MP_KIND_CPU, "main;log", 1, 150000000);
	chart_add(c, MP_KIND_UNSAMPLED, "", 0, 50000000);
	assert_shown(mp_show_calltree, c, &plain,
		     "950.00 ms   95.0 %  main\n"
		     "800.00 ms   80.0 %  ├─ serve\n"
		     "500.00 ms   50.0 %  │  ├─ a\n"
		     "300.00 ms   30.0 %  │  └─ b\n"
		     "200.00 ms   20.0 %  │     ├─ x\n"
		     "100.00 ms   10.0 %  │     └─ y\n"
		     "150.00 ms   15.0 %  └─ log\n"
		     " 50.00 ms    5.0 %  [unsampled]\n");
}

static void test_chains_are_one_line(void **state)
{
	struct mp_calls *c = *state;

	chart_add(c, MP_KIND_CPU, "a;b;c;d;e;f;g", 1, 1000);
	chart_add(c, MP_KIND_CPU, "z;b;c;d;e;f;g;h", 1, 1000);
	assert_shown(mp_show_calltree, c, &plain,
		     "     1 us   50.0 %  a > b > c > d > e > f > g\n"
		     "     1 us   50.0 %  z > b > c > (2 calls) > f > g > h\n");
}

static void test_a_chain_ends_where_something_was_done(void **state)
{
	struct mp_calls *c = *state;

	chart_add(c, MP_KIND_CPU, "a;b;c", 1, 500);
	chart_add(c, MP_KIND_CPU, "a;b", 1, 300);
	assert_shown(mp_show_calltree, c, &plain,
		     "   800 ns  100.0 %  a > b\n"
		     "   500 ns   62.5 %  ├─ c\n"
		     "   300 ns   37.5 %  └─ [self]\n");
}

static void test_what_is_small_is_summed_up(void **state)
{
	struct mp_calls *c = *state;

	chart_add(c, MP_KIND_CPU, "a;b", 1, 970);
	chart_add(c, MP_KIND_CPU, "a;c", 1, 10);
	chart_add(c, MP_KIND_CPU, "a;d", 1, 9);
	chart_add(c, MP_KIND_CPU, "a;e", 1, 2);
	chart_add(c, MP_KIND_CPU, "a", 1, 9);
	assert_shown(mp_show_calltree, c, &plain,
		     "     1 us  100.0 %  a\n"
		     "   970 ns   97.0 %  ├─ b\n"
		     "    10 ns    1.0 %  ├─ c\n"
		     "    11 ns    1.1 %  └─ [2 more]\n");
}

static void test_self_comes_before_the_small_ones(void **state)
{
	struct mp_calls *c = *state;

	chart_add(c, MP_KIND_CPU, "a;b", 1, 900);
	chart_add(c, MP_KIND_CPU, "a", 1, 95);
	chart_add(c, MP_KIND_CPU, "a;c", 1, 5);
	assert_shown(mp_show_calltree, c, &plain,
		     "     1 us  100.0 %  a\n"
		     "   900 ns   90.0 %  ├─ b\n"
		     "    95 ns    9.5 %  ├─ [self]\n"
		     "     5 ns    0.5 %  └─ [1 more]\n");
}

static void test_waiting_is_told(void **state)
{
	struct mp_calls *c = *state;

	c->head.wall = true;
	chart_add(c, MP_KIND_BLOCKED, "main;read", 1, 750);
	chart_add(c, MP_KIND_CPU, "main;read", 1, 250);
	assert_shown(mp_show_calltree, c, &plain,
		     "     1 us  100.0 %  main > read [75 % blocked]\n");
}

static void test_lines_fit_the_terminal(void **state)
{
	const struct mp_view_style narrow = { .width = 50 };
	struct mp_calls *c = *state;

	chart_add(c, MP_KIND_CPU, "m;a_rather_long_name_of_a_function_it_is", 1,
		  500);
	chart_add(c, MP_KIND_CPU, "m;another", 1, 500);
	assert_shown(mp_show_calltree, c, &narrow,
		     "     1 us  100.0 %  m\n"
		     "   500 ns   50.0 %  ├─ a_rather_long_name_of_a_fu~\n"
		     "   500 ns   50.0 %  └─ another\n");
}

static void test_colours_tell_the_share(void **state)
{
	const struct mp_view_style colours = { .colour = true };
	struct mp_calls *c = *state;

	chart_add(c, MP_KIND_CPU, "a", 1, 500);
	chart_add(c, MP_KIND_CPU, "b", 1, 300);
	chart_add(c, MP_KIND_CPU, "c", 1, 160);
	chart_add(c, MP_KIND_CPU, "d", 1, 40);
	assert_shown(mp_show_calltree, c, &colours,
		     "\033[31m   500 ns   50.0 %\033[0m  a\n"
		     "\033[33m   300 ns   30.0 %\033[0m  b\n"
		     "\033[32m   160 ns   16.0 %\033[0m  c\n"
		     "\033[2m    40 ns    4.0 %\033[0m  d\n");
}

static void test_names_cannot_steer_the_terminal(void **state)
{
	struct mp_calls *c = *state;

	chart_add(c, MP_KIND_CPU, "a\033[2J\nb", 1, 500);
	assert_shown(mp_show_calltree, c, &plain,
		     "   500 ns  100.0 %  a%1B[2J%0Ab\n");
}

static void test_the_source_is_told(void **state)
{
	struct mp_calls *c = *state;
	struct mp_function f = { .name = "f",
				 .file = "/src/lib/f.c",
				 .line = 7 };
	uint32_t function = mp_calls_function(c, &f);
	uint32_t place = mp_calls_place(
		c, &(struct mp_place){ .function = function, .line = 9 });

	mp_calls_stack(c,
		       &(struct mp_stack){ &place, 1, 0, MP_KIND_CPU, 1, 2 });
	place = mp_calls_place(c, &(struct mp_place){ .function = function });
	mp_calls_stack(c,
		       &(struct mp_stack){ &place, 1, 0, MP_KIND_CPU, 1, 1 });
	assert_shown(mp_show_calltree, c, &plain,
		     "     2 ns   66.7 %  f f.c:9\n"
		     "     1 ns   33.3 %  f f.c:7\n");
}

static void test_the_heading_says_what_is_missing(void **state)
{
	struct mp_calls *c = *state;
	char *text;

	c->head = (struct mp_view_head){
		.wall = true,
		.page_id = "Cart:add",
		.oops_id = "OOPS-1",
		.host = "web1",
		.pid = 12,
		.requests = 2,
		.duration_ns = 5000000,
		.cpu_ns = 3000000,
		.interval_ns = 1000000,
		.tick_ns = 4000000,
		.samples = 1,
		.lost = 3,
		.cut = 4,
	};
	c->left_out = 2000;
	mp_calls_degraded(c, "no perf");
	chart_add(c, MP_KIND_CPU, "a", 1, 5000000);
	text = shown(mp_show_calltree, c, &plain);
	assert_string_equal(
		text, "Cart:add (OOPS-1), 1970-01-01T00:00:00.000000Z, pid 12 "
		      "on web1\n"
		      "5.00 ms of wall time in 2 requests, of it 3.00 ms of "
		      "CPU time; 1 sample, one each 4.00 ms\n"
		      "left out by --focus or --ignore: 2 us\n"
		      "lost samples: 3\n"
		      "stacks too deep to be whole: 4\n"
		      "missing: no perf\n"
		      "\n"
		      "  5.00 ms  100.0 %  a\n");
	free(text);
	c->head.interval_ns = 10000000;
	text = shown(mp_show_calltree, c, &plain);
	assert_non_null(strstr(text, " 1 sample, one each 10.00 ms\n"));
	free(text);
	c->head.began_us = MP_UNKNOWN;
	text = shown(mp_show_calltree, c, &plain);
	assert_non_null(strstr(text, "Cart:add (OOPS-1), pid 12 on web1\n"));
	free(text);
}

static void add_note(struct mp_calls *c, const char *text, const char *from,
		     int64_t start_ns, int64_t end_ns)
{
	uint32_t place = from ? chart_place(c, from) : 0;

	mp_calls_note(c, &(struct mp_view_note){ .kind = "sql",
						 .text = text,
						 .start_ns = start_ns,
						 .end_ns = end_ns,
						 .places = &place,
						 .depth = from != NULL });
}

static void test_notes_are_listed(void **state)
{
	struct mp_calls *c = *state;

	chart_add(c, MP_KIND_CPU, "a", 1, 1);
	c->head.notes_dropped = 5;
	add_note(c, "SELECT 1", "list", 0, 1000);
	add_note(c, "SELECT 2", "list", 2000, 9000);
	add_note(c, "SELECT 1", "get", 10000, 12000);
	add_note(c, "SELECT 3", NULL, 20000, 19000);
	add_note(c, "SELECT 1", "list", 30000, 33000);
	assert_shown(mp_show_calltree, c, &plain,
		     "     1 ns  100.0 %  a\n"
		     "\n"
		     "external calls: 5, 13 us; 5 more were not kept\n"
		     "\n"
		     "slowest     took         at  call\n"
		     "            7 us       2 us  sql: SELECT 2\n"
		     "            3 us      30 us  sql: SELECT 1\n"
		     "            2 us      10 us  sql: SELECT 1\n"
		     "            1 us       0 ns  sql: SELECT 1\n"
		     "            0 ns      20 us  sql: SELECT 3\n"
		     "\n"
		     "repeated    took      times  call\n"
		     "            6 us          3  sql: SELECT 1\n"
		     "                            1  from get\n"
		     "                            2  from list\n");
}

static void test_lists_of_notes_are_as_long_as_told(void **state)
{
	const struct mp_view_style two = { .count = 2 };
	struct mp_calls *c = *state;
	char text[16];

	chart_add(c, MP_KIND_CPU, "a", 1, 1);
	for (int i = 0; i < 8; i++) {
		snprintf(text, sizeof(text), "q%d", i / 2);
		add_note(c, text, NULL, 0, 1000 * (i + 1));
	}
	assert_shown(mp_show_calltree, c, &two,
		     "     1 ns  100.0 %  a\n"
		     "\n"
		     "external calls: 8, 36 us\n"
		     "\n"
		     "slowest     took         at  call\n"
		     "            8 us       0 ns  sql: q3\n"
		     "            7 us       0 ns  sql: q3\n"
		     "\n"
		     "repeated    took      times  call\n"
		     "           15 us          2  sql: q3\n"
		     "                            2  from [unknown]\n"
		     "           11 us          2  sql: q2\n"
		     "                            2  from [unknown]\n");
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, begin, finish)
	const struct CMUnitTest tests[] = {
		TEST(test_calls_branch),
		TEST(test_chains_are_one_line),
		TEST(test_a_chain_ends_where_something_was_done),
		TEST(test_what_is_small_is_summed_up),
		TEST(test_self_comes_before_the_small_ones),
		TEST(test_waiting_is_told),
		TEST(test_lines_fit_the_terminal),
		TEST(test_colours_tell_the_share),
		TEST(test_names_cannot_steer_the_terminal),
		TEST(test_the_source_is_told),
		TEST(test_the_heading_says_what_is_missing),
		TEST(test_notes_are_listed),
		TEST(test_lists_of_notes_are_as_long_as_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
