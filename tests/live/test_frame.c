/* rows and frame: what is shown, in which order, and that it fits. */

#include "test.h"

#include "live/frame.h"
#include "report/show.h"

#include <locale.h>
#include <stdio.h>
#include <string.h>

#define S INT64_C(1000000000)

static struct mp_snapshot_request old_ones[2], young_ones[1];
static struct mp_live processes[3], before[3], early[2];
static struct mp_live_list now_list = { .items = processes, .count = 3 };
static struct mp_live_list before_list = { .items = before, .count = 3 };
static struct mp_live_list early_list = { .items = early, .count = 2 };
static struct mp_minute_page pages[] = {
	{ { "Root:index", 10 }, 50, 100, 4096, 1000 },
	{ { "Leak:here", 9 }, 10, 5000000, 8192, 2000 },
	{ { "Heap:unknown", 12 }, 70, MP_UNKNOWN, 12288, 3000 },
};

static struct mp_snapshot_request request(const char *page, int64_t begin_ns,
					  int64_t kept)
{
	struct mp_snapshot_request r = {
		.begin_mono_ns = begin_ns,
		.start = { 8192, 4096 },
		.allocated = kept,
		.page_len = strlen(page),
	};

	memcpy(r.page, page, r.page_len);
	return r;
}

static struct mp_live process(int pid, char *path, char *log, int64_t rss,
			      uint64_t begun)
{
	return (struct mp_live){
		.path = path,
		.alive = true,
		.seen = true,
		.now_mono_ns = 100 * S,
		.now_real_us = 3723000000,
		.proc = { .rss = rss,
			  .vss = 2 * rss,
			  .threads = 4,
			  .state = 'S' },
		.shot = { .pid = pid,
			  .log = log,
			  .log_pattern = log,
			  .ledger = { .begun = begun, .logged = begun } },
	};
}

static int setup(void **state)
{
	static char a[] = "/log/a.log", b[] = "/log/b.log";
	static char paths[3][2] = { "1", "2", "3" };

	(void)state;
	old_ones[0] = request("Slow:page", 40 * S, 10);
	old_ones[1] = request("Caf\xc3\xa9", 95 * S, 500);
	young_ones[0] = request("Quick", 99 * S, 20);
	processes[0] = process(10, paths[0], a, 1 << 20, 200);
	processes[1] = process(11, paths[1], a, 3 << 20, 900);
	processes[2] = process(12, paths[2], b, 2 << 20, 100);
	processes[0].shot.requests = young_ones;
	processes[0].shot.count = 1;
	processes[1].shot.requests = old_ones;
	processes[1].shot.count = 2;
	for (size_t i = 0; i < 3; i++)
		processes[i].proc.cpu_ns = 3 * S;
	memcpy(before, processes, sizeof(before));
	for (size_t i = 0; i < 3; i++)
		before[i].now_mono_ns = 98 * S;
	before[1].shot.ledger.begun = 880;
	before[2].shot.ledger.begun = 20;
	before[1].proc.rss = 1 << 20;
	processes[1].proc.cpu_ns += S / 2;
	return 0;
}

static struct mp_frame_view view(void)
{
	return (struct mp_frame_view){
		.rows = { .now = &now_list,
			  .before = &before_list,
			  .pages = pages,
			  .page_count = ARRAY_SIZE(pages),
			  .filter = "" },
	};
}

static struct mp_frame make(const struct mp_frame_view *v)
{
	struct mp_frame frame;

	assert_int_equal(mp_frame_make(v, &frame), 0);
	return frame;
}

static size_t line_with(const struct mp_frame *f, const char *text)
{
	for (size_t i = 0; i < f->count; i++)
		if (strstr(f->lines[i].text, text))
			return i;
	fail_msg("no line has %s", text);
	return 0;
}

/* ---- rows ---- */

static struct match_case {
	const char *filter, *page;
	int matches;
} match_cases[] = {
	{ "", "Root:index", 1 },       { "ndex", "Root:index", 1 },
	{ "Root:*", "Root:index", 1 }, { "oot:*", "Root:index", 0 },
	{ "R??t*", "Root:index", 1 },  { "[RS]*", "Root:index", 1 },
	{ "root", "Root:index", 0 },   { "*", "", 1 },
};

static void test_match(void **state)
{
	const struct match_case *c = *state;
	struct mp_text page = { c->page, strlen(c->page) };

	assert_int_equal(mp_rows_match(c->filter, page), c->matches);
}

static struct order_case {
	const char *name;
	enum mp_rows_sort sort;
	int pids[3];
	const char *requests[3];
	const char *pages[3];
} order_cases[] = {
	{ "by age",
	  MP_ROWS_BY_AGE,
	  { 11, 10, 12 },
	  { "Slow", "Caf", "Quick" },
	  { "Leak", "Root", "Heap" } },
	{ "by memory",
	  MP_ROWS_BY_MEMORY,
	  { 11, 12, 10 },
	  { "Caf", "Quick", "Slow" },
	  { "Leak", "Root", "Heap" } },
	{ "by requests",
	  MP_ROWS_BY_REQUESTS,
	  { 12, 11, 10 },
	  { "Slow", "Caf", "Quick" },
	  { "Heap", "Root", "Leak" } },
	{ "by name",
	  MP_ROWS_BY_NAME,
	  { 10, 11, 12 },
	  { "Caf", "Quick", "Slow" },
	  { "Heap", "Leak", "Root" } },
};

static void test_order(void **state)
{
	const struct order_case *c = *state;
	struct mp_frame_view v = view();
	struct mp_rows rows;

	setup(NULL);
	v.rows.sort = c->sort;
	assert_int_equal(mp_rows_make(&v.rows, &rows), 0);
	assert_int_equal(rows.process_count, 3);
	assert_int_equal(rows.request_count, 3);
	assert_int_equal(rows.page_count, 3);
	for (size_t i = 0; i < 3; i++) {
		assert_int_equal(rows.processes[i].live->shot.pid, c->pids[i]);
		assert_memory_equal(rows.requests[i].r->page, c->requests[i],
				    strlen(c->requests[i]));
		assert_memory_equal(rows.pages[i].id.p, c->pages[i], 4);
	}
	mp_rows_release(&rows);
}

static void test_rates_need_two_looks(void **state)
{
	struct mp_frame_view v = view();
	struct mp_rows rows;

	(void)state;
	v.rows.sort = MP_ROWS_BY_NAME;
	assert_int_equal(mp_rows_make(&v.rows, &rows), 0);
	assert_int_equal(rows.processes[1].requests, 10);
	assert_int_equal(rows.processes[1].cpu, 25);
	assert_int_equal(rows.processes[1].grown, 60 << 20);
	assert_int_equal(rows.processes[0].grown, 0);
	mp_rows_release(&rows);

	/* Growth is seen over a longer time, of those that were there. */
	memcpy(early, before, sizeof(early));
	early[1].now_mono_ns = 40 * S;
	v.rows.earlier = &early_list;
	v.rows.before = NULL;
	assert_int_equal(mp_rows_make(&v.rows, &rows), 0);
	assert_int_equal(rows.processes[1].grown, 2 << 20);
	assert_true(rows.processes[2].grown == MP_UNKNOWN);
	mp_rows_release(&rows);
	v.rows.before = &before_list;
	before[2].now_mono_ns = 99 * S;
	before[2].proc.rss -= 10;
	assert_int_equal(mp_rows_make(&v.rows, &rows), 0);
	assert_int_equal(rows.processes[2].grown, 600);
	assert_int_equal(rows.processes[1].grown, 2 << 20);
	assert_int_equal(rows.processes[1].requests, 10);
	mp_rows_release(&rows);

	v.rows.earlier = NULL;
	v.rows.before = NULL;
	assert_int_equal(mp_rows_make(&v.rows, &rows), 0);
	assert_true(rows.processes[1].requests < 0);
	assert_true(rows.processes[1].cpu < 0);
	assert_true(rows.processes[1].grown == MP_UNKNOWN);
	mp_rows_release(&rows);
}

static void test_rows_are_filtered_by_page(void **state)
{
	struct mp_frame_view v = view();
	struct mp_rows rows;

	(void)state;
	v.rows.filter = "l";
	assert_int_equal(mp_rows_make(&v.rows, &rows), 0);
	assert_int_equal(rows.process_count, 3);
	assert_int_equal(rows.request_count, 1); /* Slow:page */
	assert_int_equal(rows.page_count, 0);
	mp_rows_release(&rows);
}

static void test_request_tells_what_it_did(void **state)
{
	struct mp_frame_view v = view();
	struct mp_rows rows;

	(void)state;
	assert_int_equal(mp_rows_make(&v.rows, &rows), 0);
	assert_true(rows.requests[0].age_ns == 60 * S);
	assert_int_equal(rows.requests[0].kept, 10);
	assert_int_equal(rows.requests[0].grown, (3 << 20) - 4096);
	assert_true(rows.processes[0].oldest_ns == 60 * S);
	mp_rows_release(&rows);
}

/* ---- the frame ---- */

static void test_all_is_shown_where_there_is_no_height(void **state)
{
	struct mp_frame_view v = view();
	struct mp_frame f = make(&v);

	(void)state;
	assert_int_equal(f.count, 2 + 2 + 3 + 2 + 3 + 2 + 3);
	assert_non_null(strstr(f.lines[0].text,
			       "memprof 01:02:03 UTC: 2 servers, 3 processes"));
	assert_non_null(strstr(f.lines[1].text, "1200 begun, 1200 logged"));
	assert_int_equal(f.lines[0].style, MP_FRAME_HEAD);
	assert_int_equal(f.lines[3].style, MP_FRAME_TITLE);
	assert_non_null(strstr(f.lines[4].text, "/log/a.log"));
	/* Large growth is seen at once, and so is who takes long. */
	assert_int_equal(f.lines[line_with(&f, "      11 ")].style,
			 MP_FRAME_HOT);
	assert_int_equal(f.lines[line_with(&f, "Slow:page")].style,
			 MP_FRAME_HOT);
	assert_int_equal(f.lines[line_with(&f, "Quick")].style, MP_FRAME_PLAIN);
	assert_int_equal(f.lines[line_with(&f, "Leak:here")].style,
			 MP_FRAME_HOT);
	assert_int_equal(f.lines[line_with(&f, "Root:index")].style,
			 MP_FRAME_WARM);
	assert_int_equal(f.lines[line_with(&f, "Heap:unknown")].style,
			 MP_FRAME_PLAIN);
	mp_frame_release(&f);
}

static void test_paused_and_killed_are_marked(void **state)
{
	struct mp_frame_view v = view();
	struct mp_frame f;

	(void)state;
	processes[0].shot.pause.on = true;
	processes[2].alive = processes[2].seen = false;
	f = make(&v);
	assert_non_null(strstr(f.lines[0].text, "1 paused, 1 killed"));
	assert_non_null(strstr(f.lines[1].text, "1100 begun"));
	assert_int_equal(f.lines[line_with(&f, " paused  ")].style,
			 MP_FRAME_WARM);
	assert_int_equal(f.lines[line_with(&f, " killed  ")].style,
			 MP_FRAME_WARM);
	mp_frame_release(&f);
}

static void test_it_fits_any_size(void **state)
{
	static char wide[] = "/log/\xe6\x97\xa5\xe6\x9c\xac\xe8\xaa\x9e.log";
	struct mp_frame_view v = view();

	(void)state;
	processes[2].shot.log = wide;
	for (v.width = 1; v.width < 140; v.width++)
		for (v.height = 1; v.height < 20; v.height++) {
			struct mp_frame f = make(&v);

			assert_true(f.count <= 8 || f.count <= v.height);
			if (v.height >= 8)
				assert_true(f.count == v.height ||
					    f.count == 17);
			for (size_t i = 0; i < f.count; i++) {
				struct mp_text t = { f.lines[i].text,
						     strlen(f.lines[i].text) };

				assert_true(mp_show_width(t) <= v.width);
			}
			mp_frame_release(&f);
		}
}

/* What is left out is told, and who needs little leaves it to the others. */
static void test_tables_share_the_height(void **state)
{
	struct mp_frame_view v = view();
	struct mp_frame f;

	(void)state;
	v.height = 8 + 6;
	f = make(&v);
	assert_non_null(
		strstr(f.lines[line_with(&f, "STATE")].text, "(2 of 3)"));
	assert_non_null(
		strstr(f.lines[line_with(&f, "IN FLIGHT")].text, "(2 of 3)"));
	assert_non_null(
		strstr(f.lines[line_with(&f, "LAST MINUTE")].text, "(2 of 3)"));
	mp_frame_release(&f);

	v.rows.page_count = 0;
	f = make(&v);
	assert_null(strstr(f.lines[line_with(&f, "STATE")].text, "of 3"));
	assert_null(strstr(f.lines[line_with(&f, "IN FLIGHT")].text, "of 3"));
	mp_frame_release(&f);

	now_list.count = 1;
	v.rows.page_count = 3;
	v.height = 8 + 5;
	f = make(&v);
	assert_int_equal(f.count, 13);
	assert_null(strstr(f.lines[line_with(&f, "LAST MINUTE")].text, "of 3"));
	mp_frame_release(&f);
	now_list.count = 3;
}

static void test_nothing_is_fine(void **state)
{
	const struct mp_live_list none = { 0 };
	struct mp_frame_view v = {
		.rows = { .now = &none, .filter = "x" },
		.closed_logs = 1,
		.height = 24,
		.width = 80,
	};
	struct mp_frame f = make(&v);

	(void)state;
	assert_int_equal(f.count, 8);
	assert_non_null(strstr(f.lines[1].text, "pages like x"));
	assert_non_null(strstr(f.lines[1].text, "not all logs can be read"));
	mp_frame_release(&f);
}

static void test_frame_of_lines(void **state)
{
	static const char *const lines[] = { "head", "line" };
	struct mp_frame f;

	(void)state;
	assert_int_equal(mp_frame_of(lines, 2, &f), 0);
	assert_int_equal(f.count, 2);
	assert_string_equal(f.lines[1].text, "line");
	assert_int_equal(f.lines[0].style, MP_FRAME_HEAD);
	assert_int_equal(f.lines[1].style, MP_FRAME_PLAIN);
	mp_frame_release(&f);
}

#define TEST(f) cmocka_unit_test_setup(f, setup)

int main(void)
{
	struct CMUnitTest matches[ARRAY_SIZE(match_cases)];
	struct CMUnitTest orders[ARRAY_SIZE(order_cases)];
	const struct CMUnitTest tests[] = {
		TEST(test_rates_need_two_looks),
		TEST(test_rows_are_filtered_by_page),
		TEST(test_request_tells_what_it_did),
		TEST(test_all_is_shown_where_there_is_no_height),
		TEST(test_paused_and_killed_are_marked),
		TEST(test_it_fits_any_size),
		TEST(test_tables_share_the_height),
		TEST(test_nothing_is_fine),
		TEST(test_frame_of_lines),
	};
	int failed;

	setlocale(LC_CTYPE, "C.UTF-8");
	for (size_t i = 0; i < ARRAY_SIZE(match_cases); i++)
		matches[i] = (struct CMUnitTest){
			.name = match_cases[i].filter,
			.test_func = test_match,
			.initial_state = &match_cases[i],
		};
	for (size_t i = 0; i < ARRAY_SIZE(order_cases); i++)
		orders[i] = (struct CMUnitTest){
			.name = order_cases[i].name,
			.test_func = test_order,
			.initial_state = &order_cases[i],
		};
	failed = cmocka_run_group_tests_name("match", matches, NULL, NULL);
	failed += cmocka_run_group_tests_name("order", orders, NULL, NULL);
	failed += cmocka_run_group_tests_name("frame", tests, NULL, NULL);
	return failed ? 1 : 0;
}
