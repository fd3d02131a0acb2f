/* group: what is not told apart adds up, and nothing is lost. */

#include "test.h"

#include "view/chart.h"
#include "view/folded.h"
#include "view/group.h"
#include "view/shown.h"

static uint32_t place(struct mp_calls *c, const char *name, const char *object,
		      uint32_t line, uint64_t address, bool inlined)
{
	struct mp_function f = { .name = name, .object = object };

	return mp_calls_place(c, &(struct mp_place){ mp_calls_function(c, &f),
						     line, address, inlined });
}

static void add(struct mp_calls *c, uint32_t a, uint32_t b, uint32_t d,
		uint64_t value)
{
	uint32_t places[] = { a, b, d };

	mp_calls_stack(c, &(struct mp_stack){ .places = places,
					      .depth = 3,
					      .samples = 1,
					      .value = value });
}

static int begin(void **state)
{
	static struct mp_calls calls;
	struct mp_calls *c = &calls;
	uint32_t main_1, main_2, work, copy_1, copy_2;

	chart_init(c);
	main_1 = place(c, "main", "/bin/app", 10, 0x1000, false);
	main_2 = place(c, "main", "/bin/app", 10, 0x1008, false);
	work = place(c, "work", "/bin/app", 20, 0x1008, true);
	copy_1 = place(c, "copy", "/lib/libc.so.6", 30, 0x50, true);
	copy_2 = place(c, "copy", "/lib/libc.so.6", 31, 0x50, false);
	add(c, main_1, work, copy_1, 1);
	add(c, main_2, work, copy_1, 2);
	add(c, main_2, work, copy_2, 4);
	chart_add(c, MP_KIND_UNSAMPLED, "", 0, 8);
	mp_calls_note(c,
		      &(struct mp_view_note){ "sql", "x", 1, 2, &work, 1, 0 });
	mp_calls_reading(c, "peak", 5);
	mp_calls_degraded(c, "no perf");
	mp_calls_warn(c, "no %s", "names");
	mp_calls_object(c, "/bin/app", "ab12");
	c->head.page_id = "Page:index";
	c->head.samples = 3;
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

static void assert_folded(const struct mp_calls *c, const char *want)
{
	char *text = shown(write_folded, c, NULL);

	assert_string_equal(text, want);
	free(text);
}

static void assert_all_there(const struct mp_calls *c)
{
	assert_int_equal(c->total, 15);
	assert_int_equal(c->by_kind[MP_KIND_UNSAMPLED], 8);
	assert_int_equal(c->head.samples, 3);
	assert_string_equal(c->head.page_id, "Page:index");
	assert_int_equal(c->page_count, 1);
	assert_string_equal(c->pages[0].id, "Page:index");
	assert_int_equal(c->note_count, 1);
	assert_int_equal(c->notes[0].depth, 1);
	assert_int_equal(c->reading_count, 1);
	assert_string_equal(c->degraded[0], "no perf");
	assert_string_equal(c->warnings[0], "no names");
	assert_string_equal(c->objects[0].build_id, "ab12");
	for (size_t i = 0; i < c->place_count; i++)
		assert_int_equal(c->places[i].address, 0);
}

static void test_functions(void **state)
{
	struct mp_calls by;

	assert_int_equal(mp_calls_group(*state, MP_GROUP_FUNCTION, &by), 0);
	assert_folded(&by, "main;work;copy 7\n[unsampled] 8\n");
	assert_all_there(&by);
	assert_int_equal(by.place_count, 4);
	assert_true(by.places[1].inlined);
	assert_false(by.places[2].inlined);
	mp_calls_release(&by);
}

static void test_lines(void **state)
{
	struct mp_calls by;

	assert_int_equal(mp_calls_group(*state, MP_GROUP_LINE, &by), 0);
	assert_folded(&by, "main:10;work:20;copy:30 3\n"
			   "main:10;work:20;copy:31 4\n[unsampled] 8\n");
	assert_all_there(&by);
	mp_calls_release(&by);
}

static void test_objects(void **state)
{
	struct mp_calls by;

	assert_int_equal(mp_calls_group(*state, MP_GROUP_OBJECT, &by), 0);
	assert_folded(&by, "app;libc.so.6 7\n[unsampled] 8\n");
	assert_all_there(&by);
	assert_string_equal(by.functions[0].object, "/bin/app");
	mp_calls_release(&by);
}

/* The copy lives on its own. */
static void test_nothing_is_shared(void **state)
{
	struct mp_calls by, again;

	assert_int_equal(mp_calls_group(*state, MP_GROUP_LINE, &by), 0);
	assert_int_equal(mp_calls_group(&by, MP_GROUP_FUNCTION, &again), 0);
	mp_calls_release(&by);
	assert_folded(&again, "main;work;copy 7\n[unsampled] 8\n");
	assert_all_there(&again);
	mp_calls_release(&again);
}

static void test_names_are_not_taken_for_frames(void **state)
{
	struct mp_calls *c = *state;

	mp_calls_release(c);
	chart_init(c);
	place(c, "first", "", 0, 0, false);
	add(c, place(c, "a;b\nc d", "", 0, 0, false), 0, 0, 1);
	mp_calls_stack(c, &(struct mp_stack){ .places = (uint32_t[]){ 0 },
					      .depth = 1,
					      .kind = MP_KIND_BLOCKED,
					      .value = 3 });
	mp_calls_stack(c, &(struct mp_stack){ .places = (uint32_t[]){ 0 },
					      .depth = 1 });
	assert_folded(c, "a:b%0Ac d;first;first 1\nfirst;[blocked] 3\n");
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, begin, finish)
	const struct CMUnitTest tests[] = {
		TEST(test_functions),
		TEST(test_lines),
		TEST(test_objects),
		TEST(test_nothing_is_shared),
		TEST(test_names_are_not_taken_for_frames),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
