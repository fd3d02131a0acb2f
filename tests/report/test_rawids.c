/* rawids: what looks like raw URLs is found, and what are routes is not. */

#include "test.h"

#include "lines.h"
#include "report/glob.h"
#include "report/rawids.h"

#include <stdio.h>
#include <stdlib.h>

static struct mp_totals totals;

static int set_up(void **state)
{
	(void)state;
	mp_totals_init(&totals);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	mp_totals_release(&totals);
	return 0;
}

static void add(const char *id)
{
	struct mp_record r = lines_record(id);

	assert_int_equal(mp_totals_add(&totals, &r, MP_RECORD_FORMAT_1), 0);
}

enum word { NUMBER, HASH, UUID, NAME };

static void put_name(unsigned i, char *ret)
{
	sprintf(ret, "%06u", i);
	for (; *ret; ret++)
		*ret = (char)(*ret - '0' + 'k');
}

static void put_word(enum word word, unsigned i, char *ret)
{
	switch (word) {
	case NUMBER:
		sprintf(ret, "%u", i);
		break;
	case HASH:
		sprintf(ret, "%08xff", i * 2654435761u);
		break;
	case UUID:
		sprintf(ret, "%08x-0000-4000-8000-%012x", i * 2654435761u, i);
		break;
	case NAME:
		put_name(i, ret);
		break;
	}
}

/* Pages that differ in a word between two texts. */
struct many {
	const char *before;
	enum word word;
	const char *after;
	unsigned count;
};

static void add_many(const struct many *m, unsigned requests)
{
	char word[64], id[400];

	for (unsigned i = 0; i < m->count; i++) {
		put_word(m->word, i, word);
		sprintf(id, "%s%s%s", m->before, word, m->after);
		for (unsigned k = 0; k < requests; k++)
			add(id);
	}
}

static struct raw_case {
	const char *name;
	struct many many[4];
	unsigned requests; /* of each page; 0: one */
	size_t pages;
	const char *patterns[MP_RAWIDS_SHAPES];
} cases[] = {
	{ .name = "numbers",
	  .many = { { "/user/", NUMBER, "", 50 } },
	  .pages = 50,
	  .patterns = { "/user/*" } },
	{ .name = "too few of one shape",
	  .many = { { "/user/", NUMBER, "", 49 }, { "/a/", NUMBER, "", 49 } } },
	{ .name = "numbers inside",
	  .many = { { "/user/", NUMBER, "/edit", 60 },
		    { "/about/", NAME, "", 40 } },
	  .pages = 60,
	  .patterns = { "/user/*/edit" } },
	{ .name = "the longer pattern comes first",
	  .many = { { "/user/", NUMBER, "", 90 },
		    { "/user/", NUMBER, "/edit", 60 } },
	  .pages = 150,
	  .patterns = { "/user/*/edit", "/user/*" } },
	{ .name = "the three shapes with the most pages",
	  .many = { { "/a/", NUMBER, "", 60 },
		    { "/bb/", NUMBER, "", 70 },
		    { "/ccc/", NUMBER, "", 80 },
		    { "/dddd/", NUMBER, "", 90 } },
	  .pages = 300,
	  .patterns = { "/dddd/*", "/ccc/*", "/bb/*" } },
	{ .name = "hashes",
	  .many = { { "/object/", HASH, "", 50 } },
	  .pages = 50,
	  .patterns = { "/object/*" } },
	{ .name = "UUIDs",
	  .many = { { "/object/", UUID, ".json", 50 } },
	  .pages = 50,
	  .patterns = { "/object/*.json" } },
	{ .name = "queries",
	  .many = { { "/search?q=", NAME, "&page=2", 50 } },
	  .pages = 50,
	  .patterns = { "/search?*" } },
	{ .name = "numbers behind a colon",
	  .many = { { "Page:", NUMBER, "", 50 } },
	  .pages = 50,
	  .patterns = { "Page:*" } },
	{ .name = "a number in a word is a part of its name",
	  .many = { { "/v", NUMBER, "/users", 90 } } },
	{ .name = "an escape is no number",
	  .many = { { "/a%20/", NUMBER, "/", 50 } },
	  .pages = 50,
	  .patterns = { "/a%20/*/" } },
	{ .name = "what is special in a pattern or in quotes",
	  .many = { { "/a[*]'/", NUMBER, "", 50 } },
	  .pages = 50,
	  .patterns = { "/a??]?/*" } },
	{ .name = "a question mark at the end asks for nothing",
	  .many = { { "/", NUMBER, "/?", 50 } },
	  .pages = 50,
	  .patterns = { "/*/?" } },
	{ .name = "1,000 names are routes",
	  .many = { { "/", NAME, "", 1000 } } },
	{ .name = "more are not",
	  .many = { { "/wiki/", NAME, "", 1000 }, { "/x/", NAME, "", 1 } },
	  .pages = 1001,
	  .patterns = { "/wiki/*" } },
	{ .name = "unless they are asked for often",
	  .many = { { "/wiki/", NAME, "", 1001 } },
	  .requests = 10 },
	{ .name = "too many without folders",
	  .many = { { "", NAME, "", 1001 } },
	  .pages = 1001 },
	{ .name = "numbers are told first",
	  .many = { { "/wiki/", NAME, "", 2000 }, { "/", NUMBER, "", 50 } },
	  .pages = 50,
	  .patterns = { "/*" } },
	{ .name = "no pages" },
};

static void test_raw(void **state)
{
	const struct raw_case *c = *state;
	struct mp_rawids raw;
	size_t n = 0;

	for (const struct many *m = c->many; m->count; m++) {
		add_many(m, c->requests ? c->requests : 1);
		if (m + 1 == c->many + ARRAY_SIZE(c->many))
			break;
	}
	assert_int_equal(mp_rawids_find(&totals, &raw), 0);
	for (; n < MP_RAWIDS_SHAPES && c->patterns[n]; n++)
		assert_string_equal(raw.patterns[n], c->patterns[n]);
	assert_int_equal(raw.pattern_count, n);
	assert_int_equal(raw.pages, c->pages);
}

static void test_a_pattern_matches_the_pages_that_it_is_for(void **state)
{
	static const struct many many = { "/a[*]'\\?q=/", UUID, "'?x=[1]", 60 };
	struct mp_rawids raw;
	struct mp_glob g;

	(void)state;
	add_many(&many, 1);
	assert_int_equal(mp_rawids_find(&totals, &raw), 0);
	assert_int_equal(raw.pattern_count, 1);
	mp_glob_init(&g, raw.patterns[0]);
	for (size_t i = 0; i < totals.count; i++)
		assert_true(mp_glob_matches(&g, totals.pages[i]->id));
}

/* The longest that a log may hold, and one byte more. */
static void test_long_ids(void **state)
{
	char before[256];
	struct many many = { before, NUMBER, "", 60 };
	struct mp_rawids raw;

	(void)state;
	memset(before, 'x', sizeof(before));
	before[0] = '/';
	before[252] = '/';
	before[253] = '\0';
	many.count = 60;
	add_many(&many, 1);
	assert_int_equal(mp_rawids_find(&totals, &raw), 0);
	assert_int_equal(raw.pattern_count, 1);
	assert_int_equal(strlen(raw.patterns[0]), 254);
	mp_totals_release(&totals);
	memset(before, 'x', 255);
	before[254] = '/';
	before[255] = '\0';
	add_many(&many, 1);
	assert_int_equal(mp_rawids_find(&totals, &raw), 0);
	assert_int_equal(raw.pages, 0);
}

static struct CMUnitTest row(const char *name, CMUnitTestFunction function,
			     void *c)
{
	return (struct CMUnitTest){
		.name = name,
		.test_func = function,
		.setup_func = set_up,
		.teardown_func = tear_down,
		.initial_state = c,
	};
}

#define PLAIN_TESTS 2

int main(void)
{
	struct CMUnitTest tests[PLAIN_TESTS + ARRAY_SIZE(cases)] = {
		row("a pattern matches the pages that it is for",
		    test_a_pattern_matches_the_pages_that_it_is_for, NULL),
		row("long ids", test_long_ids, NULL),
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		tests[PLAIN_TESTS + i] =
			row(cases[i].name, test_raw, &cases[i]);
	return cmocka_run_group_tests_name("rawids", tests, NULL, NULL);
}
