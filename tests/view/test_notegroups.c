/* notegroups: equal calls from one place are one, what took most first. */

#include "test.h"

#include "view/chart.h"
#include "view/notegroups.h"

#include <stdio.h>

static void add(struct mp_calls *c, const char *kind, const char *text,
		const char *caller, int64_t start, int64_t end)
{
	uint32_t place = caller ? chart_place(c, caller) : 0;

	mp_calls_note(c, &(struct mp_view_note){ .kind = kind,
						 .text = text,
						 .start_ns = start,
						 .end_ns = end,
						 .places = &place,
						 .depth = caller ? 1 : 0 });
}

/* `text*count:total/slowest@starts` of each group. */
static void assert_groups(const struct mp_calls *c, const char *want)
{
	char text[1024] = "", *p = text;
	struct mp_notegroups g;

	assert_int_equal(mp_notegroups_build(c, &g), 0);
	for (size_t i = 0; i < g.count; i++) {
		const struct mp_notegroup *group = &g.groups[i];

		p += sprintf(p, "%s%s*%d:%d/%d", i > 0 ? " " : "",
			     c->notes[group->notes[0]].text, (int)group->count,
			     (int)group->total_ns, (int)group->slowest_ns);
		for (size_t j = 0; j < group->count; j++)
			p += sprintf(p, "@%d",
				     (int)c->notes[group->notes[j]].start_ns);
	}
	assert_string_equal(text, want);
	mp_notegroups_release(&g);
	mp_notegroups_release(&g);
}

static void test_repeated_ones_are_one(void **state)
{
	struct mp_calls *c = *state;

	add(c, "sql", "a", "f", 30, 35);
	add(c, "sql", "b", "f", 10, 21);
	add(c, "sql", "a", "f", 0, 7);
	add(c, "sql", "a", "f", 20, 21);
	assert_groups(c, "a*3:13/7@0@20@30 b*1:11/11@10");
}

static void test_callers_and_kinds_are_told_apart(void **state)
{
	struct mp_calls *c = *state;

	add(c, "sql", "a", "f", 0, 4);
	add(c, "sql", "a", "g", 0, 3);
	add(c, "http", "a", "f", 0, 2);
	add(c, "sql", "a", NULL, 0, 1);
	assert_groups(c, "a*1:4/4@0 a*1:3/3@0 a*1:2/2@0 a*1:1/1@0");
}

static void test_one_slow_call_is_before_many_quick_ones(void **state)
{
	struct mp_calls *c = *state;

	add(c, "sql", "quick", "f", 0, 2);
	add(c, "sql", "quick", "f", 2, 4);
	add(c, "sql", "slow", "f", 4, 54);
	assert_groups(c, "slow*1:50/50@4 quick*2:4/2@0@2");
}

static void test_of_equal_times_the_more_repeated_is_first(void **state)
{
	struct mp_calls *c = *state;

	add(c, "sql", "once", "f", 0, 4);
	add(c, "sql", "twice", "f", 0, 2);
	add(c, "sql", "twice", "f", 2, 4);
	add(c, "sql", "last", "f", 4, 8);
	assert_groups(c, "twice*2:4/2@0@2 once*1:4/4@0 last*1:4/4@4");
}

static void test_an_end_before_the_start_is_no_time(void **state)
{
	struct mp_calls *c = *state;

	add(c, "sql", "a", "f", 9, 4);
	add(c, "sql", "b", "f", -INT64_MAX, INT64_MAX);
	assert_int_equal(mp_notegroups_time(&c->notes[0]), 0);
	assert_true(mp_notegroups_time(&c->notes[1]) == UINT64_MAX - 1);
}

static void test_what_is_not_known_is_no_time(void **state)
{
	struct mp_calls *c = *state;

	add(c, "sql", "a", "f", MP_UNKNOWN, 5);
	add(c, "sql", "b", "f", 5, MP_UNKNOWN);
	assert_int_equal(mp_notegroups_time(&c->notes[0]), 0);
	assert_int_equal(mp_notegroups_time(&c->notes[1]), 0);
}

static void test_too_large_a_sum_is_the_largest(void **state)
{
	struct mp_calls *c = *state;
	struct mp_notegroups g;

	add(c, "sql", "a", "f", -INT64_MAX, INT64_MAX);
	add(c, "sql", "a", "f", 0, 7);
	assert_int_equal(mp_notegroups_build(c, &g), 0);
	assert_true(g.groups[0].total_ns == UINT64_MAX);
	mp_notegroups_release(&g);
}

static void test_nothing_has_no_groups(void **state)
{
	assert_groups(*state, "");
}

int main(void)
{
#define TEST(name) \
	cmocka_unit_test_setup_teardown(name, chart_begin, chart_finish)
	const struct CMUnitTest tests[] = {
		TEST(test_repeated_ones_are_one),
		TEST(test_callers_and_kinds_are_told_apart),
		TEST(test_one_slow_call_is_before_many_quick_ones),
		TEST(test_of_equal_times_the_more_repeated_is_first),
		TEST(test_an_end_before_the_start_is_no_time),
		TEST(test_what_is_not_known_is_no_time),
		TEST(test_too_large_a_sum_is_the_largest),
		TEST(test_nothing_has_no_groups),
	};

	return cmocka_run_group_tests_name("notegroups", tests, NULL, NULL);
}
