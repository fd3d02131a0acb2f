/* calls: equal things are one, sums are right, and the first error sticks. */

#include "test.h"

#include "core/record.h"
#include "view/chart.h"

#include <errno.h>
#include <stdio.h>

static void test_equal_texts_are_one(void **state)
{
	struct mp_calls *c = *state;
	const char *a = mp_calls_text(c, "abcd", 3);

	assert_string_equal(a, "abc");
	assert_ptr_equal(mp_calls_text(c, "abc", 3), a);
	assert_ptr_not_equal(mp_calls_text(c, "ab", 2), a);
	assert_string_equal(mp_calls_text(c, "a\0b", 3), "a");
	assert_string_equal(mp_calls_text(c, "", 0), "");
}

static void test_functions_differ_by_each_member(void **state)
{
	struct mp_calls *c = *state;
	const struct mp_function f[] = {
		{ "f", "_f", "/bin/a", "f.c", 1 },
		{ "g", "_f", "/bin/a", "f.c", 1 },
		{ "f", "_g", "/bin/a", "f.c", 1 },
		{ "f", "_f", "/bin/b", "f.c", 1 },
		{ "f", "_f", "/bin/a", "g.c", 1 },
		{ "f", "_f", "/bin/a", "f.c", 2 },
	};

	for (uint32_t round = 0; round < 2; round++)
		for (uint32_t i = 0; i < ARRAY_SIZE(f); i++)
			assert_int_equal(mp_calls_function(c, &f[i]), i);
	assert_int_equal(c->function_count, ARRAY_SIZE(f));
	assert_string_equal(c->functions[2].linkage, "_g");
}

static void test_functions_lack_what_is_not_known(void **state)
{
	struct mp_calls *c = *state;
	uint32_t at =
		mp_calls_function(c, &(struct mp_function){ .name = "f" });

	assert_string_equal(c->functions[at].linkage, "f");
	assert_string_equal(c->functions[at].object, "");
	assert_string_equal(c->functions[at].file, "");
}

static void test_objects_have_the_build_that_was_told(void **state)
{
	struct mp_calls *c = *state;

	chart_place(c, "main");
	assert_int_equal(c->object_count, 1);
	assert_string_equal(c->objects[0].path, "/bin/app");
	assert_string_equal(c->objects[0].build_id, "");
	for (int round = 0; round < 2; round++)
		mp_calls_object(c, "/bin/app", "1a2b");
	mp_calls_object(c, "/bin/app", "");
	assert_string_equal(c->objects[0].build_id, "1a2b");
	mp_calls_object(c, "/lib/other", "1a2b");
	assert_int_equal(c->object_count, 2);
	assert_string_equal(c->objects[1].build_id, "1a2b");
	mp_calls_object(c, "", "1a2b");
	assert_int_equal(c->object_count, 2);
	assert_int_equal(mp_calls_object_of(c, 0), 0);
	mp_calls_function(c, &(struct mp_function){ .name = "nowhere" });
	assert_int_equal(mp_calls_object_of(c, 1), MP_INDEX_NONE);
}

static void test_several_builds_of_an_object_are_no_build(void **state)
{
	struct mp_calls *c = *state;

	mp_calls_object(c, "/bin/app", "1a2b");
	mp_calls_object(c, "/bin/app", "3c4d");
	assert_string_equal(c->objects[0].build_id, "");
	mp_calls_object(c, "/bin/app", "1a2b");
	assert_string_equal(c->objects[0].build_id, "");
	assert_int_equal(c->object_count, 1);
}

static void test_places_differ_by_each_member(void **state)
{
	struct mp_calls *c = *state;
	const struct mp_place p[] = {
		{ 1, 2, 3, false }, { 4, 2, 3, false }, { 1, 4, 3, false },
		{ 1, 2, 4, false }, { 1, 2, 3, true },
	};

	for (uint32_t round = 0; round < 2; round++)
		for (uint32_t i = 0; i < ARRAY_SIZE(p); i++)
			assert_int_equal(mp_calls_place(c, &p[i]), i);
	assert_int_equal(c->place_count, ARRAY_SIZE(p));
}

static void test_equal_stacks_add_up(void **state)
{
	struct mp_calls *c = *state;

	chart_add(c, MP_KIND_CPU, "main;work", 1, 10);
	chart_add(c, MP_KIND_CPU, "main", 1, 5);
	chart_add(c, MP_KIND_BLOCKED, "main;work", 1, 7);
	chart_add(c, MP_KIND_CPU, "main;work", 2, 20);
	assert_int_equal(c->stack_count, 3);
	assert_int_equal(c->stacks[0].samples, 3);
	assert_int_equal(c->stacks[0].value, 30);
	assert_int_equal(c->total, 42);
	assert_int_equal(c->by_kind[MP_KIND_CPU], 35);
	assert_int_equal(c->by_kind[MP_KIND_BLOCKED], 7);
}

static void test_stacks_of_other_pages_are_others(void **state)
{
	struct mp_calls *c = *state;
	uint32_t place = chart_place(c, "main");
	struct mp_stack s = { &place, 1, 0, MP_KIND_CPU, 1, 1 };

	mp_calls_stack(c, &s);
	s.page = mp_calls_page(c, &(struct mp_view_page){ .id = "b" });
	mp_calls_stack(c, &s);
	assert_int_equal(c->stack_count, 2);
	assert_int_equal(c->stacks[1].page, 1);
}

static void test_no_stack_says_what_is_not_known(void **state)
{
	struct mp_calls *c = *state;
	const struct mp_function *f;

	chart_add(c, MP_KIND_UNSAMPLED, "", 0, 3);
	chart_add(c, MP_KIND_CPU, "", 1, 4);
	assert_int_equal(c->stacks[0].depth, 1);
	f = &c->functions[c->places[c->stacks[0].places[0]].function];
	assert_string_equal(f->name, MP_CALLS_UNSAMPLED);
	f = &c->functions[c->places[c->stacks[1].places[0]].function];
	assert_string_equal(f->name, MP_CALLS_UNKNOWN);
	chart_add(c, MP_KIND_QUEUED, "", 1, 5);
	f = &c->functions[c->places[c->stacks[2].places[0]].function];
	assert_string_equal(f->name, MP_CALLS_QUEUED);
}

static void test_pages_add_up(void **state)
{
	struct mp_calls *c = *state;
	uint32_t at;

	at = mp_calls_page(c, &(struct mp_view_page){ "Page:index", 2, 5, 7 });
	assert_int_equal(at, 0);
	assert_int_equal(c->pages[0].requests, 3);
	assert_int_equal(c->pages[0].duration_ns, 105);
	assert_int_equal(c->pages[0].cpu_ns, 107);
	mp_calls_page(c, &(struct mp_view_page){ "Page:index", 2, MP_UNKNOWN,
						 MP_UNKNOWN });
	mp_calls_page(c, &(struct mp_view_page){ "Page:index", 2, 1, 1 });
	assert_true(c->pages[0].duration_ns == MP_UNKNOWN);
	assert_true(c->pages[0].cpu_ns == MP_UNKNOWN);
	assert_int_equal(c->page_count, 1);
}

static void test_sentences_are_said_once(void **state)
{
	struct mp_calls *c = *state;

	for (int i = 0; i < 4; i++) {
		mp_calls_warn(c, "changed: %d", i / 2);
		mp_calls_degraded(c, i < 3 ? "no timer" : "no perf");
	}
	assert_int_equal(c->warning_count, 2);
	assert_string_equal(c->warnings[1], "changed: 1");
	assert_int_equal(c->degraded_count, 2);
}

static void test_notes_and_readings_are_kept_in_order(void **state)
{
	struct mp_calls *c = *state;
	uint32_t place = chart_place(c, "query");
	struct mp_view_note n = { "sql", "SELECT 1", 1, 2, &place, 1, 0 };

	mp_calls_note(c, &n);
	n.depth = 0;
	n.text = "SELECT 2";
	mp_calls_note(c, &n);
	mp_calls_reading(c, "peak", 4096);
	place = UINT32_MAX;
	assert_int_equal(c->note_count, 2);
	assert_int_equal(c->notes[0].places[0], 0);
	assert_string_equal(c->notes[1].text, "SELECT 2");
	assert_string_equal(c->readings[0].name, "peak");
	assert_int_equal(c->readings[0].value, 4096);
}

static void test_too_large_a_sum_sticks(void **state)
{
	struct mp_calls *c = *state;

	chart_add(c, MP_KIND_CPU, "main", 1, UINT64_MAX);
	assert_int_equal(mp_calls_error(c), 0);
	chart_add(c, MP_KIND_CPU, "main", 1, 1);
	assert_int_equal(mp_calls_error(c), -EOVERFLOW);
	chart_add(c, MP_KIND_CPU, "late", 1, 1);
	assert_int_equal(mp_calls_error(c), -EOVERFLOW);
	assert_int_equal(c->stack_count, 1);
}

static void test_too_many_samples_stick(void **state)
{
	struct mp_calls *c = *state;

	chart_add(c, MP_KIND_CPU, "main", UINT64_MAX, 1);
	assert_true(c->samples == UINT64_MAX);
	assert_int_equal(mp_calls_error(c), 0);
	chart_add(c, MP_KIND_CPU, "late", 1, 1);
	assert_int_equal(mp_calls_error(c), -EOVERFLOW);
}

static void test_thousands_are_found_again(void **state)
{
	struct mp_calls *c = *state;
	char name[32];

	for (int round = 0; round < 2; round++)
		for (int i = 0; i < 5000; i++) {
			snprintf(name, sizeof(name), "main;f%d", i);
			chart_add(c, MP_KIND_CPU, name, 1, 1);
		}
	assert_int_equal(c->stack_count, 5000);
	assert_int_equal(c->function_count, 5001);
	for (int i = 0; i < 5000; i++)
		assert_int_equal(c->stacks[i].value, 2);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, chart_begin, chart_finish)
	const struct CMUnitTest tests[] = {
		TEST(test_equal_texts_are_one),
		TEST(test_functions_differ_by_each_member),
		TEST(test_functions_lack_what_is_not_known),
		TEST(test_objects_have_the_build_that_was_told),
		TEST(test_several_builds_of_an_object_are_no_build),
		TEST(test_places_differ_by_each_member),
		TEST(test_equal_stacks_add_up),
		TEST(test_stacks_of_other_pages_are_others),
		TEST(test_no_stack_says_what_is_not_known),
		TEST(test_pages_add_up),
		TEST(test_sentences_are_said_once),
		TEST(test_notes_and_readings_are_kept_in_order),
		TEST(test_too_large_a_sum_sticks),
		TEST(test_too_many_samples_stick),
		TEST(test_thousands_are_found_again),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
