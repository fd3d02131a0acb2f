/*
 * verdict: what is said of pages whose habits are known.
 *
 * The thresholds of judge and handover were tuned with the logs of seeds 1000
 * to 1899.  The logs here have other seeds; MEMPROF_TEST_LOGS says how many of
 * them, MEMPROF_TEST_SEED from which on.
 */

#include "test.h"

#include "loggen.h"
#include "report/totals.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FIRST_SEED 500001
#define LOGS	   240
#define KINDS	   (MP_VERDICT_HAND_OVER + 1)
/* Leaks are to be found from so many lines on that show one. */
#define EVENTS_MIN 30

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

/* ---- logs by the hundred ---- */

/* Pages by habit and verdict, and how many were judged, and wrongly. */
struct tally {
	unsigned pages[LOGGEN_HABITS][KINDS];
	unsigned judged[LOGGEN_HABITS], wrong[LOGGEN_HABITS];
};

static void tally_page(struct tally *t, const struct loggen_page *p,
		       const struct mp_verdict *v)
{
	bool leaks = loggen_leaks(p->habit);

	t->pages[p->habit][v->kind]++;
	if (leaks && p->leaked < EVENTS_MIN)
		return;
	t->judged[p->habit]++;
	t->wrong[p->habit] += leaks != (v->kind == MP_VERDICT_LEAK);
}

static void tally_log(struct tally *tally, uint64_t seed, bool heap)
{
	struct mp_process_verdict processes;
	struct mp_totals totals;
	struct loggen g;

	loggen_init(&g, seed);
	g.heap = heap;
	mp_totals_init(&totals);
	loggen_run(&g, put, &totals);
	mp_verdict_judge(&totals, &mp_verdict_defaults, &processes);
	for (size_t i = 0; i < g.page_count; i++) {
		const struct mp_page *page = find(&totals, g.pages[i].id);

		if (page)
			tally_page(tally, &g.pages[i], &page->verdict);
	}
	mp_totals_release(&totals);
}

struct rates {
	double alarms, missed; /* in percent */
};

static struct rates print_tally(const struct tally *t, bool counted)
{
	static const char *const titles[KINDS] = { NULL,       "too few",
						   "steady",   "leak",
						   "warm-up",  "spike",
						   "hand-over" };
	unsigned judged[2] = { 0 }, wrong[2] = { 0 };

	printf("%-12s", "page");
	for (size_t k = 1; k < KINDS; k++)
		printf("%10s", titles[k]);
	printf("%10s%10s\n", "judged", "wrong");
	for (size_t h = 0; h < LOGGEN_HABITS; h++) {
		bool leaks = loggen_leaks((enum loggen_habit)h);

		printf("%-12s", loggen_habit_name((enum loggen_habit)h));
		for (size_t k = 1; k < KINDS; k++)
			printf("%10u", t->pages[h][k]);
		/* A cache that never stops growing is neither. */
		if (h == LOGGEN_CACHE_ENDLESS || !counted) {
			printf("%10s%10s\n", "-", "-");
			continue;
		}
		printf("%10u%10u\n", t->judged[h], t->wrong[h]);
		judged[leaks] += t->judged[h];
		wrong[leaks] += t->wrong[h];
	}
	if (!counted)
		return (struct rates){ 0 };
	printf("false alarms: %u of %u pages that do not leak, %.2f %%\n",
	       wrong[0], judged[0], 100.0 * wrong[0] / judged[0]);
	printf("missed: %u of %u leaks with at least %d lines, %.2f %%\n",
	       wrong[1], judged[1], EVENTS_MIN, 100.0 * wrong[1] / judged[1]);
	return (struct rates){ 100.0 * wrong[0] / judged[0],
			       100.0 * wrong[1] / judged[1] };
}

static uint64_t setting(const char *name, uint64_t otherwise)
{
	const char *text = getenv(name);

	return text ? strtoull(text, NULL, 10) : otherwise;
}

/* A sanitizer is slow, and cares for no rates. */
static bool is_sanitized(void)
{
	return getenv("MEMPROF_TEST_SANITIZE") != NULL;
}

static void test_few_alarms_are_false_and_few_leaks_missed(void **state)
{
	uint64_t seed = setting("MEMPROF_TEST_SEED", FIRST_SEED);
	uint64_t logs =
		setting("MEMPROF_TEST_LOGS", is_sanitized() ? LOGS / 8 : LOGS);
	struct tally tally = { 0 };
	struct rates rates;

	(void)state;
	for (uint64_t i = 0; i < logs; i++)
		tally_log(&tally, seed + i, true);
	printf("%ju logs of seed %ju and on:\n", (uintmax_t)logs,
	       (uintmax_t)seed);
	rates = print_tally(&tally, true);
	if (is_sanitized()) {
		puts("so few logs have no rates: these are not checked");
		return;
	}
	assert_true(rates.alarms <= 1);
	assert_true(rates.missed <= 5);
}

/* RSS tells who touched memory first, not who keeps it: no rate is promised,
   but nothing is ever sure. */
static void test_rss_alone_is_never_sure(void **state)
{
	struct mp_process_verdict processes;
	struct mp_totals totals;
	struct loggen g;

	(void)state;
	for (uint64_t seed = FIRST_SEED; seed < FIRST_SEED + 10; seed++) {
		loggen_init(&g, seed);
		g.heap = false;
		mp_totals_init(&totals);
		loggen_run(&g, put, &totals);
		mp_verdict_judge(&totals, &mp_verdict_defaults, &processes);
		for (size_t i = 0; i < totals.count; i++)
			assert_true(totals.pages[i]->verdict.unsure);
		mp_totals_release(&totals);
	}
}

static void test_the_same_seed_is_the_same_log(void **state)
{
	struct tally a = { 0 }, b = { 0 };

	(void)state;
	tally_log(&a, 7, true);
	tally_log(&b, 7, true);
	assert_memory_equal(&a, &b, sizeof(a));
}

/* ---- halves of a log ---- */

struct halves {
	struct mp_totals whole, first, second;
	uint64_t lines, middle;
};

static void count_line(const struct mp_record *r, void *arg)
{
	struct halves *h = arg;

	(void)r;
	h->middle++;
}

static void put_half(const struct mp_record *r, void *arg)
{
	struct halves *h = arg;

	put(r, &h->whole);
	put(r, h->lines++ < h->middle / 2 ? &h->first : &h->second);
}

static void test_halves_judge_as_the_whole(void **state)
{
	struct mp_process_verdict processes;
	struct loggen g;

	(void)state;
	for (uint64_t seed = 9000; seed < 9010; seed++) {
		struct halves h = { .lines = 0 };

		mp_totals_init(&h.whole);
		mp_totals_init(&h.first);
		mp_totals_init(&h.second);
		loggen_init(&g, seed);
		loggen_run(&g, count_line, &h);
		loggen_init(&g, seed);
		loggen_run(&g, put_half, &h);
		for (size_t i = 0; i < h.whole.count; i++) {
			struct mp_page *page = h.whole.pages[i];
			char id[64];
			const struct mp_page *parts[2];

			snprintf(id, sizeof(id), "%.*s", (int)page->id.len,
				 page->id.p);
			parts[0] = find(&h.first, id);
			parts[1] = find(&h.second, id);
			mp_evidence_init(&page->evidence);
			for (size_t k = 0; k < 2; k++)
				if (parts[k])
					mp_evidence_merge(&page->evidence,
							  &parts[k]->evidence);
		}
		mp_history_release(&h.whole.history);
		assert_int_equal(
			mp_history_merge(&h.whole.history, &h.second.history),
			0);
		assert_int_equal(
			mp_history_merge(&h.whole.history, &h.first.history),
			0);
		mp_verdict_judge(&h.whole, &mp_verdict_defaults, &processes);

		mp_totals_release(&h.first);
		mp_totals_init(&h.first);
		loggen_init(&g, seed);
		loggen_run(&g, put, &h.first);
		mp_verdict_judge(&h.first, &mp_verdict_defaults, &processes);
		assert_int_equal(h.whole.count, h.first.count);
		for (size_t i = 0; i < h.whole.count; i++) {
			const struct mp_verdict *a = &h.whole.pages[i]->verdict;
			const struct mp_verdict *b = &h.first.pages[i]->verdict;

			assert_int_equal(a->kind, b->kind);
			assert_int_equal(a->why, b->why);
			assert_true(a->mean == b->mean);
		}
		mp_totals_release(&h.whole);
		mp_totals_release(&h.first);
		mp_totals_release(&h.second);
	}
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
		cmocka_unit_test(
			test_few_alarms_are_false_and_few_leaks_missed),
		cmocka_unit_test(test_rss_alone_is_never_sure),
		cmocka_unit_test(test_the_same_seed_is_the_same_log),
		cmocka_unit_test(test_halves_judge_as_the_whole),
		cmocka_unit_test(test_one_huge_request_is_no_leak),
		cmocka_unit_test(test_one_request_in_a_thousand_is_a_leak),
		cmocka_unit_test(test_few_requests_are_too_few),
		cmocka_unit_test(test_one_moment_is_no_history),
		cmocka_unit_test(test_four_events_do_not_tell),
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
