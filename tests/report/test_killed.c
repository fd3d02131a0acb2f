/* killed: who was killed, with what in flight, the likely cause first. */

#include "test.h"

#include "report/killedlist.h"
#include "report/report.h"

#include <string.h>

#define MIB   (INT64_C(1) << 20)
#define S     INT64_C(1000000)
#define KILL1 (1000 * S)
#define KILL2 (2000 * S)

static struct mp_report report, part;

static int enter(void **state)
{
	struct mp_report_options options = {
		.top = SIZE_MAX,
		.worst = 5,
		.processes = 5,
	};

	(void)state;
	mp_report_init(&report, &options);
	mp_report_init(&part, &options);
	return 0;
}

static int leave(void **state)
{
	(void)state;
	mp_report_release(&report);
	mp_report_release(&part);
	return 0;
}

/* A request of process `pid` that began `took_us` before `last_us`. */
static struct mp_record request(int64_t pid, const char *page, int64_t last_us,
				int64_t took_us, int64_t growth)
{
	struct mp_record r = mp_record_unknown;

	r.timestamp_us = last_us - took_us;
	r.duration_us = took_us;
	r.page_id = (struct mp_text){ page, strlen(page) };
	r.oops_id = (struct mp_text){ "UNFINISHED", 10 };
	r.end_rss = 9000 * MIB;
	if (growth != MP_UNKNOWN)
		r.start_rss = r.end_rss - growth;
	r.rss_delta = growth;
	r.pid = pid;
	r.tid = pid;
	r.host = (struct mp_text){ "web1", 4 };
	return r;
}

static void add(struct mp_report *to, int64_t pid, const char *page,
		int64_t last_us, int64_t took_us, int64_t growth)
{
	struct mp_record r = request(pid, page, last_us, took_us, growth);

	assert_int_equal(mp_report_add(to, &r, MP_RECORD_FORMAT_1), 0);
}

static void assert_page(const struct mp_kill *kill, size_t i, const char *page,
			uint64_t requests, int64_t growth)
{
	assert_true(i < kill->count);
	assert_int_equal(kill->pages[i].id.len, strlen(page));
	assert_memory_equal(kill->pages[i].id.p, page, strlen(page));
	assert_int_equal(kill->pages[i].requests, requests);
	assert_int_equal(kill->pages[i].growth, growth);
}

static void test_the_last_to_see_all_growth_is_first(void **state)
{
	const struct mp_kill *kill;

	(void)state;
	add(&report, 7, "stream", KILL1, 3600 * S, 8200 * MIB);
	add(&report, 7, "export", KILL1, 20 * S, 8000 * MIB);
	add(&report, 7, "stream", KILL1, 5 * S, 3000 * MIB);
	add(&report, 7, "login", KILL1, S / 10, 100 * MIB);
	add(&report, 7, "unread", KILL1, S / 10, MP_UNKNOWN);
	assert_int_equal(mp_report_finish(&report), 0);

	assert_int_equal(report.killed.count, 1);
	kill = &report.killed.kills[0];
	assert_int_equal(kill->pid, 7);
	assert_int_equal(kill->requests, 5);
	assert_int_equal(kill->last_us, KILL1);
	assert_int_equal(kill->rss, 9000 * MIB);
	assert_int_equal(kill->count, 4);
	assert_page(kill, 0, "export", 1, 8000 * MIB);
	assert_page(kill, 1, "stream", 2, 8200 * MIB);
	assert_page(kill, 2, "login", 1, 100 * MIB);
	assert_page(kill, 3, "unread", 1, MP_UNKNOWN);
	assert_int_equal(kill->pages[1].oldest_us, 3600 * S);
	assert_int_equal(kill->pages[3].unknown, 1);
}

static void test_kills_are_told_apart(void **state)
{
	(void)state;
	add(&report, 7, "a", KILL1, S, MIB);
	add(&report, 7, "b", KILL2, S, MIB);
	add(&report, 8, "c", KILL1 + 1, S, MIB);
	/* It began just after the process was last seen. */
	add(&report, 7, "d", KILL1 + S / 1000, 0, 0);
	assert_int_equal(mp_report_finish(&report), 0);
	assert_int_equal(report.killed.count, 3);
	assert_page(&report.killed.kills[0], 0, "b", 1, MIB);
	assert_page(&report.killed.kills[1], 0, "a", 1, MIB);
	assert_page(&report.killed.kills[1], 1, "d", 1, 0);
	assert_page(&report.killed.kills[2], 0, "c", 1, MIB);
}

static void test_parts_are_joined(void **state)
{
	(void)state;
	add(&report, 7, "a", KILL1, S, MIB);
	for (int i = 0; i < 200; i++)
		add(&part, 7, "b", KILL1, S, 2 * MIB);
	assert_int_equal(mp_report_join(&report, &part), 0);
	assert_int_equal(mp_report_finish(&report), 0);
	assert_int_equal(report.killed.count, 1);
	assert_page(&report.killed.kills[0], 0, "b", 200, 2 * MIB);
	assert_page(&report.killed.kills[0], 1, "a", 1, MIB);
}

static void test_they_are_in_no_sum(void **state)
{
	struct mp_record done = request(7, "a", KILL1 - S, S, MIB);

	(void)state;
	done.oops_id = (struct mp_text){ "-", 1 };
	done.allocated = 100;
	done.freed = 30;
	assert_int_equal(mp_report_add(&report, &done, MP_RECORD_FORMAT_1), 0);
	add(&report, 7, "a", KILL1, 5000 * S, 9 * MIB);
	add(&report, 7, "b", KILL1, 5000 * S, 9 * MIB);
	assert_int_equal(mp_report_finish(&report), 0);
	assert_int_equal(report.totals.count, 1);
	assert_int_equal(report.all.requests, 1);
	for (unsigned i = 0; i < MP_WORST_LISTS; i++)
		assert_true(report.worst.lists[i].count <= 1);
	assert_int_equal(report.killed.kills[0].requests, 2);
}

static void test_a_view_counts_them_too(void **state)
{
	struct mp_view view = mp_view_all;
	struct mp_report_options options = { .top = SIZE_MAX, .view = &view };

	(void)state;
	view.since_us = KILL2 - 2 * S;
	mp_report_release(&report);
	mp_report_init(&report, &options);
	add(&report, 7, "early", KILL1, S, MIB);
	add(&report, 7, "late", KILL2, S, MIB);
	assert_int_equal(mp_report_finish(&report), 0);
	assert_int_equal(report.killed.count, 1);
	assert_page(&report.killed.kills[0], 0, "late", 1, MIB);
}

static void test_launchpads_lines_tell_as_much(void **state)
{
	struct mp_record r = request(MP_UNKNOWN, "a", KILL1, S, MIB);

	(void)state;
	r.host = (struct mp_text){ "", 0 };
	assert_int_equal(mp_report_add(&report, &r, MP_RECORD_LAUNCHPAD_8), 0);
	assert_int_equal(mp_report_finish(&report), 0);
	assert_int_equal(report.all.requests, 0);
	assert_true(report.killed.kills[0].is_local);
	assert_page(&report.killed.kills[0], 0, "a", 1, MIB);
}

static void test_printed(void **state)
{
	char text[2000] = "";
	FILE *out = fmemopen(text, sizeof(text), "w");

	(void)state;
	add(&report, 7, "export", KILL1, 20 * S, 8000 * MIB);
	for (unsigned i = 0; i < 25; i++)
		add(&report, 7, (char[]){ 'p', (char)('a' + i), 0 }, KILL1, S,
		    MIB);
	assert_int_equal(mp_report_finish(&report), 0);
	mp_killedlist_print(&report.killed, &report.options.style, out);
	fclose(out);
	assert_non_null(strstr(text,
			       "In flight when killed: 7@web1, last seen "
			       "1970-01-01T00:16:40.000000Z with an RSS of "
			       "8.79 GiB:\n"));
	assert_non_null(strstr(text, "7.81 GiB       20.00 s  20.00 s         "
				     "1  export\n"));
	assert_non_null(strstr(text, "and 6 more pages\n"));
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, enter, leave)
	const struct CMUnitTest tests[] = {
		TEST(test_the_last_to_see_all_growth_is_first),
		TEST(test_kills_are_told_apart),
		TEST(test_parts_are_joined),
		TEST(test_they_are_in_no_sum),
		TEST(test_a_view_counts_them_too),
		TEST(test_launchpads_lines_tell_as_much),
		TEST(test_printed),
	};

	return cmocka_run_group_tests_name("killed", tests, NULL, NULL);
}
