/* totals: sums of what is known, and pages found again. */

#include "totalling.h"

/* ---- sums ---- */

/* A sum and the column that it is of. */
static struct sum_case {
	const char *name;
	size_t column; /* in struct mp_record */
	size_t sum;    /* in struct mp_page */
} sum_cases[] = {
	{ "sum of durations", offsetof(struct mp_record, duration_us),
	  offsetof(struct mp_page, duration_us) },
	{ "sum of RSS growth", offsetof(struct mp_record, rss_delta),
	  offsetof(struct mp_page, rss) },
	{ "sum of bytes allocated", offsetof(struct mp_record, allocated),
	  offsetof(struct mp_page, allocated) },
	{ "sum of bytes freed", offsetof(struct mp_record, freed),
	  offsetof(struct mp_page, freed) },
};

static void add_value(const struct sum_case *c, const char *id, int64_t v)
{
	struct mp_record r = lines_record(id);

	*(int64_t *)((char *)&r + c->column) = v;
	add(r);
}

static const struct mp_sum *sum_of(const struct sum_case *c, const char *id)
{
	return (const struct mp_sum *)((const char *)page(id) + c->sum);
}

static void test_sum(void **state)
{
	const struct sum_case *c = *state;

	add_value(c, "known", 40);
	add_value(c, "known", MP_UNKNOWN);
	add_value(c, "known", 0);
	add_value(c, "known", 2);
	assert_sum(sum_of(c, "known"), 42, 3);
	assert_int_equal(page("known")->requests, 4);

	add_value(c, "unknown", MP_UNKNOWN);
	add_value(c, "unknown", MP_UNKNOWN);
	assert_sum(sum_of(c, "unknown"), 0, 0);

	/* The largest sum fits, and nothing beyond it. */
	add_value(c, "huge", INT64_MAX - 1);
	add_value(c, "huge", 1);
	assert_sum(sum_of(c, "huge"), INT64_MAX, 2);
	assert_false(totals.saturated);
	add_value(c, "huge", 1);
	assert_sum(sum_of(c, "huge"), INT64_MAX, 3);
	assert_true(totals.saturated);
}

static void test_unknown_everywhere_stays_unknown(void **state)
{
	struct mp_page all;

	(void)state;
	add(lines_record("p"));
	add(lines_record("p"));
	mp_totals_all(&totals, &all);
	for (unsigned i = 0; i < 2; i++) {
		const struct mp_page *p = i == 0 ? page("p") : &all;

		assert_int_equal(p->requests, 2);
		assert_int_equal(p->errors, 0);
		assert_sum(&p->duration_us, 0, 0);
		assert_sum(&p->rss, 0, 0);
		assert_sum(&p->clean_rss, 0, 0);
		assert_sum(&p->allocated, 0, 0);
		assert_sum(&p->freed, 0, 0);
		assert_sum(&p->retained, 0, 0);
		assert_int_equal(p->duration_max_us, MP_UNKNOWN);
		assert_int_equal(p->peak_max, MP_UNKNOWN);
		assert_int_equal(p->durations_us.count, 0);
	}
	assert_false(totals.saturated);
}

static void test_rss_is_clean_where_the_overlap_is_known_to_be_0(void **state)
{
	(void)state;
	add(rss_record("p", 100, 0));
	add(rss_record("p", -30, 0));
	add(rss_record("p", 1000, 1));
	add(rss_record("p", 10000, MP_UNKNOWN));
	add(rss_record("p", MP_UNKNOWN, 0));
	assert_sum(&page("p")->clean_rss, 70, 2);
	assert_sum(&page("p")->rss, 11070, 4);
}

static void test_retained_is_known_where_both_its_parts_are(void **state)
{
	(void)state;
	add(heap_record("p", 100, 30));
	add(heap_record("p", 5, 50));
	add(heap_record("p", 1000, MP_UNKNOWN));
	add(heap_record("p", MP_UNKNOWN, 1000));
	assert_sum(&page("p")->retained, 25, 2);
	assert_sum(&page("p")->allocated, 1105, 3);
	assert_sum(&page("p")->freed, 1080, 3);
}

/* The number below the least is that which says unknown. */
static void test_the_least_sum_is_one_above_unknown(void **state)
{
	(void)state;
	add(heap_record("p", 0, INT64_MAX));
	assert_sum(&page("p")->retained, -INT64_MAX, 1);
	assert_false(totals.saturated);
	add(heap_record("p", 0, 1));
	assert_sum(&page("p")->retained, -INT64_MAX, 2);
	assert_true(totals.saturated);
}

static void test_a_total_that_does_not_fit_is_said(void **state)
{
	struct mp_page all;

	(void)state;
	add(heap_record("a", INT64_MAX, 0));
	add(heap_record("b", 1, 0));
	assert_false(totals.saturated);
	mp_totals_all(&totals, &all);
	assert_sum(&all.retained, INT64_MAX, 2);
	assert_true(totals.saturated);
}

static void test_the_largest_peak_and_the_longest_time(void **state)
{
	static const int64_t values[] = { MP_UNKNOWN, 0, 300, 7, MP_UNKNOWN };
	static const int64_t want[] = { MP_UNKNOWN, 0, 300, 300, 300 };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(values); i++) {
		struct mp_record r = lines_record("p");

		r.peak = values[i];
		r.duration_us = values[i];
		add(r);
		assert_int_equal(page("p")->peak_max, want[i]);
		assert_int_equal(page("p")->duration_max_us, want[i]);
	}
	assert_int_equal(page("p")->durations_us.count, 3);
}

static void test_errors_are_requests_with_an_oops_id(void **state)
{
	static const char *const ids[] = {
		"-", "OOPS-1", "x", "--", "-", "-1"
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(ids); i++) {
		struct mp_record r = lines_record("p");

		r.oops_id = lines_text(ids[i]);
		add(r);
	}
	assert_int_equal(page("p")->errors, 4);
	assert_int_equal(page("p")->requests, 6);
}

/* ---- memprof's own lines ---- */

static void test_own_lines_are_no_pages(void **state)
{
	struct mp_page all;

	(void)state;
	add(lines_record("(started)"));
	add(lines_record("(started)"));
	add(lines_record("(stopped)"));
	add(rss_record("(outside)", 100, MP_UNKNOWN));
	add(rss_record("(outside)", -1, MP_UNKNOWN));
	add(skipped("sampled=1,threshold=0,one_in=2"));
	add(lines_record("(of a later version)"));
	assert_int_equal(totals.count, 0);
	assert_int_equal(totals.started, 2);
	assert_int_equal(totals.stopped, 1);
	assert_int_equal(totals.unknown_own, 1);
	assert_int_equal(totals.outside.requests, 2);
	assert_sum(&totals.outside.rss, 99, 2);
	assert_int_equal(totals.outside.id.len, strlen("(outside)"));

	/* Nor are they requests. */
	mp_totals_all(&totals, &all);
	assert_int_equal(all.requests, 0);
	assert_sum(&all.rss, 0, 0);
}

static void test_what_was_skipped_adds_up(void **state)
{
	(void)state;
	assert_int_equal(totals.one_in_min, 0);
	add(skipped("sampled=90,threshold=0,one_in=10"));
	assert_int_equal(totals.one_in_min, 10);
	assert_int_equal(totals.one_in_max, 10);
	add(skipped("sampled=9,threshold=4,one_in=100"));
	add(skipped("sampled=0,threshold=3,one_in=5"));
	assert_sum(&totals.sampled, 99, 3);
	assert_sum(&totals.threshold, 7, 3);
	assert_int_equal(totals.one_in_min, 5);
	assert_int_equal(totals.one_in_max, 100);
}

static void test_what_cannot_be_read_was_not_skipped(void **state)
{
	(void)state;
	add(skipped("-"));
	add(skipped("sampled=9,threshold=4,one_in="));
	add(skipped("sampled=9,threshold=4"));
	assert_sum(&totals.sampled, 0, 0);
	assert_sum(&totals.threshold, 0, 0);
	assert_int_equal(totals.one_in_min, 0);
	assert_int_equal(totals.one_in_max, 0);
	assert_int_equal(totals.count, 0);
}

static void test_skipped_too_many_to_count(void **state)
{
	(void)state;
	add(skipped("sampled=9223372036854775807,threshold=0,one_in=2"));
	assert_false(totals.saturated);
	add(skipped("sampled=1,threshold=0,one_in=2"));
	assert_sum(&totals.sampled, INT64_MAX, 2);
	assert_true(totals.saturated);
}

static struct request_case {
	const char *name;
	const char *id;
	enum mp_record_form form;
} request_cases[] = {
	{ "a page of Launchpad's in parentheses", "(outside)",
	  MP_RECORD_LAUNCHPAD_8 },
	{ "one of Launchpad's first form", "(skipped)", MP_RECORD_LAUNCHPAD_7 },
	{ "one that Launchpad's logged as it began", "(started",
	  MP_RECORD_LAUNCHPAD_8 },
	{ "a page whose parenthesis is encoded", "%28stopped)",
	  MP_RECORD_FORMAT_1 },
};

static void test_request(void **state)
{
	const struct request_case *c = *state;
	struct mp_record r = lines_record(c->id);

	assert_int_equal(mp_totals_add(&totals, &r, c->form), 0);
	assert_int_equal(totals.count, 1);
	assert_int_equal(page(c->id)->requests, 1);
	assert_int_equal(totals.outside.requests, 0);
	assert_int_equal(totals.started + totals.stopped, 0);
}

/* ---- many pages ---- */

#define MANY 10000

static void add_many(struct mp_totals *t, size_t i, int64_t allocated)
{
	char id[16];

	snprintf(id, sizeof(id), "p%zu", i);
	add_to(t, heap_record(id, allocated, 0));
}

static void test_many_pages_are_found_again(void **state)
{
	(void)state;
	for (size_t i = 0; i < MANY; i++)
		add_many(&totals, i, (int64_t)i);
	for (size_t i = MANY; i-- > 0;)
		add_many(&totals, i, 1);
	assert_int_equal(totals.count, MANY);
	for (size_t i = 0; i < MANY; i++) {
		char id[16];

		/* In the order in which they came. */
		snprintf(id, sizeof(id), "p%zu", i);
		assert_int_equal(totals.pages[i]->id.len, strlen(id));
		assert_memory_equal(totals.pages[i]->id.p, id, strlen(id));
		assert_sum(&totals.pages[i]->allocated, (int64_t)i + 1, 2);
	}
}

static void test_a_released_one_is_empty(void **state)
{
	(void)state;
	add_many(&totals, 1, 1);
	add(skipped("sampled=1,threshold=1,one_in=2"));
	mp_totals_release(&totals);
	assert_int_equal(totals.count, 0);
	assert_sum(&totals.sampled, 0, 0);
	add_many(&totals, 1, 1);
	assert_sum(&page("p1")->allocated, 1, 1);
}

/* ---- pages by another name, and the rest ---- */

static void add_as(struct mp_record r, const char *id)
{
	assert_int_equal(mp_totals_add_as(&totals, &r, MP_RECORD_FORMAT_1,
					  lines_text(id)),
			 0);
}

static void test_a_request_may_count_for_another_page(void **state)
{
	(void)state;
	add_as(heap_record("a", 10, 0), "x");
	add_as(heap_record("b", 20, 0), "x");
	add_as(rss_record("(outside)", 5, MP_UNKNOWN), "x");
	add_as(lines_record("(started)"), "x");
	assert_int_equal(totals.count, 1);
	assert_sum(&page("x")->retained, 30, 2);
	assert_int_equal(totals.outside.requests, 1);
	assert_int_equal(totals.started, 1);
}

static bool is_not(const void *user, struct mp_text id)
{
	return id.len != strlen(user) || memcmp(id.p, user, id.len) != 0;
}

static void test_a_hidden_page_is_in_no_sum(void **state)
{
	struct mp_page all;

	(void)state;
	for (unsigned i = 0; i < 9; i++)
		add_many(&totals, i, 1 << i);
	add(rss_record("(outside)", 5, MP_UNKNOWN));
	mp_totals_hide(&totals, is_not, "p3");
	assert_int_equal(totals.count, 1);
	assert_int_equal(totals.hidden, 8);
	assert_int_equal(totals.outside.requests, 0);
	assert_int_equal(totals.outside.id.len, strlen("(outside)"));
	mp_totals_all(&totals, &all);
	assert_sum(&all.allocated, 8, 1);
	mp_totals_hide(&totals, is_not, "p4");
	assert_int_equal(totals.count, 0);
	assert_int_equal(totals.hidden, 9);
}

static void test_outside_stays_where_it_is_asked_for(void **state)
{
	(void)state;
	add_many(&totals, 1, 1);
	add(rss_record("(outside)", 5, MP_UNKNOWN));
	mp_totals_hide(&totals, is_not, "(outside)");
	assert_int_equal(totals.count, 0);
	assert_int_equal(totals.outside.requests, 1);
}

static void test_the_rest_is_without_the_first(void **state)
{
	struct mp_record r = heap_record("a", 1000, 0);
	struct mp_page rest;

	(void)state;
	r.duration_us = 70;
	add(r);
	for (unsigned i = 1; i <= 3; i++) {
		add_many(&totals, i, 1);
		add_many(&totals, i, 10);
	}
	mp_totals_rest(&totals, 1, &rest);
	assert_int_equal(rest.requests, 6);
	assert_sum(&rest.retained, 33, 6);
	assert_int_equal(rest.durations_us.count, 0);
	mp_totals_rest(&totals, 4, &rest);
	assert_int_equal(rest.requests, 0);
	assert_sum(&rest.retained, 0, 0);
	mp_totals_all(&totals, &rest);
	assert_sum(&rest.retained, 1033, 7);
	assert_int_equal(rest.durations_us.count, 1);
	assert_int_equal(mp_sketch_quantile(&rest.durations_us, 1), 70);
	mp_sketch_release(&rest.durations_us);
}

static void test_growth_is_that_of_the_rank(void **state)
{
	struct mp_record r = rss_record("p", 30, 1);

	(void)state;
	r.allocated = 7;
	r.freed = 2;
	add(r);
	add(rss_record("p", 4, 0));
	assert_sum(mp_page_growth(page("p"), MP_RANK_RETAINED), 5, 1);
	assert_sum(mp_page_growth(page("p"), MP_RANK_CLEAN_RSS), 4, 1);
	assert_sum(mp_page_growth(page("p"), MP_RANK_RSS), 34, 2);
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

static void expect(struct mp_totals *t, const struct mp_record *r)
{
	uint64_t hash = mp_text_hash(r->page_id);

	mp_totals_foresee(t, hash);
	mp_totals_expect(t, r, hash);
}

/* Records that came, in another order, twice, never, or are another's now. */
static void test_what_is_expected_need_not_come(void **state)
{
	static const char *const ids[] = { "A", "B", "C", "D", "(started)" };
	struct mp_record records[50];

	(void)state;
	for (unsigned i = 0; i < 50; i++) {
		records[i] = lines_record(ids[i % 5]);
		records[i].duration_us = i % 3 ? 1000 * i : MP_UNKNOWN;
		records[i].rss_delta = i;
	}
	for (unsigned round = 0; round < 3; round++) {
		for (unsigned i = 0; i < 50; i++) {
			if (i % 7)
				expect(&totals, &records[(i + 6) % 50]);
			if (i % 11 == 0)
				expect(&totals, &records[i]);
			assert_int_equal(mp_totals_add(&totals, &records[i],
						       MP_RECORD_FORMAT_1),
					 0);
		}
		/* Where a record was, another one stands. */
		expect(&totals, &records[0]);
		records[0].page_id = records[round + 1].page_id;
		assert_int_equal(
			mp_totals_add(&totals, &records[0], MP_RECORD_FORMAT_1),
			0);
	}
	assert_int_equal(totals.count, 4);
	assert_int_equal(totals.started, 30);
	assert_int_equal(page("A")->requests, 28);
	assert_int_equal(page("B")->requests, 32);
	assert_int_equal(page("C")->requests, 32);
	assert_int_equal(page("D")->requests, 31);
}

#define PLAIN_TESTS 19

int main(void)
{
	struct CMUnitTest tests[PLAIN_TESTS + ARRAY_SIZE(sum_cases) +
				ARRAY_SIZE(request_cases)] = {
		TOTALS_TEST(test_unknown_everywhere_stays_unknown),
		TOTALS_TEST(test_what_is_expected_need_not_come),
		TOTALS_TEST(
			test_rss_is_clean_where_the_overlap_is_known_to_be_0),
		TOTALS_TEST(test_retained_is_known_where_both_its_parts_are),
		TOTALS_TEST(test_the_least_sum_is_one_above_unknown),
		TOTALS_TEST(test_a_total_that_does_not_fit_is_said),
		TOTALS_TEST(test_the_largest_peak_and_the_longest_time),
		TOTALS_TEST(test_errors_are_requests_with_an_oops_id),
		TOTALS_TEST(test_own_lines_are_no_pages),
		TOTALS_TEST(test_what_was_skipped_adds_up),
		TOTALS_TEST(test_what_cannot_be_read_was_not_skipped),
		TOTALS_TEST(test_skipped_too_many_to_count),
		TOTALS_TEST(test_many_pages_are_found_again),
		TOTALS_TEST(test_a_released_one_is_empty),
		TOTALS_TEST(test_a_request_may_count_for_another_page),
		TOTALS_TEST(test_a_hidden_page_is_in_no_sum),
		TOTALS_TEST(test_outside_stays_where_it_is_asked_for),
		TOTALS_TEST(test_the_rest_is_without_the_first),
		TOTALS_TEST(test_growth_is_that_of_the_rank),
	};
	size_t n = PLAIN_TESTS;

	for (size_t i = 0; i < ARRAY_SIZE(sum_cases); i++)
		tests[n++] = row(sum_cases[i].name, test_sum, &sum_cases[i]);
	for (size_t i = 0; i < ARRAY_SIZE(request_cases); i++)
		tests[n++] = row(request_cases[i].name, test_request,
				 &request_cases[i]);
	return cmocka_run_group_tests_name("totals", tests, NULL, NULL);
}
