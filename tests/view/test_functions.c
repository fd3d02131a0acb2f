/* functions: what each took, by itself and with what it called. */

#include "test.h"

#include "view/chart.h"
#include "view/functions.h"
#include "view/shown.h"

#define HEAD "             self              total  samples  function\n"

static int begin(void **state)
{
	static struct mp_calls calls;

	chart_init(&calls);
	chart_add(&calls, MP_KIND_CPU, "main;work;fib;fib;fib", 3, 500);
	chart_add(&calls, MP_KIND_CPU, "main;work;fib", 1, 200);
	chart_add(&calls, MP_KIND_BLOCKED, "main;work;read", 2, 250);
	chart_add(&calls, MP_KIND_UNSAMPLED, "", 0, 50);
	*state = &calls;
	return 0;
}

static int finish(void **state)
{
	mp_calls_release(*state);
	return 0;
}

#define MAIN  "     0 ns   0.0 %     950 ns  95.0 %        6  main\n"
#define WORK  "     0 ns   0.0 %     950 ns  95.0 %        6  work\n"
#define FIB   "   700 ns  70.0 %     700 ns  70.0 %        4  fib\n"
#define READ  "   250 ns  25.0 %     250 ns  25.0 %        2  read\n"
#define OTHER "    50 ns   5.0 %      50 ns   5.0 %        0  [unsampled]\n"

static struct sort_case {
	const char *name;
	enum mp_view_sort sort;
	const char *want;
} sort_cases[] = {
	{ "by self", MP_VIEW_BY_SELF, HEAD FIB READ OTHER MAIN WORK },
	{ "by total", MP_VIEW_BY_TOTAL, HEAD MAIN WORK FIB READ OTHER },
	{ "by samples", MP_VIEW_BY_SAMPLES, HEAD MAIN WORK FIB READ OTHER },
	{ "by name", MP_VIEW_BY_NAME, HEAD OTHER FIB MAIN READ WORK },
};

static void test_functions_are_sorted(void **state)
{
	const struct sort_case *s = *state;
	struct mp_view_style style = { .sort = s->sort };
	void *calls;

	begin(&calls);
	assert_shown(mp_show_functions, calls, &style, s->want);
	finish(&calls);
}

static void test_the_rest_is_summed_up(void **state)
{
	const struct mp_view_style style = { .count = 1 };

	assert_shown(mp_show_functions, *state, &style,
		     HEAD FIB "   300 ns  30.0 %  in 4 more\n");
}

static void test_only_what_matches_is_listed(void **state)
{
	struct mp_view_style style = { 0 };
	regex_t regex;

	assert_int_equal(regcomp(&regex, "^(ma|re)", REG_EXTENDED), 0);
	style.match = &regex;
	assert_shown(mp_show_functions, *state, &style, HEAD READ MAIN);
	regfree(&regex);
}

static void test_names_fit_the_terminal(void **state)
{
	const struct mp_view_style style = { .width = 70, .count = 1 };
	struct mp_calls *c = *state;

	chart_add(c, MP_KIND_CPU, "a_function_with_quite_a_long_name", 9, 9000);
	assert_shown(mp_show_functions, c, &style,
		     HEAD "     9 us  90.0 %       9 us  90.0 %        9  "
			  "a_function_with_quite_~\n"
			  "     1 us  10.0 %  in 5 more\n");
}

#define FIXED 3

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, begin, finish)
	struct CMUnitTest tests[FIXED + ARRAY_SIZE(sort_cases)] = {
		TEST(test_the_rest_is_summed_up),
		TEST(test_only_what_matches_is_listed),
		TEST(test_names_fit_the_terminal),
	};

	for (size_t i = 0; i < ARRAY_SIZE(sort_cases); i++)
		tests[FIXED + i] = (struct CMUnitTest){
			.name = sort_cases[i].name,
			.test_func = test_functions_are_sorted,
			.initial_state = &sort_cases[i],
		};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
