/* calldiff: what grew and what shrank, for each request. */

#include "test.h"

#include "view/calldiff.h"
#include "view/chart.h"
#include "view/shown.h"

struct world {
	struct mp_calls before, after;
};

static const struct mp_view_style plain = { 0 };

/* Ten requests of 1 ms, then twenty of 1.5 ms, each in samples of 10 us. */
static int begin(void **state)
{
	static struct world w;

	chart_init(&w.before);
	chart_init(&w.after);
	w.before.head.page_id = w.after.head.page_id = "Cart:add";
	w.before.head.requests = 10;
	w.after.head.requests = 20;
	chart_add(&w.before, MP_KIND_CPU, "main;parse", 600, 6000000);
	chart_add(&w.before, MP_KIND_CPU, "main;log", 300, 3000000);
	chart_add(&w.before, MP_KIND_CPU, "main;old", 100, 1000000);
	chart_add(&w.after, MP_KIND_CPU, "main;parse", 2200, 22000000);
	chart_add(&w.after, MP_KIND_CPU, "main;log", 610, 6100000);
	chart_add(&w.after, MP_KIND_CPU, "main;new", 190, 1900000);
	*state = &w;
	return 0;
}

static int finish(void **state)
{
	struct world *w = *state;

	mp_calls_release(&w->before);
	mp_calls_release(&w->after);
	return 0;
}

static int show_functions(FILE *out, const struct mp_calls *c,
			  const struct mp_view_style *style)
{
	const struct world *w = (const void *)c;
	struct mp_calldiff d;

	assert_int_equal(mp_calldiff_build(&w->before, &w->after, &d), 0);
	assert_int_equal(mp_show_functiondiff(out, &d, style), 0);
	mp_calldiff_release(&d);
	return 0;
}

static int show_tree(FILE *out, const struct mp_calls *c,
		     const struct mp_view_style *style)
{
	const struct world *w = (const void *)c;
	struct mp_calldiff d;

	assert_int_equal(mp_calldiff_build(&w->before, &w->after, &d), 0);
	assert_int_equal(mp_show_treediff(out, &d, style), 0);
	mp_calldiff_release(&d);
	return 0;
}

#define HEAD  "   before      after     change            "
#define PARSE "   600 us    1.10 ms    +500 us   +83.3 %   "
#define OLD   "   100 us       0 ns    -100 us      gone   "
#define NEW   "     0 ns      95 us     +95 us       new   "
#define LOG   "   300 us     305 us      +5 us    +1.7 % ~ "

static void test_functions_are_compared(void **state)
{
	struct world *w = *state;

	assert_shown(show_functions, &w->before, &plain,
		     HEAD "function, by itself\n" PARSE "parse\n" OLD
			  "old\n" NEW "new\n" LOG "log\n");
}

static void test_functions_are_compared_with_their_calls(void **state)
{
	const struct mp_view_style style = { .sort = MP_VIEW_BY_TOTAL,
					     .count = 3 };
	struct world *w = *state;

	assert_shown(show_functions, &w->before, &style,
		     HEAD
		     "function, with its calls\n"
		     "  1.00 ms    1.50 ms    +500 us   +50.0 %   main\n" PARSE
		     "parse\n" OLD "old\n2 more changed less\n");
}

static void test_functions_are_chosen(void **state)
{
	struct mp_view_style style = { .sort = MP_VIEW_BY_NAME };
	struct world *w = *state;
	regex_t regex;

	assert_int_equal(regcomp(&regex, "[lo]", REG_EXTENDED), 0);
	style.match = &regex;
	assert_shown(show_functions, &w->before, &style,
		     HEAD "function, by itself\n" LOG "log\n" OLD "old\n");
	regfree(&regex);
}

static void test_calls_are_compared(void **state)
{
	struct world *w = *state;

	chart_add(&w->before, MP_KIND_CPU, "boot;parse", 10, 100000);
	chart_add(&w->after, MP_KIND_CPU, "main;log;flush", 1, 10000);
	assert_shown(show_tree, &w->before, &plain,
		     HEAD
		     "call\n"
		     "  1.01 ms    1.50 ms    +491 us   +48.6 %   [all]\n"
		     "  1.00 ms    1.50 ms    +501 us   +50.0 %   main\n" PARSE
		     "├─ parse\n" OLD "├─ old\n" NEW "└─ new\n");
}

static void test_the_heading_says_what_was_compared(void **state)
{
	struct world *w = *state;
	char *text;

	w->before.head.samples = 1000;
	w->after.head.samples = 1;
	w->before.head.wall = w->after.head.wall = true;
	w->after.head.page_id = "";
	text = shown(show_functions, &w->before, &plain);
	assert_ptr_equal(
		strstr(text,
		       "before  Cart:add: 1.00 ms of wall time for each of 10 "
		       "requests; 1000 samples\n"
		       "after   several pages: 1.50 ms of wall time for each "
		       "of 20 requests; 1 sample\n"
		       "~ marks"),
		text);
	free(text);
}

/* Then sums are all that there is, and that is said. */
static void test_unknown_numbers_of_requests_divide_nothing(void **state)
{
	const struct mp_view_style one = { .count = 1 };
	struct world *w = *state;
	char *text;

	w->before.head.requests = 0;
	text = shown(show_functions, &w->before, &one);
	assert_non_null(strstr(text, "\ntimes are sums: "));
	assert_non_null(strstr(text, "  6.00 ms   22.00 ms  +16.00 ms  "
				     "+266.7 %   parse\n"));
	assert_null(strstr(text, "for each"));
	free(text);
}

/* A new build: other lines, another folder, another address. */
static void test_functions_are_found_again(void **state)
{
	const char *objects[] = { "/old/app", "/new/app" };
	struct world *w = *state;
	struct mp_calls *sides[] = { &w->before, &w->after };
	struct mp_calldiff d;

	for (uint32_t i = 0; i < MP_SIDES; i++) {
		struct mp_function f = { .name = "moved",
					 .object = objects[i],
					 .file = "f.c",
					 .line = i };
		struct mp_place p = {
			.function = mp_calls_function(sides[i], &f),
			.line = i,
			.address = i,
		};
		uint32_t place = mp_calls_place(sides[i], &p);

		mp_calls_stack(sides[i], &(struct mp_stack){ .places = &place,
							     .depth = 1,
							     .value = 1 });
	}
	assert_int_equal(mp_calldiff_build(&w->before, &w->after, &d), 0);
	/* main, parse, log, old, moved, new */
	assert_int_equal(d.both.function_count, 6);
	mp_calldiff_release(&d);
}

static void test_colours_tell_growth(void **state)
{
	const struct mp_view_style style = { .colour = true };
	struct world *w = *state;
	char *text = shown(show_functions, &w->before, &style);

	assert_non_null(strstr(text, "\033[31m    +500 us   +83.3 %\033[0m"));
	assert_non_null(strstr(text, "\033[32m    -100 us      gone\033[0m"));
	assert_non_null(strstr(text, "\033[2m      +5 us    +1.7 %\033[0m"));
	free(text);
}

static void test_names_fit_the_terminal(void **state)
{
	const struct mp_view_style style = { .width = 68, .count = 1 };
	struct world *w = *state;

	chart_add(&w->after, MP_KIND_CPU, "a_function_with_a_rather_long_name",
		  9000, 90000000);
	assert_shown(show_functions, &w->before, &style,
		     HEAD "function, by itself\n"
			  "     0 ns    4.50 ms   +4.50 ms       new   "
			  "a_function_with_a_rathe~\n4 more changed less\n");
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, begin, finish)
	const struct CMUnitTest tests[] = {
		TEST(test_functions_are_compared),
		TEST(test_functions_are_compared_with_their_calls),
		TEST(test_functions_are_chosen),
		TEST(test_calls_are_compared),
		TEST(test_the_heading_says_what_was_compared),
		TEST(test_unknown_numbers_of_requests_divide_nothing),
		TEST(test_functions_are_found_again),
		TEST(test_colours_tell_growth),
		TEST(test_names_fit_the_terminal),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
