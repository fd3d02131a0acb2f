/* webpage: a page that allows nothing but itself, whatever the names are, and
   of too much shows what took most. */

#include "view/drawn.h"

#include "view/webpage.h"

/* It is read as a browser would; who calls this frees what it returns. */
static char *page(const struct mp_calls *c, const char *functions)
{
	char *text = drawn(mp_write_html, c), command[256];
	FILE *reader;

	sprintf(command, "python3 tests/view/readpage.py %s", functions);
	reader = popen(command, "w");
	assert_non_null(reader);
	fputs(text, reader);
	assert_int_equal(pclose(reader), 0);
	return text;
}

static void test_a_page_has_what_was_profiled(void **state)
{
	struct mp_calls *c = *state;
	char *text;

	c->head.began_us = INT64_C(1795223523123456);
	c->head.exe = "/srv/app";
	c->head.duration_ns = 12000;
	chart_add(c, MP_KIND_CPU, "main;work;leaf", 3, 3000);
	chart_add(c, MP_KIND_CPU, "main;work", 2, 2000);
	chart_add(c, MP_KIND_UNSAMPLED, "", 7, 7000);
	text = page(c, "main work leaf '[unsampled]'");
	assert_non_null(strstr(text, "<h1><bdi>Page:index</bdi></h1>"));
	assert_non_null(strstr(text, "12 us of CPU time, 12 samples"));
	assert_non_null(strstr(
		text, "<dt>Began</dt><dd><bdi>2026-11-21 01:12:03 UTC</bdi>"));
	assert_non_null(strstr(text, "<dt>Program</dt><dd><bdi>/srv/app<"));
	assert_non_null(strstr(text, "<dt>Not sampled</dt><dd>7 us</dd>"));
	assert_null(strstr(text, "<dt>Thread</dt>"));
	assert_null(strstr(text, "<h2>Notes</h2>"));
	assert_null(strstr(text, "class=\"care\""));
	assert_null(strstr(text, ">Self blocked</th>"));
	assert_int_equal(count_of(text, " aria-sort=\"descending\">Self</th>"),
			 1);
	/* Without its scripts it has boxes: all, and one for each call. */
	assert_int_equal(count_of(text, "<svg class=\"call\""), 5);
	free(text);
}

static void test_what_is_missing_is_said(void **state)
{
	struct mp_calls *c = *state;
	char *text;

	chart_add(c, MP_KIND_BLOCKED, "main;read", 1, 1);
	mp_calls_degraded(c, "no <perf> here");
	mp_calls_warn(c, "%s has changed", "/bin/app");
	c->head.lost = 3;
	c->left_out = 1500000;
	c->head.cut = 4;
	c->head.notes_dropped = 5;
	text = page(c, "main read");
	assert_non_null(strstr(text, "<ul class=\"care\">\n"
				     "<li>1.50 ms were left out by a "
				     "filter.</li>\n"
				     "<li>no &lt;perf&gt; here</li>\n"
				     "<li>/bin/app has changed</li>\n"
				     "<li>3 samples were lost.</li>\n"
				     "<li>4 stacks were too deep and lack "
				     "their roots.</li>\n"
				     "<li>5 notes were dropped.</li>\n</ul>"));
	assert_non_null(strstr(text, ">Self blocked</th>"));
	free(text);
}

static void test_notes_are_told_with_their_times(void **state)
{
	struct mp_calls *c = *state;
	uint32_t from = chart_place(c, "query<T>");
	struct mp_view_note n = { .kind = "sql",
				  .text = "SELECT '<'",
				  .start_ns = 1000,
				  .end_ns = 3000,
				  .places = &from,
				  .depth = 1 };
	char *text;

	for (int i = 0; i < 25; i++)
		mp_calls_note(c, &n);
	text = page(c, "");
	assert_non_null(strstr(
		text, "<b><bdi>sql</bdi></b> <code><bdi>SELECT "
		      "&#39;&lt;&#39;</bdi></code> <small class=\"dim\">from "
		      "<bdi>query&lt;T&gt;</bdi></small>"));
	assert_non_null(strstr(text, "<td data-h=\"Times\" data-v=\"25\">25<"));
	assert_non_null(
		strstr(text, "<td data-h=\"Total\" data-v=\"50000\">50 us<"));
	assert_int_equal(count_of(text, "<span>1 us (2 us)</span>"), 20);
	assert_non_null(strstr(text, " and 5 more</td>"));
	free(text);
}

static void test_readings_are_sizes(void **state)
{
	struct mp_calls *c = *state;
	char *text;

	mp_calls_reading(c, "peak", 3 << 20);
	mp_calls_reading(c, "rss_delta", -4096);
	mp_calls_reading(c, "overlap", 2);
	mp_calls_reading(c, "freed", MP_UNKNOWN);
	text = drawn(mp_write_html, c);
	assert_non_null(strstr(text, "<dt>peak</dt><dd>3.00 MiB</dd>"));
	assert_non_null(strstr(text, "<dt>rss_delta</dt><dd>-4.00 KiB</dd>"));
	assert_non_null(strstr(text, "<dt>overlap</dt><dd>2</dd>"));
	assert_null(strstr(text, "freed"));
	free(text);
}

static void test_no_name_is_markup(void **state)
{
	struct mp_calls *c = *state;
	char *text;

	add_hostile(c);
	mp_calls_degraded(c, hostile[0]);
	mp_calls_warn(c, "%s", hostile[1]);
	mp_calls_reading(c, "peak", 7);
	c->head.exe = c->head.host = c->head.oops_id = hostile[0];
	text = page(c, "'</script><script>hacked=1</script>' '%FF%C0%AF%ED%A0"
		       "%80' '%E2%80%AEgnp.exe'");
	assert_null(strstr(text, "<script>hacked"));
	free(text);
}

/* 100,000 stacks, each in a function of its own. */
static void test_too_much_is_folded(void **state)
{
	struct mp_calls *c = *state;
	char name[64], *text;

	for (int i = 0; i < 100000; i++) {
		sprintf(name, "main;f%d;g%d;h", i % 300, i);
		chart_add(c, MP_KIND_CPU, name, 1, 1000 + (uint64_t)i);
	}
	text = page(c, "main g99999");
	assert_non_null(strstr(text, "The 29999 calls that took most can be "
				     "seen; 170302 smaller ones are folded"));
	assert_non_null(strstr(text, "and 99302 more functions."));
	assert_true(strlen(text) < 6 << 20);
	free(text);
}

static void test_nothing_is_a_page(void **state)
{
	free(page(*state, ""));
}

int main(void)
{
#define TEST(name) \
	cmocka_unit_test_setup_teardown(name, chart_begin, chart_finish)
	const struct CMUnitTest tests[] = {
		TEST(test_a_page_has_what_was_profiled),
		TEST(test_what_is_missing_is_said),
		TEST(test_notes_are_told_with_their_times),
		TEST(test_readings_are_sizes),
		TEST(test_no_name_is_markup),
		TEST(test_too_much_is_folded),
		TEST(test_nothing_is_a_page),
	};

	return cmocka_run_group_tests_name("webpage", tests, NULL, NULL);
}
