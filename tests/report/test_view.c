/* view: which lines count, under which name, and what they are counted by. */

#include "test.h"

#include "lines.h"
#include "report/view.h"

#include <errno.h>

#define NOON INT64_C(1795262400000000) /* 2026-11-21T12:00 */

static struct mp_view view;

static int set_up(void **state)
{
	(void)state;
	view = mp_view_all;
	return 0;
}

static void assert_text(struct mp_text got, const char *want)
{
	assert_int_equal(got.len, strlen(want));
	assert_memory_equal(got.p, want, got.len);
}

/* ---- what they are counted by ---- */

static struct key_case {
	const char *name;
	enum mp_view_by by;
	int64_t us, pid;
	const char *host, *want;
} key_cases[] = {
	{ "page", MP_VIEW_PAGE, 0, 7, "web1", "/a" },
	{ "oops", MP_VIEW_OOPS, 0, 7, "web1", "OOPS-1" },
	{ "host", MP_VIEW_HOST, 0, 7, "web1", "web1" },
	{ "host, in Launchpad's forms", MP_VIEW_HOST, 0, 7, "", "\\N" },
	{ "pid", MP_VIEW_PID, 0, 4711, "web1", "4711@web1" },
	{ "pid 0", MP_VIEW_PID, 0, 0, "web1", "0@web1" },
	{ "pid, in Launchpad's forms", MP_VIEW_PID, 0, MP_UNKNOWN, "",
	  "\\N@\\N" },
	{ "unknown pid", MP_VIEW_PID, 0, MP_UNKNOWN, "web1", "\\N@web1" },
	{ "largest pid", MP_VIEW_PID, 0, INT64_MAX, "w",
	  "9223372036854775807@w" },
	{ "minute", MP_VIEW_MINUTE, NOON + 61 * INT64_C(1000000), 7, "w",
	  "2026-11-21T12:01" },
	{ "last moment of a minute", MP_VIEW_MINUTE, NOON - 1, 7, "w",
	  "2026-11-21T11:59" },
	{ "hour", MP_VIEW_HOUR, NOON, 7, "w", "2026-11-21T12" },
	{ "last moment of a day", MP_VIEW_HOUR, NOON + 43199999999, 7, "w",
	  "2026-11-21T23" },
	{ "1970", MP_VIEW_MINUTE, 0, 7, "w", "1970-01-01T00:00" },
	{ "before 1970", MP_VIEW_MINUTE, -1, 7, "w", "1969-12-31T23:59" },
	{ "a day before 1970", MP_VIEW_HOUR, -86400000000, 7, "w",
	  "1969-12-31T00" },
	{ "the first year", MP_VIEW_HOUR, -62167219200000000, 7, "w",
	  "0000-01-01T00" },
};

static void test_key(void **state)
{
	const struct key_case *c = *state;
	struct mp_record r = lines_record("/a");
	char buffer[MP_VIEW_KEY_MAX];

	r.timestamp_us = c->us;
	r.pid = c->pid;
	r.host = lines_text(c->host);
	r.oops_id = lines_text("OOPS-1");
	view.by = c->by;
	assert_text(mp_view_key(&view, &r, buffer), c->want);
}

static void test_the_longest_key_has_room(void **state)
{
	struct mp_record r = lines_record("/a");
	char host[256], buffer[MP_VIEW_KEY_MAX];

	(void)state;
	memset(host, 'h', sizeof(host));
	host[255] = '\0';
	r.host = lines_text(host);
	r.pid = INT64_MAX;
	view.by = MP_VIEW_PID;
	assert_int_equal(mp_view_key(&view, &r, buffer).len, 19 + 1 + 255);
}

static void test_each_is_found_by_its_name(void **state)
{
	static const char *const names[] = { "page",   "pid",  "host",
					     "minute", "hour", "oops" };
	enum mp_view_by by;

	(void)state;
	assert_int_equal(ARRAY_SIZE(names), MP_VIEWS);
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		assert_int_equal(mp_view_find(names[i], &by), 0);
		assert_int_equal(by, i);
		assert_string_equal(mp_view_name(by), names[i]);
	}
	assert_int_equal(mp_view_find("day", &by), -EINVAL);
	assert_int_equal(mp_view_find("", &by), -EINVAL);
}

/* ---- names ---- */

static struct collapse_case {
	const char *name, *id;
	enum mp_record_form form;
	const char *want;
} collapse_cases[] = {
	{ "the first that matches", "/user/7/edit", MP_RECORD_FORMAT_1,
	  "/user/*/edit" },
	{ "the second", "/user/7", MP_RECORD_FORMAT_1, "/user/*" },
	{ "one that is a pattern already", "/user/*", MP_RECORD_FORMAT_1,
	  "/user/*" },
	{ "none", "/about", MP_RECORD_FORMAT_1, "/about" },
	{ "memprof's own", "(outside)", MP_RECORD_FORMAT_1, "(outside)" },
	{ "the same, of Launchpad's", "(outside)", MP_RECORD_LAUNCHPAD_8,
	  "*side*" },
	{ "one with an encoded parenthesis", "%28outside)", MP_RECORD_FORMAT_1,
	  "*side*" },
};

static void test_collapse(void **state)
{
	const struct collapse_case *c = *state;
	struct mp_record r = lines_record(c->id);

	mp_globs_add(&view.collapse, "/user/*/edit");
	mp_globs_add(&view.collapse, "/user/*");
	mp_globs_add(&view.collapse, "*side*");
	mp_view_collapse(&view, &r, c->form);
	assert_text(r.page_id, c->want);
}

static void test_so_many_patterns_and_no_more(void **state)
{
	(void)state;
	for (unsigned i = 0; i < MP_GLOBS_MAX; i++)
		assert_int_equal(mp_globs_add(&view.pages, "x"), 0);
	assert_int_equal(mp_globs_add(&view.pages, "x"), -ENOSPC);
	assert_int_equal(view.pages.count, MP_GLOBS_MAX);
}

/* ---- which count ---- */

static bool counts_as(const char *id, int64_t us, enum mp_record_form form)
{
	struct mp_record r = lines_record(id);

	r.timestamp_us = us;
	return mp_view_counts(&view, &r, form);
}

static bool counts(const char *id, int64_t us)
{
	return counts_as(id, us, MP_RECORD_FORMAT_1);
}

static void test_all_lines_count_in_the_plain_view(void **state)
{
	(void)state;
	assert_true(mp_view_is_plain(&view));
	assert_true(counts("/a", INT64_MIN));
	assert_true(counts("(started)", INT64_MAX - 1));
}

/* Of whatever kind: since the first moment, before the second. */
static void test_time_is_for_all_lines(void **state)
{
	static const char *const ids[] = { "/a", "(outside)", "(skipped)" };

	(void)state;
	view.since_us = NOON;
	view.until_us = NOON + 10;
	assert_false(mp_view_is_plain(&view));
	for (size_t i = 0; i < ARRAY_SIZE(ids); i++) {
		assert_false(counts(ids[i], NOON - 1));
		assert_true(counts(ids[i], NOON));
		assert_true(counts(ids[i], NOON + 9));
		assert_false(counts(ids[i], NOON + 10));
	}
}

static void test_pages_are_for_requests_and_outside(void **state)
{
	(void)state;
	view.by = MP_VIEW_HOST;
	mp_globs_add(&view.pages, "/a*");
	mp_globs_add(&view.pages, "/b");
	assert_true(counts("/about", NOON));
	assert_true(counts("/b", NOON));
	assert_false(counts("/c", NOON));
	assert_false(counts("(outside)", NOON));
	assert_true(counts("(skipped)", NOON));
	assert_true(counts("(started)", NOON));
	assert_true(counts("(unheard of)", NOON));
	assert_false(counts_as("(started)", NOON, MP_RECORD_LAUNCHPAD_8));
	mp_globs_add(&view.pages, "(out*");
	assert_true(counts("(outside)", NOON));
}

/* They are hidden when all were judged. */
static void test_where_rows_are_pages_all_of_them_count(void **state)
{
	(void)state;
	mp_globs_add(&view.pages, "/a*");
	assert_false(mp_view_is_plain(&view));
	assert_true(counts("/c", NOON));
	assert_false(mp_view_has_page(&view, lines_text("/c")));
	assert_true(mp_view_has_page(&view, lines_text("/a")));
}

static struct CMUnitTest row(const char *name, CMUnitTestFunction function,
			     void *c)
{
	return (struct CMUnitTest){
		.name = name,
		.test_func = function,
		.setup_func = set_up,
		.initial_state = c,
	};
}

#define PLAIN(function) cmocka_unit_test_setup(function, set_up)

#define PLAIN_TESTS 7

int main(void)
{
	struct CMUnitTest tests[PLAIN_TESTS + ARRAY_SIZE(key_cases) +
				ARRAY_SIZE(collapse_cases)] = {
		PLAIN(test_the_longest_key_has_room),
		PLAIN(test_each_is_found_by_its_name),
		PLAIN(test_so_many_patterns_and_no_more),
		PLAIN(test_all_lines_count_in_the_plain_view),
		PLAIN(test_time_is_for_all_lines),
		PLAIN(test_pages_are_for_requests_and_outside),
		PLAIN(test_where_rows_are_pages_all_of_them_count),
	};
	size_t n = PLAIN_TESTS;

	for (size_t i = 0; i < ARRAY_SIZE(key_cases); i++)
		tests[n++] = row(key_cases[i].name, test_key, &key_cases[i]);
	for (size_t i = 0; i < ARRAY_SIZE(collapse_cases); i++)
		tests[n++] = row(collapse_cases[i].name, test_collapse,
				 &collapse_cases[i]);
	return cmocka_run_group_tests_name("view", tests, NULL, NULL);
}
