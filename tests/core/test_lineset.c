/* lineset: a line is found as often as it was added, and by its beginning only
   until then. */

#include "test.h"

#include "core/lineset.h"

#include <stdio.h>
#include <string.h>

static void add(struct mp_lineset *s, const char *line, uint32_t owner)
{
	assert_int_equal(mp_lineset_add(s, line, strlen(line), owner), 0);
}

static bool has(const struct mp_lineset *s, const char *line)
{
	return mp_lineset_has(s, line, strlen(line));
}

static bool find(struct mp_lineset *s, const char *line)
{
	return mp_lineset_find(s, line, strlen(line));
}

static bool has_beginning(const struct mp_lineset *s, const char *text)
{
	return mp_lineset_has_beginning(s, text, strlen(text));
}

static void test_an_empty_one_has_nothing(void **state)
{
	struct mp_lineset s;

	(void)state;
	mp_lineset_init(&s);
	assert_false(has(&s, "a\n"));
	assert_false(find(&s, "a\n"));
	assert_false(has_beginning(&s, ""));
	assert_int_equal(s.left, 0);
	mp_lineset_release(&s);
}

static void test_a_line_is_all_of_its_bytes(void **state)
{
	struct mp_lineset s;

	(void)state;
	mp_lineset_init(&s);
	add(&s, "one\n", 7);
	assert_true(has(&s, "one\n"));
	assert_false(has(&s, "one"));
	assert_false(has(&s, "one\n\n"));
	assert_false(has(&s, "onE\n"));
	assert_int_equal(s.lines[0].owner, 7);
	assert_memory_equal(mp_lineset_text(&s, &s.lines[0]), "one\n", 4);
	mp_lineset_release(&s);
}

static void test_each_of_two_alike_must_be_met(void **state)
{
	struct mp_lineset s;

	(void)state;
	mp_lineset_init(&s);
	add(&s, "a\n", 1);
	add(&s, "b\n", 2);
	add(&s, "a\n", 3);
	assert_int_equal(s.left, 3);
	assert_true(find(&s, "a\n"));
	assert_int_equal(s.left, 2);
	assert_true(find(&s, "a\n"));
	assert_int_equal(s.left, 1);
	assert_true(s.lines[0].found && s.lines[2].found && !s.lines[1].found);

	/* A third one in the log is nothing new. */
	assert_true(find(&s, "a\n"));
	assert_true(has(&s, "a\n"));
	assert_false(find(&s, "c\n"));
	assert_int_equal(s.left, 1);
	mp_lineset_release(&s);
}

static void test_a_beginning_is_shorter_than_its_line(void **state)
{
	struct mp_lineset s;

	(void)state;
	mp_lineset_init(&s);
	add(&s, "first\n", 1);
	add(&s, "second\n", 2);
	assert_true(has_beginning(&s, "f"));
	assert_true(has_beginning(&s, "second"));
	assert_false(has_beginning(&s, "second\n"));
	assert_false(has_beginning(&s, "second\nand"));
	assert_false(has_beginning(&s, "econd"));
	assert_false(has_beginning(&s, "third"));
	mp_lineset_release(&s);
}

/* Nobody is to complete it any more. */
static void test_what_was_found_has_no_beginning(void **state)
{
	struct mp_lineset s;

	(void)state;
	mp_lineset_init(&s);
	add(&s, "a line\n", 1);
	assert_true(find(&s, "a line\n"));
	assert_false(has_beginning(&s, "a "));
	add(&s, "a line\n", 2);
	assert_true(has_beginning(&s, "a "));
	mp_lineset_release(&s);
}

static void test_thousands_are_kept_as_it_grows(void **state)
{
	enum { LINES = 5000 };
	struct mp_lineset s;
	char line[32];

	(void)state;
	mp_lineset_init(&s);
	for (uint32_t i = 0; i < LINES; i++) {
		snprintf(line, sizeof(line), "line %u\n", i);
		add(&s, line, i);
	}
	for (uint32_t i = 0; i < LINES; i += 2) {
		snprintf(line, sizeof(line), "line %u\n", i);
		assert_true(find(&s, line));
	}
	assert_int_equal(s.left, LINES / 2);
	for (uint32_t i = 0; i < LINES; i++) {
		snprintf(line, sizeof(line), "line %u\n", i);
		assert_true(has(&s, line));
		assert_int_equal(s.lines[i].owner, i);
		assert_int_equal(s.lines[i].found, i % 2 == 0);
	}
	mp_lineset_release(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_an_empty_one_has_nothing),
		cmocka_unit_test(test_a_line_is_all_of_its_bytes),
		cmocka_unit_test(test_each_of_two_alike_must_be_met),
		cmocka_unit_test(test_a_beginning_is_shorter_than_its_line),
		cmocka_unit_test(test_what_was_found_has_no_beginning),
		cmocka_unit_test(test_thousands_are_kept_as_it_grows),
	};

	return cmocka_run_group_tests_name("lineset", tests, NULL, NULL);
}
