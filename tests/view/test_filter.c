/* filter: what is left is what was asked for, and the rest is told. */

#include "test.h"

#include "view/chart.h"
#include "view/filter.h"
#include "view/folded.h"
#include "view/shown.h"

static int begin(void **state)
{
	static struct mp_calls calls;
	struct mp_calls *c = &calls;
	uint32_t other, place;

	chart_init(c);
	chart_add(c, MP_KIND_CPU, "_start;__libc_start_main;main;work", 1, 1);
	chart_add(c, MP_KIND_CPU,
		  "clone3;libc.so.6+0x89134;serve;work;start_thread", 1, 2);
	chart_add(c, MP_KIND_CPU, "main;malloc", 1, 4);
	chart_add(c, MP_KIND_CPU, "_start", 1, 8);
	other = mp_calls_page(c,
			      &(struct mp_view_page){ "Cart:add", 2, 30, 20 });
	place = chart_place(c, "main");
	mp_calls_stack(
		c, &(struct mp_stack){ &place, 1, other, MP_KIND_CPU, 1, 16 });
	mp_calls_note(c, &(struct mp_view_note){ "sql", "x", 1, 2, &place, 1,
						 other });
	mp_calls_note(c,
		      &(struct mp_view_note){ "sql", "y", 1, 2, &place, 0, 0 });
	c->head.requests = 3;
	*state = c;
	return 0;
}

static int finish(void **state)
{
	mp_calls_release(*state);
	return 0;
}

static int write_folded(FILE *out, const struct mp_calls *c,
			const struct mp_view_style *style)
{
	(void)style;
	return mp_write_folded(out, c);
}

static void assert_filtered(const struct mp_calls *c,
			    const struct mp_filter *filter,
			    struct mp_calls *ret, const char *want)
{
	char *text;

	assert_int_equal(mp_calls_filter(c, filter, ret), 0);
	text = shown(write_folded, ret, NULL);
	assert_string_equal(text, want);
	free(text);
}

static void test_runtime_frames_are_stripped_at_the_root(void **state)
{
	const struct mp_filter none = { 0 };
	struct mp_calls some;

	assert_filtered(*state, &none, &some,
			"main;work 1\nserve;work;start_thread 2\n"
			"main;malloc 4\n_start 8\nmain 16\n");
	assert_int_equal(some.total, 31);
	assert_int_equal(some.left_out, 0);
	assert_int_equal(some.head.requests, 3);
	mp_calls_release(&some);
}

static void test_runtime_frames_are_kept_where_asked_for(void **state)
{
	const struct mp_filter keep = { .keep_runtime = true };
	struct mp_calls some;

	assert_filtered(*state, &keep, &some,
			"_start;__libc_start_main;main;work 1\n"
			"clone3;libc.so.6+0x89134;serve;work;start_thread 2\n"
			"main;malloc 4\n_start 8\nmain 16\n");
	mp_calls_release(&some);
}

static void test_focus_and_ignore(void **state)
{
	struct mp_filter filter = { 0 };
	regex_t focus, ignore;
	struct mp_calls some;

	assert_int_equal(regcomp(&focus, "^main$", REG_EXTENDED), 0);
	assert_int_equal(regcomp(&ignore, "alloc", REG_EXTENDED), 0);
	filter.focus = &focus;
	assert_filtered(*state, &filter, &some,
			"main;work 1\nmain;malloc 4\nmain 16\n");
	assert_int_equal(some.left_out, 10);
	mp_calls_release(&some);
	filter.ignore = &ignore;
	assert_filtered(*state, &filter, &some, "main;work 1\nmain 16\n");
	assert_int_equal(some.left_out, 14);
	mp_calls_release(&some);
	filter.focus = NULL;
	assert_filtered(*state, &filter, &some,
			"main;work 1\nserve;work;start_thread 2\n_start 8\n"
			"main 16\n");
	mp_calls_release(&some);
	regfree(&focus);
	regfree(&ignore);
}

static void test_other_pages_are_as_if_they_were_not(void **state)
{
	struct mp_filter filter = { 0 };
	struct mp_calls some;
	struct mp_glob glob;

	mp_glob_init(&glob, "Cart:*");
	filter.page = &glob;
	assert_filtered(*state, &filter, &some, "main 16\n");
	assert_int_equal(some.left_out, 0);
	assert_int_equal(some.page_count, 1);
	assert_int_equal(some.stacks[0].page, 0);
	assert_int_equal(some.head.requests, 2);
	assert_int_equal(some.head.duration_ns, 30);
	assert_int_equal(some.head.cpu_ns, 20);
	assert_int_equal(some.note_count, 1);
	assert_string_equal(some.notes[0].text, "x");
	assert_int_equal(some.notes[0].page, 0);
	assert_int_equal(some.notes[0].depth, 1);
	mp_calls_release(&some);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, begin, finish)
	const struct CMUnitTest tests[] = {
		TEST(test_runtime_frames_are_stripped_at_the_root),
		TEST(test_runtime_frames_are_kept_where_asked_for),
		TEST(test_focus_and_ignore),
		TEST(test_other_pages_are_as_if_they_were_not),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
