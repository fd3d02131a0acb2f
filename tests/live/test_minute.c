/* minute: what pages did in the last minute, and no more than that. */

#include "test.h"

#include "live/minute.h"

#include <stdio.h>
#include <string.h>

#define NOW_S 1000000
#define NOW   (INT64_C(1000000) * NOW_S)

static struct mp_minute *minute;

static int setup(void **state)
{
	(void)state;
	minute = mp_minute_new();
	return minute ? 0 : -1;
}

static int teardown(void **state)
{
	(void)state;
	mp_minute_free(minute);
	return 0;
}

/* A request that ended `ago_us` before NOW, and took a second. */
static struct mp_record request(const char *page, int64_t ago_us)
{
	struct mp_record r = mp_record_unknown;

	r.page_id = (struct mp_text){ page, strlen(page) };
	r.oops_id = (struct mp_text){ "-", 1 };
	r.timestamp_us = NOW - ago_us - 1000000;
	r.duration_us = 1000000;
	return r;
}

static void add(const char *page, int64_t ago_us, int64_t allocated,
		int64_t freed, int64_t rss)
{
	struct mp_record r = request(page, ago_us);

	r.allocated = allocated;
	r.freed = freed;
	r.rss_delta = rss;
	assert_int_equal(mp_minute_add(minute, &r, 0), 0);
}

/* The page `id` at a moment, or null. */
static const struct mp_minute_page *page_at(int64_t now_us, const char *id)
{
	const struct mp_minute_page *pages;
	size_t n = mp_minute_pages(minute, now_us, &pages);

	for (size_t i = 0; i < n; i++)
		if (pages[i].id.len == strlen(id) &&
		    !memcmp(pages[i].id.p, id, pages[i].id.len))
			return &pages[i];
	return NULL;
}

static void test_pages_are_summed_up(void **state)
{
	const struct mp_minute_page *p;

	(void)state;
	add("a", 0, 100, 30, 4096);
	add("b", 0, 1, 2, 0);
	add("a", 30000000, 1000, 0, -8192);
	p = page_at(NOW, "a");
	assert_non_null(p);
	assert_int_equal(p->requests, 2);
	assert_int_equal(p->kept, 1070);
	assert_int_equal(p->rss, -4096);
	assert_int_equal(p->longest_us, 1000000);
	p = page_at(NOW, "b");
	assert_non_null(p);
	assert_int_equal(p->kept, -1);
	assert_int_equal(p->rss, 0);
}

static void test_what_is_unknown_is_not_nothing(void **state)
{
	const struct mp_minute_page *p;

	(void)state;
	add("a", 0, MP_UNKNOWN, 30, MP_UNKNOWN);
	p = page_at(NOW, "a");
	assert_non_null(p);
	assert_true(p->kept == MP_UNKNOWN && p->rss == MP_UNKNOWN);
	add("a", 0, 100, 30, 5);
	add("a", 1000000, MP_UNKNOWN, MP_UNKNOWN, MP_UNKNOWN);
	p = page_at(NOW, "a");
	assert_non_null(p);
	assert_int_equal(p->kept, 70);
	assert_int_equal(p->rss, 5);
	assert_int_equal(p->requests, 3);
}

static void test_a_minute_later_it_is_forgotten(void **state)
{
	(void)state;
	add("a", 0, 100, 0, 0);
	add("b", 59000000, 100, 0, 0);
	assert_non_null(page_at(NOW, "b"));
	assert_null(page_at(NOW + 1000000, "b"));
	assert_non_null(page_at(NOW + 59000000, "a"));
	assert_null(page_at(NOW + 60000000, "a"));
	/* And may come again. */
	add("a", 0, 7, 0, 0);
	assert_int_equal(page_at(NOW, "a")->kept, 7);
}

static void test_a_second_comes_again_each_minute(void **state)
{
	(void)state;
	add("a", 60000000, 1, 0, 0);
	add("a", 0, 20, 0, 0);
	assert_int_equal(page_at(NOW, "a")->kept, 20);
	add("a", 60000000, 300, 0, 0); /* late, and too old */
	assert_int_equal(page_at(NOW, "a")->kept, 20);
	assert_int_equal(page_at(NOW, "a")->requests, 1);
}

static void test_the_future_is_not_told(void **state)
{
	(void)state;
	add("a", -1000000, 1, 0, 0);
	assert_null(page_at(NOW, "a"));
}

static void test_time_is_that_of_the_end(void **state)
{
	struct mp_record r = request("a", 0);

	(void)state;
	r.timestamp_us = NOW - 200500000;
	r.duration_us = 200600000;
	assert_int_equal(mp_minute_add(minute, &r, 0), 0);
	assert_non_null(page_at(NOW, "a"));
	r.duration_us = MP_UNKNOWN;
	r.page_id.p = "b";
	assert_int_equal(mp_minute_add(minute, &r, 0), 0);
	assert_null(page_at(NOW, "b"));
	r.duration_us = INT64_MAX;
	assert_int_equal(mp_minute_add(minute, &r, 0), 0);
	assert_null(page_at(NOW, "b"));
}

static void test_local_time_is_put_right(void **state)
{
	struct mp_record r = request("a", -3600000000);

	(void)state;
	assert_int_equal(mp_minute_add(minute, &r, 3600), 0);
	assert_non_null(page_at(NOW, "a"));
}

static void test_own_lines_are_no_requests(void **state)
{
	(void)state;
	add("(outside)", 0, 100, 0, 0);
	assert_null(page_at(NOW, "(outside)"));
}

static void test_too_many_pages_are_one(void **state)
{
	const struct mp_minute_page *pages;
	char id[32];

	(void)state;
	for (int i = 0; i < MP_MINUTE_PAGES + 10; i++) {
		snprintf(id, sizeof(id), "page%d", i);
		add(id, i < 20 ? 59000000 : 0, 1, 0, 0);
	}
	assert_int_equal(mp_minute_pages(minute, NOW, &pages),
			 MP_MINUTE_PAGES + 1);
	assert_int_equal(page_at(NOW, "(other)")->kept, 10);
	assert_int_equal(page_at(NOW, "page19")->kept, 1);
	assert_null(page_at(NOW, "page4100"));
	/* When some are forgotten there is room again, and those that are left
	   are found. */
	assert_int_equal(mp_minute_pages(minute, NOW + 1000000, &pages),
			 MP_MINUTE_PAGES - 19);
	add("page4100", 0, 5, 0, 0);
	add("page4000", 0, 6, 0, 0);
	assert_int_equal(page_at(NOW, "page4100")->kept, 5);
	assert_int_equal(page_at(NOW, "page4000")->kept, 7);
}

static void test_sums_that_do_not_fit_stay(void **state)
{
	(void)state;
	add("a", 0, INT64_MAX, 0, INT64_MAX);
	add("a", 0, INT64_MAX, 0, INT64_MAX);
	add("a", 1000000, INT64_MAX, 0, INT64_MAX);
	assert_true(page_at(NOW, "a")->kept == INT64_MAX);
	assert_true(page_at(NOW, "a")->rss == INT64_MAX);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_pages_are_summed_up),
		TEST(test_what_is_unknown_is_not_nothing),
		TEST(test_a_minute_later_it_is_forgotten),
		TEST(test_a_second_comes_again_each_minute),
		TEST(test_the_future_is_not_told),
		TEST(test_time_is_that_of_the_end),
		TEST(test_local_time_is_put_right),
		TEST(test_own_lines_are_no_requests),
		TEST(test_too_many_pages_are_one),
		TEST(test_sums_that_do_not_fit_stay),
	};

	return cmocka_run_group_tests_name("minute", tests, NULL, NULL);
}
