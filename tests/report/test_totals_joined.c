/* totals: parts that are joined are the whole. */

#include "totalling.h"

static void assert_same_sum(const struct mp_sum *a, const struct mp_sum *b)
{
	assert_sum(a, b->value, b->lines);
}

static void assert_same_page(const struct mp_page *a, const struct mp_page *b)
{
	assert_int_equal(a->id.len, b->id.len);
	assert_memory_equal(a->id.p, b->id.p, a->id.len);
	assert_int_equal(a->requests, b->requests);
	assert_int_equal(a->errors, b->errors);
	assert_same_sum(&a->duration_us, &b->duration_us);
	assert_int_equal(a->duration_max_us, b->duration_max_us);
	assert_int_equal(a->durations_us.count, b->durations_us.count);
	for (double q = 0; q <= 1; q += 0.25)
		assert_int_equal(mp_sketch_quantile(&a->durations_us, q),
				 mp_sketch_quantile(&b->durations_us, q));
	assert_same_sum(&a->rss, &b->rss);
	assert_same_sum(&a->clean_rss, &b->clean_rss);
	assert_same_sum(&a->allocated, &b->allocated);
	assert_same_sum(&a->freed, &b->freed);
	assert_same_sum(&a->retained, &b->retained);
	assert_int_equal(a->peak_max, b->peak_max);
	assert_int_equal(a->evidence.lines, b->evidence.lines);
	assert_int_equal(a->evidence.first_us, b->evidence.first_us);
	assert_int_equal(a->evidence.last_us, b->evidence.last_us);
}

static void assert_same(struct mp_totals *a, struct mp_totals *b)
{
	struct mp_page all_a, all_b;

	assert_int_equal(mp_order_by_growth(a), mp_order_by_growth(b));
	assert_int_equal(a->count, b->count);
	for (size_t i = 0; i < a->count; i++)
		assert_same_page(a->pages[i], b->pages[i]);
	assert_same_page(&a->outside, &b->outside);
	mp_totals_all(a, &all_a);
	mp_totals_all(b, &all_b);
	assert_same_page(&all_a, &all_b);
	mp_sketch_release(&all_a.durations_us);
	mp_sketch_release(&all_b.durations_us);
	assert_int_equal(a->started, b->started);
	assert_int_equal(a->stopped, b->stopped);
	assert_int_equal(a->unknown_own, b->unknown_own);
	assert_same_sum(&a->sampled, &b->sampled);
	assert_same_sum(&a->threshold, &b->threshold);
	assert_int_equal(a->one_in_min, b->one_in_min);
	assert_int_equal(a->one_in_max, b->one_in_max);
	assert_int_equal(a->history.count, b->history.count);
	assert_int_equal(a->history.first_us, b->history.first_us);
	assert_int_equal(a->history.last_us, b->history.last_us);
	assert_int_equal(a->saturated, b->saturated);
}

/* A line of every kind and with every gap, by its number. */
static struct mp_record nth_line(unsigned i, char *id, size_t size)
{
	static const char *const skips[] = {
		"sampled=9,threshold=1,one_in=10",
		"sampled=0,threshold=5,one_in=3",
		"-",
	};
	static const char *const own[] = { "(outside)", "(started)",
					   "(stopped)", "(skipped)" };
	struct mp_record r;

	snprintf(id, size, "page%u", i % 700);
	r = lines_record(i % 9 ? id : own[i / 9 % ARRAY_SIZE(own)]);
	r.timestamp_us += (int64_t)i * 500000;
	r.pid = i % 3;
	r.duration_us = i % 4 ? (int64_t)i * i : MP_UNKNOWN;
	r.rss_delta = i % 5 ? 4096 * (int64_t)(i % 11) - 8192 : MP_UNKNOWN;
	r.overlap = i % 6 ? i % 2 : MP_UNKNOWN;
	r.allocated = i % 7 ? i : MP_UNKNOWN;
	r.freed = i % 8 ? i / 2 : MP_UNKNOWN;
	r.peak = i % 10 ? 3 * (int64_t)i : MP_UNKNOWN;
	if (i % 13 == 0)
		r.oops_id = lines_text("OOPS");
	if (r.page_id.p == own[3])
		r.oops_id = lines_text(skips[i / 36 % ARRAY_SIZE(skips)]);
	return r;
}

#define LINES 20001 /* so that the last is not of the first part */
#define PARTS 3

/* Page by page to the parts, as threads read a log; own lines to any. */
static void test_parts_joined_are_the_whole(void **state)
{
	struct mp_totals parts[PARTS];
	char id[32];

	(void)state;
	for (unsigned i = 0; i < PARTS; i++)
		mp_totals_init(&parts[i]);
	for (unsigned i = 0; i < LINES; i++) {
		struct mp_record r = nth_line(i, id, sizeof(id));
		unsigned part = mp_record_is_own(&r) ? i / 9 : i % 700;

		add(r);
		add_to(&parts[part % PARTS], r);
	}
	assert_true(totals.count > 600);
	assert_true(totals.one_in_min == 3 && totals.one_in_max == 10);
	for (unsigned i = 1; i < PARTS; i++) {
		assert_int_equal(mp_totals_join(&parts[0], &parts[i]), 0);
		assert_int_equal(parts[i].count, 0);
		assert_int_equal(parts[i].started, 0);
	}
	assert_same(&parts[0], &totals);

	/* And pages are found again there. */
	for (unsigned i = 0; i < LINES; i++) {
		struct mp_record r = nth_line(i, id, sizeof(id));

		add(r);
		add_to(&parts[0], r);
	}
	assert_same(&parts[0], &totals);
	mp_totals_release(&parts[0]);
}

static void test_joined_to_nothing_it_is_itself(void **state)
{
	struct mp_totals from, none;

	(void)state;
	mp_totals_init(&from);
	mp_totals_init(&none);
	add_to(&from, heap_record("a", 10, 0));
	add_to(&from, skipped("sampled=9,threshold=1,one_in=10"));
	assert_int_equal(mp_totals_join(&totals, &from), 0);
	assert_int_equal(mp_totals_join(&totals, &none), 0);
	assert_int_equal(totals.count, 1);
	assert_sum(&page("a")->retained, 10, 1);
	assert_sum(&totals.sampled, 9, 1);
	assert_int_equal(totals.one_in_min, 10);
	assert_int_equal(totals.one_in_max, 10);
}

static void test_a_part_that_did_not_fit_is_said(void **state)
{
	struct mp_totals from;

	(void)state;
	mp_totals_init(&from);
	add_to(&from, heap_record("a", INT64_MAX, 0));
	add_to(&from, heap_record("a", 1, 0));
	assert_int_equal(mp_totals_join(&totals, &from), 0);
	assert_true(totals.saturated);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TOTALS_TEST(test_parts_joined_are_the_whole),
		TOTALS_TEST(test_joined_to_nothing_it_is_itself),
		TOTALS_TEST(test_a_part_that_did_not_fit_is_said),
	};

	return cmocka_run_group_tests_name("totals_joined", tests, NULL, NULL);
}
