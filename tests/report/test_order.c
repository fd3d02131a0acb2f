/* order: most growth first, or whatever is asked for; equal rows in order. */

#include "test.h"

#include "lines.h"
#include "report/order.h"

#include <errno.h>

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

static void add(struct mp_record r)
{
	assert_int_equal(mp_totals_add(&totals, &r, MP_RECORD_FORMAT_1), 0);
}

static void assert_order(const char *want)
{
	char got[32] = "";

	assert_true(totals.count < sizeof(got));
	for (size_t i = 0; i < totals.count; i++)
		got[i] = totals.pages[i]->id.p[0];
	assert_string_equal(got, want);
}

/* ---- by growth ---- */

struct growth {
	const char *id;
	int64_t retained, rss, overlap;
};

#define U MP_UNKNOWN

static struct growth_case {
	const char *name;
	struct growth lines[6];
	enum mp_rank want;
	const char *order; /* the ids, which have a letter each */
} growth_cases[] = {
	{ "by retained heap, whatever RSS says",
	  { { "a", 1, 900, 0 }, { "b", 3, 100, 0 }, { "c", 2, 500, 0 } },
	  MP_RANK_RETAINED,
	  "bca" },
	{ "by clean RSS, where no heap is known",
	  { { "a", U, 900, 1 },
	    { "a", U, 10, 0 },
	    { "b", U, 30, 0 },
	    { "c", U, 20, 0 } },
	  MP_RANK_CLEAN_RSS,
	  "bca" },
	{ "by RSS, where none is clean",
	  { { "a", U, 10, 1 }, { "b", U, 30, U }, { "c", U, 20, 7 } },
	  MP_RANK_RSS,
	  "bca" },
	{ "by name, where nothing is known",
	  { { "c", U, U, U }, { "a", U, U, U }, { "b", U, U, U } },
	  MP_RANK_RSS,
	  "abc" },
	{ "one line that knows the heap is enough",
	  { { "a", U, 30, 0 }, { "b", U, 20, 0 }, { "c", 0, 10, 0 } },
	  MP_RANK_RETAINED,
	  "cab" },
	{ "what shrank is before what is not known",
	  { { "a", U, U, U }, { "b", -5, U, U }, { "c", -4, U, U } },
	  MP_RANK_RETAINED,
	  "cba" },
	{ "equal heaps by clean RSS, then by RSS, then by name",
	  { { "d", 1, 10, 1 },
	    { "c", 1, 10, 1 },
	    { "b", 1, 20, 1 },
	    { "a", 1, 5, 0 } },
	  MP_RANK_RETAINED,
	  "abcd" },
	{ "no pages", { { NULL, 0, 0, 0 } }, MP_RANK_RSS, "" },
};

#undef U

static void test_growth(void **state)
{
	const struct growth_case *c = *state;

	for (const struct growth *g = c->lines; g->id; g++) {
		struct mp_record r = lines_record(g->id);

		r.rss_delta = g->rss;
		r.overlap = g->overlap;
		if (g->retained != MP_UNKNOWN) {
			r.allocated = 100 + g->retained;
			r.freed = 100;
		}
		add(r);
	}
	assert_int_equal(mp_order_by_growth(&totals), c->want);
	assert_order(c->order);
}

/* ---- by name, and by a column ---- */

/* A request of a page: what tells pages apart in every column. */
static void add_request(const char *id, int64_t us, int64_t allocated,
			int64_t freed, int64_t rss, const char *oops_id)
{
	struct mp_record r = lines_record(id);

	r.duration_us = us;
	r.allocated = allocated;
	r.freed = freed;
	r.peak = allocated;
	r.rss_delta = rss;
	r.overlap = rss == 0 ? 1 : 0;
	r.oops_id = lines_text(oops_id);
	add(r);
}

/* Of d nothing is known. */
static void add_four(void)
{
	add_request("d", MP_UNKNOWN, MP_UNKNOWN, MP_UNKNOWN, MP_UNKNOWN, "-");
	add_request("a", 10, 500, 0, 4096, "OOPS-1");
	add_request("a", 10, 500, 0, 0, "OOPS-2");
	add_request("a", 10, 500, 0, 0, "OOPS-2");
	add_request("b", 90, 1700, 1700, 8192, "OOPS-3");
	add_request("b", 90, 2000, 2000, 8192, "-");
	add_request("c", 70, 1600, 1000, 1024, "-");
}

static struct sort_case {
	const char *name;
	enum mp_column_id id;
	const char *order;
} sort_cases[] = {
	{ "requests", MP_COLUMN_REQUESTS, "abcd" },
	{ "errors", MP_COLUMN_ERRORS, "abcd" },
	{ "time", MP_COLUMN_DURATION, "bcad" },
	{ "duration", MP_COLUMN_DURATION, "bcad" },
	{ "mean", MP_COLUMN_DURATION_MEAN, "bcad" },
	{ "p95", MP_COLUMN_DURATION_P95, "bcad" },
	{ "longest", MP_COLUMN_DURATION_MAX, "bcad" },
	{ "retained", MP_COLUMN_RETAINED, "acbd" },
	{ "B/request", MP_COLUMN_RETAINED_MEAN, "cabd" },
	{ "b/request", MP_COLUMN_RETAINED_MEAN, "cabd" },
	{ "retained_mean", MP_COLUMN_RETAINED_MEAN, "cabd" },
	{ "rss", MP_COLUMN_RSS, "bacd" },
	{ "RSS", MP_COLUMN_RSS, "bacd" },
	{ "RSS clean", MP_COLUMN_CLEAN_RSS, "bacd" },
	{ "rss-clean", MP_COLUMN_CLEAN_RSS, "bacd" },
	{ "clean", MP_COLUMN_CLEAN_REQUESTS, "bacd" },
	{ "allocated", MP_COLUMN_ALLOCATED, "bcad" },
	{ "freed", MP_COLUMN_FREED, "bcad" },
	{ "peak", MP_COLUMN_PEAK_MAX, "bcad" },
	/* Nothing was judged, so that all stay in order. */
	{ "kept_low", MP_COLUMN_KEPT_LOW, "acbd" },
};

static void test_sort(void **state)
{
	const struct sort_case *c = *state;
	enum mp_column_id id;

	add_four();
	assert_int_equal(mp_order_find(c->name, &id), 0);
	assert_int_equal(id, c->id);
	assert_int_equal(mp_order_by_growth(&totals), MP_RANK_RETAINED);
	assert_int_equal(mp_order_by_column(&totals, id), 0);
	assert_order(c->order);
}

static void test_by_name_as_bytes(void **state)
{
	static const char *const ids[] = {
		"b", "", "\xc3\xa4", "B", "a%20", "a"
	};
	static const char *const want[] = { "",	    "B", "a",
					    "a%20", "b", "\xc3\xa4" };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(ids); i++)
		add(lines_record(ids[i]));
	mp_order_by_name(&totals);
	for (size_t i = 0; i < ARRAY_SIZE(want); i++) {
		struct mp_text id = totals.pages[i]->id;

		assert_int_equal(id.len, strlen(want[i]));
		assert_memory_equal(id.p, want[i], id.len);
	}
}

static void test_what_is_no_column_of_numbers_sorts_nothing(void **state)
{
	static const char *const names[] = {
		"",	"nonsense",    "verdict",    "95 %",	"why",
		"sure", "explanation", "page",	     "page_id", "p9",
		"p955", "rss clea",    "RSS  clean",
	};
	enum mp_column_id id = MP_COLUMNS;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		assert_int_equal(mp_order_find(names[i], &id), -EINVAL);
	assert_int_equal(id, MP_COLUMNS);
	assert_int_equal(mp_order_find("name", &id), 0);
	assert_int_equal(id, MP_COLUMN_PAGE_ID);
}

static void test_no_pages_have_any_order(void **state)
{
	(void)state;
	mp_order_by_name(&totals);
	assert_int_equal(mp_order_by_column(&totals, MP_COLUMN_RSS), 0);
	assert_order("");
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

#define PLAIN(function) \
	cmocka_unit_test_setup_teardown(function, set_up, tear_down)

#define PLAIN_TESTS 3

int main(void)
{
	struct CMUnitTest tests[PLAIN_TESTS + ARRAY_SIZE(growth_cases) +
				ARRAY_SIZE(sort_cases)] = {
		PLAIN(test_by_name_as_bytes),
		PLAIN(test_what_is_no_column_of_numbers_sorts_nothing),
		PLAIN(test_no_pages_have_any_order),
	};
	size_t n = PLAIN_TESTS;

	for (size_t i = 0; i < ARRAY_SIZE(growth_cases); i++)
		tests[n++] = row(growth_cases[i].name, test_growth,
				 &growth_cases[i]);
	for (size_t i = 0; i < ARRAY_SIZE(sort_cases); i++)
		tests[n++] = row(sort_cases[i].name, test_sort, &sort_cases[i]);
	return cmocka_run_group_tests_name("order", tests, NULL, NULL);
}
