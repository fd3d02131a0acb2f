/* courses: what pages kept, over time and by size, whole and in parts. */

#include "test.h"

#include "lines.h"
#include "report/courses.h"

#include <stdio.h>
#include <stdlib.h>

#define SECOND INT64_C(1000000)

static struct mp_courses courses;

static int set_up(void **state)
{
	(void)state;
	mp_courses_init(&courses);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	mp_courses_release(&courses);
	return 0;
}

static struct mp_record request(const char *page, int64_t us, int64_t kept)
{
	struct mp_record r = lines_record(page);

	r.timestamp_us = us;
	r.allocated = kept > 0 ? kept : 0;
	r.freed = kept < 0 ? -kept : 0;
	return r;
}

static void add(struct mp_courses *c, const struct mp_record *r)
{
	assert_int_equal(mp_courses_add(c, r), 0);
}

/* What a page kept until `us`; buckets are not cut. */
static int64_t kept_until(const struct mp_course *page, int64_t us)
{
	int64_t width = INT64_C(1) << courses.shift, sum = 0;

	for (int64_t i = courses.low; i <= courses.high; i++) {
		const int64_t *growth =
			mp_row_find(&page->over_time, &mp_cells_sums, i);

		if (growth && (i + 1) * width <= us)
			sum += *growth;
	}
	return sum;
}

static int64_t count_of(const struct mp_course *page, int size)
{
	const int64_t *count = mp_row_find(&page->sizes, &mp_cells_sums, size);

	return count ? *count : 0;
}

static struct size_case {
	const char *name;
	int64_t bytes;
	int size;
} size_cases[] = {
	{ "0 bytes", 0, 0 },	       { "1 byte", 1, 1 },
	{ "2 bytes", 2, 2 },	       { "3 bytes", 3, 2 },
	{ "1023 bytes", 1023, 10 },    { "1 KiB", 1024, 11 },
	{ "a byte less", -1, -1 },     { "4 KiB less", -4096, -13 },
	{ "the most", INT64_MAX, 63 }, { "the least", INT64_MIN + 1, -63 },
};

static void test_size(void **state)
{
	const struct size_case *c = *state;

	assert_int_equal(mp_courses_size(c->bytes), c->size);
}

static void test_growth_counts_where_the_request_ended(void **state)
{
	struct mp_record r = request("Page", 100 * SECOND, 5000);

	(void)state;
	r.duration_us = 40 * SECOND;
	add(&courses, &r);
	r = request("Page", 100 * SECOND, -200);
	add(&courses, &r);
	r = request("Page", 100 * SECOND, 0);
	r.duration_us = INT64_MAX; /* beyond all time: none */
	add(&courses, &r);
	assert_int_equal(mp_courses_sort(&courses), MP_RANK_RETAINED);
	assert_int_equal(courses.requests, 3);
	assert_int_equal(courses.pages[0]->growth.value, 4800);
	assert_int_equal(courses.pages[0]->growth.lines, 3);
	assert_int_equal(kept_until(courses.pages[0], 101 * SECOND), -200);
	assert_int_equal(kept_until(courses.pages[0], 139 * SECOND), -200);
	assert_int_equal(kept_until(courses.pages[0], 141 * SECOND), 4800);
	assert_int_equal(courses.first_us, 100 * SECOND);
	assert_int_equal(courses.last_us, 140 * SECOND);
	assert_int_equal(count_of(courses.pages[0], 13), 1);
	assert_int_equal(count_of(courses.pages[0], -8), 1);
	assert_int_equal(count_of(courses.pages[0], 0), 1);
}

/* Each page by the best that it knows: heap, clean RSS, RSS. */
static void test_the_best_growth_counts(void **state)
{
	struct mp_record r;

	(void)state;
	r = lines_record("Page");
	r.rss_delta = 1;
	r.overlap = 3;
	add(&courses, &r);
	assert_int_equal(courses.pages[0]->rank, MP_RANK_RSS);
	r.rss_delta = 10;
	r.overlap = 0;
	add(&courses, &r);
	r.overlap = MP_UNKNOWN;
	add(&courses, &r);
	assert_int_equal(courses.pages[0]->rank, MP_RANK_CLEAN_RSS);
	assert_int_equal(courses.pages[0]->growth.value, 10);
	assert_int_equal(courses.pages[0]->growth.lines, 1);
	r = request("Page", 1, 100);
	r.rss_delta = 7;
	add(&courses, &r);
	r = lines_record("Page");
	r.rss_delta = 10;
	r.overlap = 0;
	add(&courses, &r);
	assert_int_equal(courses.pages[0]->rank, MP_RANK_RETAINED);
	assert_int_equal(courses.pages[0]->growth.value, 100);
	assert_int_equal(courses.pages[0]->growth.lines, 1);
	assert_int_equal(courses.pages[0]->requests, 5);
	assert_int_equal(courses.cells, courses.pages[0]->over_time.capacity);
	assert_int_equal(count_of(courses.pages[0], 7), 1);
	assert_int_equal(count_of(courses.pages[0], 4), 0);
	assert_int_equal(kept_until(courses.pages[0], INT64_MAX / 4), 100);
}

static void test_pages_are_sorted_by_kind_then_by_growth(void **state)
{
	static const char *const order[] = { "big",   "also", "even",
					     "taker", "rss",  "unknown" };
	struct mp_record r;

	(void)state;
	r = lines_record("unknown");
	add(&courses, &r);
	r = lines_record("rss");
	r.rss_delta = 1 << 30;
	add(&courses, &r);
	r = request("taker", 1, -5000);
	add(&courses, &r);
	r = request("even", 1, 5);
	add(&courses, &r);
	r = request("also", 1, 5);
	add(&courses, &r);
	r = request("big", 1, 50);
	add(&courses, &r);
	assert_int_equal(mp_courses_sort(&courses), MP_RANK_RETAINED);
	for (size_t i = 0; i < ARRAY_SIZE(order); i++)
		assert_memory_equal(courses.pages[i]->id.p, order[i],
				    courses.pages[i]->id.len);
}

static void test_no_page_has_no_kind(void **state)
{
	(void)state;
	assert_int_equal(mp_courses_sort(&courses), MP_RANK_RSS);
	assert_true(courses.first_us > courses.last_us);
}

/* A random log, in one piece and in three that are merged. */
static void test_merged_parts_are_the_whole(void **state)
{
	enum { LINES = 5000 };
	struct mp_courses parts[3], whole;
	unsigned seed = 5;

	(void)state;
	mp_courses_init(&whole);
	for (size_t i = 0; i < 3; i++)
		mp_courses_init(&parts[i]);
	for (int i = 0; i < LINES; i++) {
		struct mp_record r;
		char page[16];

		snprintf(page, sizeof(page), "%d", rand_r(&seed) % 9);
		r = request(page, i * SECOND / 3, rand_r(&seed) % 900 - 300);
		/* Now and then a part knows the heap of a page first. */
		if (rand_r(&seed) % 500 < 490 - i) {
			r.allocated = MP_UNKNOWN;
			r.rss_delta = 4096;
			r.overlap = rand_r(&seed) % 2;
		}
		add(&whole, &r);
		add(&parts[i < 100 ? 0 : 1 + rand_r(&seed) % 2], &r);
	}
	for (size_t i = 0; i < 3; i++) {
		assert_int_equal(mp_courses_merge(&courses, &parts[i]), 0);
		mp_courses_release(&parts[i]);
	}
	assert_int_equal(mp_courses_sort(&whole), mp_courses_sort(&courses));
	assert_int_equal(courses.requests, LINES);
	assert_int_equal(courses.shift, whole.shift);
	assert_int_equal(courses.first_us, whole.first_us);
	assert_int_equal(courses.last_us, whole.last_us);
	for (size_t p = 0; p < 9; p++) {
		const struct mp_course *a = courses.pages[p],
				       *b = whole.pages[p];

		assert_int_equal(a->requests, b->requests);
		assert_int_equal(a->growth.value, b->growth.value);
		assert_int_equal(a->growth.lines, b->growth.lines);
		for (int size = -64; size <= 64; size++)
			assert_int_equal(count_of(a, size), count_of(b, size));
		for (int64_t us = 0; us < LINES * SECOND / 3; us += SECOND)
			assert_int_equal(kept_until(a, us), kept_until(b, us));
	}
	mp_courses_release(&whole);
}

static void test_memory_is_bounded_by_what_can_be_drawn(void **state)
{
	(void)state;
	for (int64_t i = 0; i < 200; i++)
		for (int page = 0; page < 20000; page++) {
			struct mp_record r;
			char id[16];

			snprintf(id, sizeof(id), "%d", page);
			r = request(id, i * 60 * SECOND, 1);
			add(&courses, &r);
		}
	assert_true(courses.cells <= MP_COURSES_CELLS);
	assert_true(courses.high - courses.low < MP_COURSES_BUCKETS);
	assert_true(courses.high - courses.low > 32);
	assert_int_equal(courses.pages[7]->growth.value, 200);
	assert_int_equal(kept_until(courses.pages[7], INT64_MAX / 4), 200);
}

int main(void)
{
	struct CMUnitTest tests[6 + ARRAY_SIZE(size_cases)] = {
		cmocka_unit_test_setup_teardown(
			test_growth_counts_where_the_request_ended, set_up,
			tear_down),
		cmocka_unit_test_setup_teardown(test_the_best_growth_counts,
						set_up, tear_down),
		cmocka_unit_test_setup_teardown(
			test_pages_are_sorted_by_kind_then_by_growth, set_up,
			tear_down),
		cmocka_unit_test_setup_teardown(test_no_page_has_no_kind,
						set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_merged_parts_are_the_whole,
						set_up, tear_down),
		cmocka_unit_test_setup_teardown(
			test_memory_is_bounded_by_what_can_be_drawn, set_up,
			tear_down),
	};

	for (size_t i = 0; i < ARRAY_SIZE(size_cases); i++)
		tests[6 + i] = (struct CMUnitTest){
			.name = size_cases[i].name,
			.test_func = test_size,
			.initial_state = &size_cases[i],
		};
	return cmocka_run_group_tests_name("courses", tests, NULL, NULL);
}
