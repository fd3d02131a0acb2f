/* report: whatever the view, the same with any number of threads and any size
   of blocks; and a page is judged the same, whether others are shown or not. */

#include "test.h"

#include "lines.h"
#include "report/block.h"
#include "report/markdown.h"
#include "report/pagesjson.h"
#include "report/report.h"
#include "report/scan.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#define LINES 6000

static char path[64];
static char *paths[] = { path, NULL };

static uint64_t seed = 88172645463325252;

/* Marsaglia's xorshift64. */
static uint64_t next_random(void)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return seed;
}

static unsigned below(unsigned limit)
{
	return (unsigned)(next_random() % limit);
}

/* Three hosts of four processes each over three hours; `/leak` leaks. */
static void put_line(FILE *out, unsigned i)
{
	unsigned kept = 0, page = below(20), s = i * 10800 / LINES;
	char id[32];

	if (page == 0) {
		strcpy(id, "/leak");
		kept = 100 + below(100);
	} else if (page < 8) {
		sprintf(id, "/user/%u", below(500));
	} else if (page < 12) {
		sprintf(id, "/user/%u/edit", below(300));
	} else {
		sprintf(id, "/page%u", page);
	}
	fprintf(out,
		"2026-11-21T%02u:%02u:%02u.%06uZ\t%s\t%s%.0u\t0.%06u\t1000\t"
		"5000\t1000\t%u\t0\t%u\t%u\t500\t%u\t%u\t900000\t950000\t"
		"990000\t%u\t1\tweb%u\n",
		s / 3600, s / 60 % 60, s % 60, below(1000000), id,
		page == 9 ? "OOPS-" : "-", page == 9 ? i : 0, below(1000000),
		5000 + kept, kept, 500 + kept, 600 + i % 1000, below(2),
		100 + below(4), below(3));
}

static int make_log(void **state)
{
	int fd = memfd_create("log", MFD_CLOEXEC);
	FILE *out = fdopen(fd, "w");

	(void)state;
	assert_non_null(out);
	for (unsigned i = 0; i < LINES; i++) {
		put_line(out, i);
		if (i % 1000 == 7)
			fprintf(out,
				"2026-11-21T%02u:00:00.000000Z\t(outside)\t-\t"
				"\\N\t\\N\t\\N\t\\N\t\\N\t\\N\t4096\t\\N\t\\N\t"
				"\\N\t\\N\t\\N\t\\N\t\\N\t100\t1\tweb0\n",
				i / 2000);
	}
	fflush(out);
	sprintf(path, "/proc/self/fd/%d", fd);
	return 0;
}

static void note_fault(void *user, const char *log, uint64_t number,
		       const struct mp_record_fault *fault)
{
	(void)user;
	fail_msg("%s:%lu: %s: %s", log, (unsigned long)number, fault->name,
		 fault->expected);
}

static void note_end(void *user, const struct mp_scan_end *end)
{
	(void)user;
	assert_int_equal(end->err, 0);
}

static int add(void *part, const struct mp_record *r, enum mp_record_form form)
{
	return mp_report_add(part, r, form);
}

static void scan(const struct mp_report_options *options, unsigned threads,
		 size_t block_size, struct mp_report *ret)
{
	struct mp_report *parts = calloc(threads, sizeof(*parts));
	void **lanes = calloc(threads, sizeof(*lanes));
	const struct mp_scan s = {
		.paths = paths,
		.threads = threads,
		.block_size = block_size,
		.view = options->view,
		.add = add,
		.lanes = lanes,
		.lane_count = threads,
		.fault = note_fault,
		.end = note_end,
	};

	assert_non_null(parts);
	assert_non_null(lanes);
	for (unsigned i = 0; i < threads; i++) {
		mp_report_init(&parts[i], options);
		lanes[i] = &parts[i];
	}
	assert_int_equal(mp_scan(&s), 0);
	mp_report_init(ret, options);
	for (unsigned i = 0; i < threads; i++) {
		assert_int_equal(mp_report_join(ret, &parts[i]), 0);
		mp_report_release(&parts[i]);
	}
	assert_int_equal(mp_report_finish(ret), 0);
	free(parts);
	free(lanes);
}

static char *print(struct mp_report *r)
{
	char *text = NULL;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	assert_non_null(out);
	mp_pagesjson_print(r, out);
	mp_markdown_print(r, out);
	assert_int_equal(fclose(out), 0);
	return text;
}

/* ---- any threads, any blocks ---- */

#define MIDNIGHT INT64_C(1795219200000000)

#define ANY UINT64_MAX

static struct view_case {
	const char *name;
	enum mp_view_by by;
	const char *pages[3], *collapse[3];
	int since_s, until_s; /* after midnight; none where both are 0 */
	size_t rows;
	uint64_t requests;
} view_cases[] = {
	{ .name = "all", .rows = 793, .requests = LINES },
	{ .name = "by pid", .by = MP_VIEW_PID, .rows = 12, .requests = LINES },
	{ .name = "by host", .by = MP_VIEW_HOST, .rows = 3, .requests = LINES },
	{ .name = "by minute",
	  .by = MP_VIEW_MINUTE,
	  .rows = 180,
	  .requests = LINES },
	{ .name = "by hour", .by = MP_VIEW_HOUR, .rows = 3, .requests = LINES },
	{ .name = "by oops id",
	  .by = MP_VIEW_OOPS,
	  .rows = 311,
	  .requests = LINES },
	{ .name = "collapsed",
	  .collapse = { "/user/*/edit", "/user/*" },
	  .rows = 11,
	  .requests = LINES },
	{ .name = "all as one",
	  .collapse = { "*" },
	  .rows = 1,
	  .requests = LINES },
	{ .name = "one page",
	  .pages = { "/leak" },
	  .rows = 1,
	  .requests = ANY },
	{ .name = "pages that are one",
	  .pages = { "/user/[*]" },
	  .collapse = { "/user/*/edit", "/user/*" },
	  .rows = 1,
	  .requests = ANY },
	{ .name = "no page", .pages = { "/nowhere" } },
	{ .name = "no page by host",
	  .by = MP_VIEW_HOST,
	  .pages = { "/nowhere" } },
	{ .name = "pages of processes",
	  .by = MP_VIEW_PID,
	  .pages = { "/leak", "/page1*" },
	  .rows = 12,
	  .requests = ANY },
	{ .name = "an hour by minute",
	  .by = MP_VIEW_MINUTE,
	  .since_s = 3600,
	  .until_s = 7200,
	  .rows = 60,
	  .requests = LINES / 3 },
	{ .name = "an hour by page",
	  .collapse = { "/user/*" },
	  .since_s = 3600,
	  .until_s = 7200,
	  .rows = 10,
	  .requests = LINES / 3 },
	{ .name = "before the log", .since_s = -60 },
};

static void make_view(const struct view_case *c, struct mp_view *ret)
{
	*ret = mp_view_all;
	ret->by = c->by;
	for (const char *const *p = c->pages; *p; p++)
		assert_int_equal(mp_globs_add(&ret->pages, *p), 0);
	for (const char *const *p = c->collapse; *p; p++)
		assert_int_equal(mp_globs_add(&ret->collapse, *p), 0);
	if (c->since_s == 0 && c->until_s == 0)
		return;
	ret->since_us = MIDNIGHT + c->since_s * INT64_C(1000000);
	ret->until_us = MIDNIGHT + c->until_s * INT64_C(1000000);
}

static void assert_adds_up(const struct view_case *c, const struct mp_report *r)
{
	uint64_t requests = 0;

	assert_int_equal(r->totals.count, c->rows);
	for (size_t i = 0; i < r->totals.count; i++)
		requests += r->totals.pages[i]->requests;
	assert_int_equal(r->all.requests, requests);
	assert_int_equal(requests + r->left_out, LINES);
	if (c->requests != ANY)
		assert_int_equal(requests, c->requests);
}

static void test_view(void **state)
{
	static const unsigned threads[] = { 1, 2, 3, 7 };
	const struct view_case *c = *state;
	struct mp_view view;
	const struct mp_report_options options = {
		.view = &view,
		.top = SIZE_MAX,
		.worst = 10,
		.verdict = mp_verdict_defaults,
	};
	char *want = NULL;

	make_view(c, &view);
	for (size_t i = 0; i < ARRAY_SIZE(threads); i++)
		for (unsigned small = 0; small < 2; small++) {
			struct mp_report r;
			char *got;

			scan(&options, threads[i],
			     small ? MP_BLOCK_MIN + below(9000) : MP_SCAN_BLOCK,
			     &r);
			assert_adds_up(c, &r);
			got = print(&r);
			if (want)
				assert_string_equal(got, want);
			free(want);
			want = got;
			mp_report_release(&r);
		}
	free(want);
}

/* ---- verdicts ---- */

static const struct mp_page *find(const struct mp_report *r, const char *id)
{
	for (size_t i = 0; i < r->totals.count; i++)
		if (r->totals.pages[i]->id.len == strlen(id) &&
		    !memcmp(r->totals.pages[i]->id.p, id, strlen(id)))
			return r->totals.pages[i];
	fail_msg("no page %s", id);
	return NULL;
}

static void test_a_page_is_judged_the_same_alone(void **state)
{
	struct mp_view view = mp_view_all;
	struct mp_report_options options = { .top = SIZE_MAX,
					     .verdict = mp_verdict_defaults };
	const struct mp_page *a, *b;
	struct mp_report all, one;

	(void)state;
	scan(&options, 2, MP_SCAN_BLOCK, &all);
	options.view = &view;
	mp_globs_add(&view.pages, "/le*");
	scan(&options, 2, MP_SCAN_BLOCK, &one);
	a = find(&all, "/leak");
	b = find(&one, "/leak");
	assert_int_equal(one.totals.count, 1);
	assert_int_equal(a->verdict.kind, MP_VERDICT_LEAK);
	assert_memory_equal(&a->verdict, &b->verdict, sizeof(a->verdict));
	assert_true(all.totals.outside.requests > 0);
	assert_int_equal(one.totals.outside.requests, 0);
	mp_report_release(&all);
	mp_report_release(&one);
}

/* It leaks in many pages that are one: none alone has enough requests. */
static void test_pages_that_are_one_are_judged_as_one(void **state)
{
	struct mp_view view = mp_view_all;
	const struct mp_report_options options = {
		.view = &view,
		.top = SIZE_MAX,
		.verdict = mp_verdict_defaults,
	};
	struct mp_report r;

	(void)state;
	mp_globs_add(&view.collapse, "/[lp]*");
	scan(&options, 3, MP_SCAN_BLOCK, &r);
	assert_int_equal(find(&r, "/[lp]*")->verdict.kind, MP_VERDICT_LEAK);
	mp_report_release(&r);
}

static void test_rows_that_are_no_pages_are_not_judged(void **state)
{
	struct mp_view view = mp_view_all;
	const struct mp_report_options options = {
		.view = &view,
		.top = SIZE_MAX,
		.verdict = mp_verdict_defaults,
	};
	struct mp_report r;

	(void)state;
	view.by = MP_VIEW_HOST;
	scan(&options, 2, MP_SCAN_BLOCK, &r);
	assert_false(mp_report_has_verdicts(&r));
	for (size_t i = 0; i < r.totals.count; i++)
		assert_int_equal(r.totals.pages[i]->verdict.kind,
				 MP_VERDICT_NONE);
	assert_int_equal(r.totals.outside.verdict.kind, MP_VERDICT_NONE);
	mp_report_release(&r);
}

/* Of two pages that give as much as a third takes, one is left. */
static void add_ties(struct mp_report *r, bool backwards)
{
	static const char *const ids[] = { "/a", "/b", "/takes" };

	for (unsigned i = 0; i < 3 * 2000; i++) {
		unsigned which = backwards ? 2 - i % 3 : i % 3;
		struct mp_record record = lines_record(ids[which]);

		record.timestamp_us = MIDNIGHT + i / 3 * INT64_C(1000000);
		record.allocated = which < 2 ? 1000 : 0;
		record.freed = which < 2 ? 0 : 1000;
		record.overlap = 0;
		record.heap_allocated = record.heap_active =
			record.heap_resident =
				INT64_C(100000000) + i / 3 * 1000;
		record.end_rss = record.heap_resident;
		assert_int_equal(mp_report_add(r, &record, MP_RECORD_FORMAT_1),
				 0);
	}
}

static void test_verdicts_do_not_depend_on_the_order_of_pages(void **state)
{
	const struct mp_report_options options = {
		.top = SIZE_MAX,
		.verdict = mp_verdict_defaults,
	};
	char *texts[2];

	(void)state;
	for (unsigned i = 0; i < 2; i++) {
		struct mp_report r;

		mp_report_init(&r, &options);
		add_ties(&r, i > 0);
		assert_int_equal(mp_report_finish(&r), 0);
		texts[i] = print(&r);
		mp_report_release(&r);
	}
	assert_non_null(strstr(texts[0], "hand-over"));
	assert_string_equal(texts[0], texts[1]);
	free(texts[0]);
	free(texts[1]);
}

/* ---- lists ---- */

static void test_lists_have_only_what_counts(void **state)
{
	struct mp_view view = mp_view_all;
	const struct mp_report_options options = {
		.view = &view,
		.top = SIZE_MAX,
		.worst = 10,
		.verdict = mp_verdict_defaults,
	};
	const struct mp_worst_list *list;
	struct mp_report r;

	(void)state;
	mp_globs_add(&view.pages, "/page1*");
	scan(&options, 2, MP_SCAN_BLOCK, &r);
	list = &r.worst.lists[MP_WORST_PEAK];
	assert_int_equal(list->count, 10);
	for (size_t i = 0; i < list->count; i++)
		assert_memory_equal(list->requests[i]->record.page_id.p,
				    "/page1", 6);
	mp_report_release(&r);
}

/* ---- order ---- */

static void assert_first(const struct mp_report_options *options,
			 enum mp_column_id sorted_by, const char *id)
{
	struct mp_report r;

	scan(options, 2, MP_SCAN_BLOCK, &r);
	assert_int_equal(r.sorted_by, sorted_by);
	assert_ptr_equal(r.totals.pages[0], find(&r, id));
	mp_report_release(&r);
}

static void test_times_are_in_order_unless_asked_otherwise(void **state)
{
	struct mp_view view = mp_view_all;
	struct mp_report_options options = { .view = &view, .top = SIZE_MAX };

	(void)state;
	assert_first(&options, MP_COLUMN_RETAINED, "/leak");
	view.by = MP_VIEW_MINUTE;
	assert_first(&options, MP_COLUMN_PAGE_ID, "2026-11-21T00:00");
	view.by = MP_VIEW_HOUR;
	assert_first(&options, MP_COLUMN_PAGE_ID, "2026-11-21T00");
	view.by = MP_VIEW_PAGE;
	options.sorted = true;
	options.sort = MP_COLUMN_PAGE_ID;
	assert_first(&options, MP_COLUMN_PAGE_ID, "/leak");
	options.sort = MP_COLUMN_CLEAN_RSS;
	assert_first(&options, MP_COLUMN_CLEAN_RSS, "/leak");
}

#define PLAIN_TESTS 6

int main(void)
{
	struct CMUnitTest tests[PLAIN_TESTS + ARRAY_SIZE(view_cases)] = {
		cmocka_unit_test(test_a_page_is_judged_the_same_alone),
		cmocka_unit_test(test_pages_that_are_one_are_judged_as_one),
		cmocka_unit_test(test_rows_that_are_no_pages_are_not_judged),
		cmocka_unit_test(
			test_verdicts_do_not_depend_on_the_order_of_pages),
		cmocka_unit_test(test_lists_have_only_what_counts),
		cmocka_unit_test(
			test_times_are_in_order_unless_asked_otherwise),
	};

	for (size_t i = 0; i < ARRAY_SIZE(view_cases); i++)
		tests[PLAIN_TESTS + i] = (struct CMUnitTest){
			.name = view_cases[i].name,
			.test_func = test_view,
			.initial_state = &view_cases[i],
		};
	return cmocka_run_group_tests_name("report", tests, make_log, NULL);
}
