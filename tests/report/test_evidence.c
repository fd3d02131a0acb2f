/* evidence: what lines tell is the same in any order, and in parts. */

#include "test.h"

#include "report/evidence.h"

#include <stdlib.h>
#include <string.h>

#define SECOND INT64_C(1000000)
#define NOON   INT64_C(1795003200000000)

static struct mp_record line_at(int64_t us, int64_t growth)
{
	return (struct mp_record){
		.timestamp_us = us,
		.start_rss = 100 << 20,
		.rss_delta = 7,
		.allocated = growth > 0 ? growth : 0,
		.freed = growth < 0 ? -growth : 0,
		.peak = MP_UNKNOWN,
		.overlap = MP_UNKNOWN,
	};
}

static void add(struct mp_evidence *e, int64_t us, int64_t growth)
{
	struct mp_record r = line_at(us, growth);

	mp_evidence_add(e, &r);
}

static uint64_t requests_of(const struct mp_evidence *e)
{
	uint64_t n = 0;

	for (size_t i = 0; i < mp_evidence_count(e); i++)
		n += mp_evidence_at(e, i)->requests;
	return n;
}

static int64_t net_of(const struct mp_evidence *e)
{
	int64_t n = 0;

	for (size_t i = 0; i < mp_evidence_count(e); i++)
		n += mp_evidence_at(e, i)->net;
	return n;
}

static void assert_valid(const struct mp_evidence *e)
{
	assert_true(mp_evidence_count(e) <= MP_STRETCHES);
	if (e->low > e->high)
		return;
	assert_true(e->first_us >> e->shift == e->low);
	assert_true(e->last_us >> e->shift == e->high);
	for (int64_t s = e->high + 1; s < e->low + MP_STRETCHES; s++)
		assert_true(e->stretches[(uint64_t)s % MP_STRETCHES].requests ==
			    0);
}

static void test_memory_is_bounded(void **state)
{
	(void)state;
	assert_true(sizeof(struct mp_evidence) <= 1024);
}

/* A page's evidence is made in memory that may hold anything. */
static void test_what_was_there_before_is_forgotten(void **state)
{
	struct mp_evidence e, other;

	(void)state;
	memset(&e, 0xff, sizeof(e));
	e.low = e.high = INT64_MAX;
	mp_evidence_init(&e);
	assert_int_equal(mp_evidence_count(&e), 0);
	mp_evidence_init(&other);
	mp_evidence_merge(&other, &e);
	assert_int_equal(mp_evidence_count(&other), 0);
	add(&e, NOON, 500);
	assert_valid(&e);
	assert_int_equal(requests_of(&e), 1);
	assert_int_equal(net_of(&e), 500);
}

static void test_growth_is_summed(void **state)
{
	struct mp_evidence e;

	(void)state;
	mp_evidence_init(&e);
	add(&e, NOON, 500);
	add(&e, NOON + SECOND, 0);
	add(&e, NOON + 2 * SECOND, -200);
	assert_valid(&e);
	assert_int_equal(e.lines, 3);
	assert_int_equal(requests_of(&e), 3);
	assert_int_equal(net_of(&e), 300);
	assert_int_equal(e.shrank, 1);
	assert_int_equal(e.most, 500);
	assert_int_equal(e.least, -200);
	assert_int_equal(e.first_us, NOON);
	assert_int_equal(e.last_us, NOON + 2 * SECOND);
	assert_true(mp_evidence_at(&e, 0)->squares == 250000);
	assert_int_equal(mp_evidence_at(&e, 0)->grew, 1);
}

static void test_stretches_widen_and_lose_nothing(void **state)
{
	struct mp_evidence e;

	(void)state;
	mp_evidence_init(&e);
	for (int64_t i = 0; i < 100000; i++) {
		add(&e, NOON + i * SECOND, i % 10 == 0 ? 48 : 0);
		if (i % 1000 == 0)
			assert_valid(&e);
	}
	assert_valid(&e);
	assert_true(mp_evidence_count(&e) > MP_STRETCHES / 2);
	assert_int_equal(requests_of(&e), 100000);
	assert_int_equal(net_of(&e), 480000);
}

static void test_times_before_1970_and_jumps_are_held(void **state)
{
	struct mp_evidence e;

	(void)state;
	mp_evidence_init(&e);
	add(&e, NOON, 1);
	add(&e, -NOON, 2);
	add(&e, INT64_MAX, 4);
	add(&e, INT64_MIN + 1, 8);
	assert_valid(&e);
	assert_int_equal(requests_of(&e), 4);
	assert_int_equal(net_of(&e), 15);
}

static void test_rss_counts_only_where_it_is_clean(void **state)
{
	struct mp_record r = line_at(NOON, 0);
	struct mp_evidence e;

	(void)state;
	mp_evidence_init(&e);
	r.allocated = r.freed = MP_UNKNOWN;
	r.rss_delta = 4096;
	mp_evidence_add(&e, &r); /* nobody knows with whom it overlapped */
	r.overlap = 1;
	mp_evidence_add(&e, &r);
	assert_int_equal(requests_of(&e), 0);
	r.overlap = 0;
	mp_evidence_add(&e, &r);
	assert_int_equal(requests_of(&e), 1);
	assert_int_equal(net_of(&e), 4096);
	assert_int_equal(e.lines, 3);
	assert_false(e.heap);
}

static void test_heap_takes_the_place_of_rss(void **state)
{
	struct mp_record r = line_at(NOON, 0);
	struct mp_evidence e;

	(void)state;
	mp_evidence_init(&e);
	r.allocated = r.freed = MP_UNKNOWN;
	r.overlap = 0;
	mp_evidence_add(&e, &r);
	add(&e, NOON + SECOND, 16);
	mp_evidence_add(&e, &r);
	assert_true(e.heap);
	assert_int_equal(requests_of(&e), 1);
	assert_int_equal(net_of(&e), 16);
	assert_int_equal(e.lines, 3);
	assert_valid(&e);
}

static void test_a_peak_is_large_beside_the_process(void **state)
{
	struct mp_record r = line_at(NOON, 0);
	struct mp_evidence e;

	(void)state;
	mp_evidence_init(&e);
	r.peak = (1 << 20) - 1;
	r.start_rss = 0;
	mp_evidence_add(&e, &r);
	r.peak = 2 << 20;
	r.start_rss = 100 << 20;
	mp_evidence_add(&e, &r);
	assert_int_equal(e.spikes, 0);
	r.start_rss = 16 << 20;
	mp_evidence_add(&e, &r);
	r.start_rss = MP_UNKNOWN;
	mp_evidence_add(&e, &r);
	assert_int_equal(e.spikes, 2);
	assert_int_equal(e.peak, 2 << 20);
}

static void test_sums_stop_at_the_largest_number(void **state)
{
	struct mp_evidence e;

	(void)state;
	mp_evidence_init(&e);
	add(&e, NOON, INT64_MAX);
	add(&e, NOON, INT64_MAX);
	assert_int_equal(net_of(&e), INT64_MAX);
}

/* SplitMix64: Steele, Lea and Flood, OOPSLA 2014. */
static uint64_t next(uint64_t *state)
{
	uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
	return z ^ (z >> 31);
}

static struct mp_record random_line(uint64_t *random, unsigned shift)
{
	struct mp_record r = line_at(NOON + (int64_t)(next(random) >> shift),
				     (int64_t)(next(random) % 4001) - 1000);

	if (next(random) % 4 == 0)
		r.allocated = MP_UNKNOWN;
	r.overlap = (int64_t)(next(random) % 2);
	r.peak = (int64_t)(next(random) % (8 << 20));
	return r;
}

static void assert_same(const struct mp_evidence *a,
			const struct mp_evidence *b)
{
	assert_true(a->low == b->low && a->high == b->high);
	assert_int_equal(a->shift, b->shift);
	assert_int_equal(a->heap, b->heap);
	assert_int_equal(a->lines, b->lines);
	assert_int_equal(a->shrank, b->shrank);
	assert_int_equal(a->spikes, b->spikes);
	assert_true(a->most == b->most && a->least == b->least);
	assert_true(a->peak == b->peak);
	assert_true(a->first_us == b->first_us && a->last_us == b->last_us);
	for (size_t i = 0; i < MP_STRETCHES; i++) {
		const struct mp_stretch *s = &a->stretches[i];
		const struct mp_stretch *t = &b->stretches[i];

		assert_int_equal(s->requests, t->requests);
		assert_int_equal(s->grew, t->grew);
		assert_true(s->net == t->net);
		/* Whole numbers this small are added without rounding. */
		assert_true(s->squares == t->squares);
	}
}

/* Any cut of any log, merged in any order, is one pass. */
static void test_parts_merge_to_the_whole(void **state)
{
	uint64_t random = 31337;

	(void)state;
	for (unsigned run = 0; run < 300; run++) {
		struct mp_evidence whole, parts[4], all;
		size_t lines = next(&random) % 300;
		unsigned first = (unsigned)(next(&random) % 4);

		mp_evidence_init(&whole);
		mp_evidence_init(&all);
		for (size_t i = 0; i < 4; i++)
			mp_evidence_init(&parts[i]);
		for (size_t i = 0; i < lines; i++) {
			/* Each part has a span of its own. */
			size_t part = next(&random) % 4;
			struct mp_record r =
				random_line(&random, 20 + 8 * (unsigned)part);

			mp_evidence_add(&whole, &r);
			mp_evidence_add(&parts[part], &r);
		}
		for (unsigned i = 0; i < 4; i++)
			mp_evidence_merge(&all, &parts[(first + i) % 4]);
		assert_valid(&all);
		assert_same(&all, &whole);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_memory_is_bounded),
		cmocka_unit_test(test_what_was_there_before_is_forgotten),
		cmocka_unit_test(test_growth_is_summed),
		cmocka_unit_test(test_stretches_widen_and_lose_nothing),
		cmocka_unit_test(test_times_before_1970_and_jumps_are_held),
		cmocka_unit_test(test_rss_counts_only_where_it_is_clean),
		cmocka_unit_test(test_heap_takes_the_place_of_rss),
		cmocka_unit_test(test_a_peak_is_large_beside_the_process),
		cmocka_unit_test(test_sums_stop_at_the_largest_number),
		cmocka_unit_test(test_parts_merge_to_the_whole),
	};

	return cmocka_run_group_tests_name("evidence", tests, NULL, NULL);
}
