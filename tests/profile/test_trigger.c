/* trigger: which URLs ask for a profile, of what kind, and what their page is. */

#include "test.h"

#include "memprof.h"
#include "profile/trigger.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SHOW  MEMPROF_ACTION_SHOW
#define WALL  MEMPROF_ACTION_WALL
#define FLAME MEMPROF_ACTION_FLAMEGRAPH
#define HELP  MEMPROF_ACTION_HELP
#define PLAIN MEMPROF_ACTION_PROFILE

/* Not const, only because cmocka passes each case as a plain void pointer. */
static struct path_case {
	const char *path;
	uint32_t actions;
	const char *page; /* the path without the segment */
	const char *unknown;
} path_cases[] = {
	{ "/++profile++show/a/b", SHOW, "/a/b", "" },
	{ "/a/++profile++show/b", SHOW, "/a/b", "" },
	{ "/a/b/++profile++show", SHOW, "/a/b", "" },
	{ "/a/b/++profile++show/", SHOW, "/a/b/", "" },
	{ "/++profile++show", SHOW, "/", "" },
	{ "/++profile++show/", SHOW, "/", "" },
	{ "++profile++show/a", SHOW, "a", "" },
	{ "++profile++show", SHOW, "", "" },
	{ "//++profile++show//a", SHOW, "///a", "" },
	/* Encoded, whole or in part, and what is around stays so. */
	{ "/%2B%2bprofile%2B%2Bshow/caf%C3%A9", SHOW, "/caf%C3%A9", "" },
	{ "/%61/%2b+%70rofile+%2B%73how/%62", SHOW, "/%61/%62", "" },
	{ "/a%2F++profile++show%2Fb%2Fc", SHOW, "/a%2Fb%2Fc", "" },
	{ "/++profile++show%26wall/a", SHOW | WALL, "/a", "" },
	/* No escapes: they stand for themselves. */
	{ "/++profile++%zz/a", HELP, "/a", "%25zz" },
	{ "/++profile++show%/a", HELP, "/a", "show%25" },
	{ "/++profile++show%2/a", HELP, "/a", "show%252" },
	{ "/++profile++show%00/a", HELP, "/a", "show%2500" },
	{ "/++profile++%2573how/a", HELP, "/a", "%2573how" },
	/* Each action. */
	{ "/++profile++callgrind/", MEMPROF_ACTION_CALLGRIND, "/", "" },
	{ "/++profile++log/", MEMPROF_ACTION_CALLGRIND, "/", "" },
	{ "/++profile++pprof/", MEMPROF_ACTION_PPROF, "/", "" },
	{ "/++profile++speedscope/", MEMPROF_ACTION_SPEEDSCOPE, "/", "" },
	{ "/++profile++folded/", MEMPROF_ACTION_FOLDED, "/", "" },
	{ "/++profile++flamegraph/", FLAME, "/", "" },
	{ "/++profile++pstats/", MEMPROF_ACTION_PSTATS, "/", "" },
	{ "/++profile++wall/", WALL, "/", "" },
	{ "/++profile++help/", HELP, "/", "" },
	{ "/++profile++/a", HELP, "/a", "" },
	{ "/++profile++", HELP, "/", "" },
	/* Split, trimmed, in any case. */
	{ "/++profile++show&pstats&wall/", SHOW | MEMPROF_ACTION_PSTATS | WALL,
	  "/", "" },
	{ "/++profile++%20Show%09&%20%20wALL%0d/", SHOW | WALL, "/", "" },
	{ "/++profile++CALLGRIND&LOG/", MEMPROF_ACTION_CALLGRIND, "/", "" },
	{ "/++profile++&&show&/", SHOW, "/", "" },
	{ "/++profile++&%20&/", HELP, "/", "" },
	{ "/++profile++show&show/", SHOW, "/", "" },
	/* Unknown names are told, and harm nothing. */
	{ "/++profile++bogus/", HELP, "/", "bogus" },
	{ "/++profile++bogus&show/", SHOW, "/", "bogus" },
	{ "/++profile++a b&<script>&show&c/", SHOW, "/", "a%20b <script> c" },
	{ "/++profile++showing&sho/", HELP, "/", "showing sho" },
	{ "/++profile++%0A%01x%FF/", HELP, "/", "%01x%FF" },
	/* The first one counts. */
	{ "/++profile++show/++profile++wall/a", SHOW, "/++profile++wall/a",
	  "" },
	/* And these are none. */
	{ "", 0, "", "" },
	{ "/", 0, "/", "" },
	{ "/a/b", 0, "/a/b", "" },
	{ "/a++profile++show/b", 0, "/a++profile++show/b", "" },
	{ "/++profile+show/b", 0, "/++profile+show/b", "" },
	{ "/++Profile++show/b", 0, "/++Profile++show/b", "" },
	{ "/++profile", 0, "/++profile", "" },
	{ "/++profile+%2", 0, "/++profile+%2", "" },
};

static void test_path(void **state)
{
	const struct path_case *c = *state;
	struct mp_trigger t;
	char *path = strdup(c->path); /* exact: a sanitizer sees its end */
	size_t len = strlen(path);

	assert_int_equal(mp_trigger_find(path, NULL, "", &t), c->actions != 0);
	assert_int_equal(t.actions, c->actions);
	assert_string_equal(t.unknown, c->unknown);
	assert_true(t.cut_at + t.cut_len <= len);
	memmove(path + t.cut_at, path + t.cut_at + t.cut_len,
		len + 1 - t.cut_at - t.cut_len);
	assert_string_equal(path, c->page);
	assert_int_equal(t.interval_ns, 0);
	assert_false(t.bad_interval);
	free(path);
}

static struct query_case {
	const char *query;
	uint32_t actions;
	int64_t interval_ns; /* -1: a bad one */
} query_cases[] = {
	{ "profile", PLAIN, 0 },
	{ "profile=", PLAIN, 0 },
	{ "profile=1", PLAIN, 0 },
	{ "a=b&profile", PLAIN, 0 },
	{ "a=b&profile&c", PLAIN, 0 },
	{ "flamegraph=1", FLAME, 0 },
	{ "flamegraph", FLAME, 0 },
	{ "flamegraph=1&profile", FLAME | PLAIN, 0 },
	{ "flamegraph=1&interval=0.001", FLAME, 1000000 },
	{ "interval=0.0001&flamegraph=1", FLAME, 100000 },
	{ "flamegraph=1&interval=1", FLAME, 1000000000 },
	{ "flamegraph=1&interval=1.000000000", FLAME, 1000000000 },
	{ "flamegraph=1&interval=.5", FLAME, 500000000 },
	{ "flamegraph=1&interval=0000.25", FLAME, 250000000 },
	{ "flamegraph=1&interval=0.0123456789999", FLAME, 12345678 },
	{ "profile&interval=0.00009", PLAIN, -1 },
	{ "profile&interval=1.000000001", PLAIN, -1 },
	{ "profile&interval=2", PLAIN, -1 },
	{ "profile&interval=99999999999999999999", PLAIN, -1 },
	{ "profile&interval=0", PLAIN, -1 },
	{ "profile&interval=", PLAIN, -1 },
	{ "profile&interval", PLAIN, -1 },
	{ "profile&interval=.", PLAIN, -1 },
	{ "profile&interval=-0.1", PLAIN, -1 },
	{ "profile&interval=0.1.1", PLAIN, -1 },
	{ "profile&interval=1e-3", PLAIN, -1 },
	{ "profile&interval=0,1", PLAIN, -1 },
	{ "profile&interval=nan", PLAIN, -1 },
	{ "profile&interval=0.1s", PLAIN, -1 },
	{ "profile=0", 0, 0 },
	{ "flamegraph=0", 0, 0 },
	{ "flamegraph=0&interval=7", 0, 0 },
	{ "interval=0.1", 0, 0 },
	{ "", 0, 0 },
	{ "&&", 0, 0 },
	{ "=", 0, 0 },
	{ "profiles", 0, 0 },
	{ "aprofile", 0, 0 },
	{ "a=profile", 0, 0 },
};

static void test_query(void **state)
{
	const struct query_case *c = *state;
	struct mp_trigger t;
	char *query = strdup(c->query);

	assert_int_equal(mp_trigger_find("/a", query, "", &t), c->actions != 0);
	assert_int_equal(t.actions, c->actions);
	assert_int_equal(t.bad_interval ? -1 : t.interval_ns, c->interval_ns);
	assert_int_equal(t.cut_len, 0);
	free(query);
}

static void test_path_and_query_add_up(void **state)
{
	struct mp_trigger t;

	(void)state;
	assert_true(mp_trigger_find("/++profile++show&wall/a",
				    "flamegraph=1&interval=0.1", "", &t));
	assert_int_equal(t.actions, SHOW | WALL | FLAME);
	assert_int_equal(t.interval_ns, 100000000);
	assert_int_equal(t.cut_len, strlen("/++profile++show&wall"));
}

static void test_needle_is_found_as_it_is(void **state)
{
	struct mp_trigger t;

	(void)state;
	assert_true(mp_trigger_find("/a/XDEBUG", NULL, "XDEBUG", &t));
	assert_int_equal(t.actions, PLAIN);
	assert_int_equal(t.cut_len, 0);
	assert_true(mp_trigger_find(NULL, "x=1&XDEBUG=2", "XDEBUG", &t));
	assert_int_equal(t.actions, PLAIN);
	assert_true(
		mp_trigger_find("/++profile++show/", "XDEBUG", "XDEBUG", &t));
	assert_int_equal(t.actions, SHOW | PLAIN);
	assert_false(mp_trigger_find("/xdebug", "%58DEBUG", "XDEBUG", &t));
	assert_false(mp_trigger_find(NULL, NULL, "XDEBUG", &t));
	assert_false(mp_trigger_find(NULL, NULL, "", &t));
	assert_int_equal(t.actions, 0);
}

/* `count` times `name`, joined, as a segment. */
static void find_many(const char *name, size_t count, struct mp_trigger *ret)
{
	size_t len = strlen(name);
	char *path = malloc(20 + count * (len + 1));
	char *p = path;

	assert_non_null(path);
	p += sprintf(p, "/++profile++show");
	for (size_t i = 0; i < count; i++)
		p += sprintf(p, "&%s", name);
	assert_true(mp_trigger_find(path, NULL, "", ret));
	assert_int_equal(ret->actions, SHOW);
	assert_int_equal(ret->cut_at, 1);
	assert_int_equal(ret->cut_len, (size_t)(p - path) - 1);
	free(path);
}

static void test_many_unknown_names_are_cut_and_marked(void **state)
{
	struct mp_trigger t;

	(void)state;
	find_many("abcdefg", 31, &t);
	assert_int_equal(strlen(t.unknown), 31 * 8 - 1);
	assert_null(strstr(t.unknown, "..."));
	find_many("abcdefg", 5000, &t);
	assert_int_equal(strlen(t.unknown), 31 * 8 + 3);
	assert_string_equal(t.unknown + 30 * 8, "abcdefg ...");
	for (size_t len = 1; len < 300; len++) {
		char name[300] = { 0 };

		memset(name, ' ' + 1, len);
		find_many(name, 300, &t);
		assert_string_equal(t.unknown + strlen(t.unknown) - 4, " ...");
	}
}

static void test_long_name_is_cut(void **state)
{
	char name[101] = { 0 };
	struct mp_trigger t;

	(void)state;
	memset(name, 'x', 100);
	find_many(name, 1, &t);
	assert_int_equal(strlen(t.unknown), 63);
	/* Its beginning is no action. */
	memset(name, ' ', 100);
	memcpy(name, "wall", 4);
	name[99] = 'x';
	find_many(name, 1, &t);
	assert_int_equal(strncmp(t.unknown, "wall%20", 7), 0);
}

int main(void)
{
	struct CMUnitTest tests[ARRAY_SIZE(path_cases) +
				ARRAY_SIZE(query_cases) + 4] = {
		cmocka_unit_test(test_path_and_query_add_up),
		cmocka_unit_test(test_needle_is_found_as_it_is),
		cmocka_unit_test(test_many_unknown_names_are_cut_and_marked),
		cmocka_unit_test(test_long_name_is_cut),
	};
	size_t n = 4;

	for (size_t i = 0; i < ARRAY_SIZE(path_cases); i++)
		tests[n++] = (struct CMUnitTest){
			.name = path_cases[i].path,
			.test_func = test_path,
			.initial_state = &path_cases[i],
		};
	for (size_t i = 0; i < ARRAY_SIZE(query_cases); i++)
		tests[n++] = (struct CMUnitTest){
			.name = query_cases[i].query,
			.test_func = test_query,
			.initial_state = &query_cases[i],
		};
	return cmocka_run_group_tests_name("trigger", tests, NULL, NULL);
}
