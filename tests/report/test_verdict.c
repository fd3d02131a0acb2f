/* verdict: what is said of one page, of partners, and of the processes. */

#include "test.h"

#include "report/totals.h"

#include <string.h>

#define SECOND INT64_C(1000000)
#define NOON   INT64_C(1795003200000000)

static void put(const struct mp_record *r, void *totals)
{
	assert_int_equal(mp_totals_add(totals, r, MP_RECORD_FORMAT_1), 0);
}

static const struct mp_page *find(const struct mp_totals *t, const char *id)
{
	for (size_t i = 0; i < t->count; i++)
		if (t->pages[i]->id.len == strlen(id) &&
		    !memcmp(t->pages[i]->id.p, id, strlen(id)))
			return t->pages[i];
	return NULL;
}

/* ---- one page, line by line ---- */

static struct mp_record line_at(int64_t us, const char *page, int64_t growth)
{
	return (struct mp_record){
		.timestamp_us = us,
		.page_id = { page, strlen(page) },
		.oops_id = { "-", 1 },
		.duration_us = 1000,
		.start_rss = 50 << 20,
		.end_rss = 50 << 20,
		.rss_delta = 0,
		.allocated = growth > 0 ? growth : 0,
		.freed = growth < 0 ? -growth : 0,
		.peak = growth > 0 ? growth : 0,
		.overlap = 0,
		.heap_allocated = MP_UNKNOWN,
		.heap_active = MP_UNKNOWN,
		.heap_resident = MP_UNKNOWN,
		.pid = 1,
		.tid = 1,
		.host = { "host", 4 },
	};
}

static void add(struct mp_totals *t, int64_t second, const char *page,
		int64_t growth)
{
	struct mp_record r = line_at(NOON + second * SECOND, page, growth);

	put(&r, t);
}

static void assert_verdict(struct mp_totals *t, const char *page,
			   enum mp_verdict_kind kind, enum mp_verdict_why why)
{
	struct mp_process_verdict processes;
	const struct mp_verdict *v;

	mp_verdict_judge(t, &mp_verdict_defaults, &processes);
	v = &find(t, page)->verdict;
	assert_int_equal(v->kind, kind);
	assert_int_equal(v->why, why);
}

static void test_one_huge_request_is_no_leak(void **state)
{
	struct mp_totals t;

	(void)state;
	mp_totals_init(&t);
	for (int64_t i = 0; i < 10000; i++)
		add(&t, i, "p", i == 7000 ? 512 << 20 : 0);
	assert_verdict(&t, "p", MP_VERDICT_SPIKE, MP_WHY_ONCE);
	mp_totals_release(&t);
}

static void test_one_request_in_a_thousand_is_a_leak(void **state)
{
	const struct mp_verdict *v;
	struct mp_totals t;

	(void)state;
	mp_totals_init(&t);
	for (int64_t i = 0; i < 40000; i++)
		add(&t, i, "p", i % 1000 == 999 ? 24 : 0);
	assert_verdict(&t, "p", MP_VERDICT_LEAK, MP_WHY_PLAIN);
	v = &find(&t, "p")->verdict;
	assert_false(v->unsure);
	assert_true(v->interval.low < 0.024 && v->interval.high > 0.024);
	assert_true(v->interval.low > 0.012 && v->interval.high < 0.048);
	assert_string_equal(mp_verdict_name(v), "leak");
	mp_totals_release(&t);
}

static void test_few_requests_are_too_few(void **state)
{
	struct mp_totals t;

	(void)state;
	mp_totals_init(&t);
	for (int64_t i = 0; i < 29; i++)
		add(&t, i, "p", 1000);
	assert_verdict(&t, "p", MP_VERDICT_TOO_FEW, MP_WHY_FEW_LINES);
	mp_totals_release(&t);
}

static void test_one_moment_is_no_history(void **state)
{
	struct mp_totals t;

	(void)state;
	mp_totals_init(&t);
	add(&t, -1000000, "p", 0);
	for (int64_t i = 0; i < 1000; i++)
		add(&t, i / 100, "p", 1000);
	assert_verdict(&t, "p", MP_VERDICT_TOO_FEW, MP_WHY_SHORT);
	mp_totals_release(&t);
}

static void test_four_events_do_not_tell(void **state)
{
	struct mp_totals t;

	(void)state;
	mp_totals_init(&t);
	for (int64_t i = 0; i < 4000; i++)
		add(&t, i, "p", i % 1000 == 900 ? 100 : 0);
	assert_verdict(&t, "p", MP_VERDICT_TOO_FEW, MP_WHY_FEW_EVENTS);
	mp_totals_release(&t);
}

static void test_growth_that_ends_is_warm_up(void **state)
{
	struct mp_totals t;

	(void)state;
	mp_totals_init(&t);
	for (int64_t i = 0; i < 10000; i++)
		add(&t, i, "p", i < 8000 ? 100 : 0);
	assert_verdict(&t, "p", MP_VERDICT_WARM_UP, MP_WHY_PLAIN);
	mp_totals_release(&t);
}

static void test_a_leak_is_found_behind_a_cache(void **state)
{
	const struct mp_verdict *v;
	struct mp_totals t;

	(void)state;
	mp_totals_init(&t);
	for (int64_t i = 0; i < 10000; i++)
		add(&t, i, "p", i < 3000 ? 1000 : i % 20 ? 0 : 100);
	assert_verdict(&t, "p", MP_VERDICT_LEAK, MP_WHY_PLAIN);
	/* And it is measured without the cache. */
	v = &find(&t, "p")->verdict;
	assert_true(v->mean > 4.9 && v->mean < 5.1);
	mp_totals_release(&t);
}

/* `(skipped)` at the end of each minute. */
static void add_skipped(struct mp_totals *t, int64_t second, const char *counts)
{
	struct mp_record r = line_at(NOON + second * SECOND, "(skipped)", 0);

	r.oops_id = (struct mp_text){ counts, strlen(counts) };
	r.allocated = r.freed = r.overlap = r.rss_delta = MP_UNKNOWN;
	put(&r, t);
}

static void test_a_threshold_hides_that_growth_has_ended(void **state)
{
	struct mp_totals t;

	(void)state;
	mp_totals_init(&t);
	for (int64_t i = 0; i < 3600; i++) {
		if (i < 1800)
			add(&t, i, "p", 70000);
		if (i % 60 == 0)
			add_skipped(&t, i, "sampled=0,threshold=99,one_in=1");
	}
	assert_verdict(&t, "p", MP_VERDICT_WARM_UP, MP_WHY_PLAIN);
	/* While it goes on it may be a leak, but nothing tells of frees. */
	for (int64_t i = 1800; i < 3600; i++)
		add(&t, i, "p", 70000);
	assert_verdict(&t, "p", MP_VERDICT_LEAK, MP_WHY_PLAIN);
	assert_true(find(&t, "p")->verdict.unsure);
	mp_totals_release(&t);
}

static void test_sampled_partners_differ_by_chance(void **state)
{
	struct mp_totals t;

	(void)state;
	mp_totals_init(&t);
	/* 220 of those that give, 190 of those that take. */
	for (int64_t i = 0; i < 4180; i++) {
		if (i % 19 == 0)
			add(&t, i, "gives", 1536);
		if (i % 22 == 0)
			add(&t, i, "takes", -1536);
		if (i % 60 == 0)
			add_skipped(&t, i, "sampled=99,threshold=0,one_in=10");
	}
	assert_verdict(&t, "gives", MP_VERDICT_HAND_OVER, MP_WHY_GIVES);
	assert_verdict(&t, "takes", MP_VERDICT_HAND_OVER, MP_WHY_TAKES);
	mp_totals_release(&t);
}

static void test_warmup_is_what_the_options_say(void **state)
{
	struct mp_verdict_options options = { 0 };
	struct mp_process_verdict processes;
	struct mp_totals t;

	(void)state;
	mp_totals_init(&t);
	/* Every tenth of its requests keeps something, from 300 s on. */
	for (int64_t i = 0; i < 1000; i++)
		add(&t, i, "p", i >= 300 && i % 10 == 0 ? 64 : 0);
	mp_verdict_judge(&t, &options, &processes);
	assert_in_range(find(&t, "p")->verdict.judged, 1000, 1000);
	options.warmup_us = 200 * SECOND;
	mp_verdict_judge(&t, &options, &processes);
	assert_in_range(find(&t, "p")->verdict.judged, 730, 800);
	options.warmup_us = 0;
	options.warmup_requests = 400;
	mp_verdict_judge(&t, &options, &processes);
	assert_in_range(find(&t, "p")->verdict.judged, 530, 600);
	/* Half is left, whatever is asked for. */
	options.warmup_requests = 1000000;
	mp_verdict_judge(&t, &options, &processes);
	assert_in_range(find(&t, "p")->verdict.judged, 500, 570);
	mp_totals_release(&t);
}

static void test_a_partner_is_named(void **state)
{
	struct mp_totals t;

	(void)state;
	mp_totals_init(&t);
	for (int64_t i = 0; i < 2000; i++) {
		add(&t, i, "gives", 1536);
		add(&t, i, "takes", -1536);
		add(&t, i, "leaks", 48);
	}
	assert_verdict(&t, "gives", MP_VERDICT_HAND_OVER, MP_WHY_GIVES);
	assert_verdict(&t, "takes", MP_VERDICT_HAND_OVER, MP_WHY_TAKES);
	assert_verdict(&t, "leaks", MP_VERDICT_LEAK, MP_WHY_PLAIN);
	assert_ptr_equal(find(&t, "gives")->verdict.partner, find(&t, "takes"));
	assert_ptr_equal(find(&t, "takes")->verdict.partner, find(&t, "gives"));
	mp_totals_release(&t);
}

static void test_half_handed_over_is_a_leak(void **state)
{
	struct mp_totals t;

	(void)state;
	mp_totals_init(&t);
	for (int64_t i = 0; i < 2000; i++) {
		add(&t, i, "gives", 1536);
		if (i % 2)
			add(&t, i, "takes", -1536);
	}
	assert_verdict(&t, "gives", MP_VERDICT_LEAK, MP_WHY_PLAIN);
	assert_verdict(&t, "takes", MP_VERDICT_HAND_OVER, MP_WHY_TAKES_OLD);
	mp_totals_release(&t);
}

static void test_shared_rss_is_not_looked_at(void **state)
{
	struct mp_totals t;

	(void)state;
	mp_totals_init(&t);
	for (int64_t i = 0; i < 2000; i++) {
		struct mp_record r = line_at(NOON + i * SECOND, "p", 0);

		r.allocated = r.freed = r.peak = MP_UNKNOWN;
		r.rss_delta = 1 << 20;
		r.overlap = i % 2 ? 1 : MP_UNKNOWN;
		put(&r, &t);
	}
	assert_verdict(&t, "p", MP_VERDICT_TOO_FEW, MP_WHY_NO_CLEAN);
	mp_totals_release(&t);
}

static void test_clean_rss_makes_an_unsure_leak(void **state)
{
	struct mp_totals t;

	(void)state;
	mp_totals_init(&t);
	for (int64_t i = 0; i < 2000; i++) {
		struct mp_record r = line_at(NOON + i * SECOND, "p", 0);

		r.allocated = r.freed = r.peak = MP_UNKNOWN;
		r.rss_delta = i % 4 ? 0 : 4096;
		put(&r, &t);
		r.page_id = (struct mp_text){ "q", 1 };
		r.rss_delta = i % 40 ? 0 : 4096;
		put(&r, &t);
	}
	assert_verdict(&t, "p", MP_VERDICT_LEAK, MP_WHY_PLAIN);
	assert_string_equal(mp_verdict_name(&find(&t, "p")->verdict), "leak?");
	assert_verdict(&t, "q", MP_VERDICT_TOO_FEW, MP_WHY_SHARED);
	mp_totals_release(&t);
}

/* ---- the processes ---- */

static struct mp_process_verdict judge_heap(int64_t allocated, int64_t active,
					    int64_t resident, int64_t step)
{
	struct mp_process_verdict ret;
	struct mp_totals t;

	mp_totals_init(&t);
	for (int64_t i = 0; i < 1000; i++) {
		struct mp_record r = line_at(NOON + i * SECOND, "p", 0);

		r.heap_allocated = allocated + i * step;
		r.heap_active = active + i * step;
		r.heap_resident = resident + i * step;
		put(&r, &t);
	}
	mp_verdict_judge(&t, &mp_verdict_defaults, &ret);
	mp_totals_release(&t);
	return ret;
}

static void test_fragmentation_is_waste_beside_a_flat_heap(void **state)
{
	const int64_t mib = 1 << 20;

	(void)state;
	assert_non_null(judge_heap(40 * mib, 50 * mib, 60 * mib, 1).fragmented);
	assert_null(judge_heap(40 * mib, 50 * mib, 55 * mib, 1).fragmented);
	assert_null(judge_heap(6 * mib, 8 * mib, 15 * mib, 1).fragmented);
	assert_null(judge_heap(4 * mib, 8 * mib, 60 * mib, 1).fragmented);
	/* Not flat: it grows, and that is another matter. */
	assert_null(
		judge_heap(40 * mib, 50 * mib, 90 * mib, mib / 20).fragmented);
}

static void test_growth_outside_is_said(void **state)
{
	struct mp_process_verdict processes;
	struct mp_totals t;

	(void)state;
	mp_totals_init(&t);
	for (int64_t i = 0; i < 4000; i++) {
		struct mp_record r = line_at(NOON + i * SECOND, "p", 0);

		put(&r, &t);
		if (i % 100)
			continue;
		r.page_id = (struct mp_text){ "(outside)", 9 };
		r.allocated = r.freed = r.peak = r.overlap = MP_UNKNOWN;
		r.rss_delta = 2 << 20;
		put(&r, &t);
	}
	mp_verdict_judge(&t, &mp_verdict_defaults, &processes);
	assert_int_equal(t.outside.verdict.kind, MP_VERDICT_OUTSIDE);
	mp_totals_release(&t);
}

static void test_nothing_at_all_is_judged(void **state)
{
	struct mp_process_verdict processes;
	struct mp_totals t;

	(void)state;
	mp_totals_init(&t);
	mp_verdict_judge(&t, &mp_verdict_defaults, &processes);
	assert_int_equal(t.outside.verdict.kind, MP_VERDICT_NONE);
	assert_null(processes.fragmented);
	mp_totals_release(&t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_one_huge_request_is_no_leak),
		cmocka_unit_test(test_one_request_in_a_thousand_is_a_leak),
		cmocka_unit_test(test_few_requests_are_too_few),
		cmocka_unit_test(test_one_moment_is_no_history),
		cmocka_unit_test(test_four_events_do_not_tell),
		cmocka_unit_test(test_growth_that_ends_is_warm_up),
		cmocka_unit_test(test_a_leak_is_found_behind_a_cache),
		cmocka_unit_test(test_a_threshold_hides_that_growth_has_ended),
		cmocka_unit_test(test_sampled_partners_differ_by_chance),
		cmocka_unit_test(test_warmup_is_what_the_options_say),
		cmocka_unit_test(test_a_partner_is_named),
		cmocka_unit_test(test_half_handed_over_is_a_leak),
		cmocka_unit_test(test_shared_rss_is_not_looked_at),
		cmocka_unit_test(test_clean_rss_makes_an_unsure_leak),
		cmocka_unit_test(
			test_fragmentation_is_waste_beside_a_flat_heap),
		cmocka_unit_test(test_growth_outside_is_said),
		cmocka_unit_test(test_nothing_at_all_is_judged),
	};

	return cmocka_run_group_tests_name("verdict", tests, NULL, NULL);
}
