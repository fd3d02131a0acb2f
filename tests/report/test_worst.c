/* worst: the largest of many, whatever their order and however they are dealt
   out. */

#include "test.h"

#include "lines.h"

#include "report/worst.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define REQUESTS 300

/* A request that retained `bytes`. */
static struct mp_record request(int64_t us, int64_t bytes)
{
	struct mp_record r = lines_record("Root:page");

	r.timestamp_us = us;
	r.allocated = bytes + 100;
	r.freed = 100;
	return r;
}

static void add(struct mp_worst *w, struct mp_record r)
{
	assert_int_equal(mp_worst_add(w, &r, MP_RECORD_FORMAT_1), 0);
}

static size_t count(const struct mp_worst *w, enum mp_worst_by by)
{
	return w->lists[by].count;
}

static void test_only_growth_is_listed(void **state)
{
	struct mp_record r = request(1, -5);
	struct mp_worst w;

	(void)state;
	mp_worst_init(&w, 5);
	add(&w, r);
	add(&w, request(1, 0));
	r = lines_record("Root:page");
	add(&w, r);
	r.allocated = 7;
	add(&w, r);
	/* What is not known, minus something, is not a lot. */
	r.freed = 7;
	r.allocated = MP_UNKNOWN;
	add(&w, r);
	r.rss_delta = -7;
	r.overlap = 0;
	r.peak = 0;
	add(&w, r);
	for (unsigned i = 0; i < MP_WORST_LISTS; i++)
		assert_int_equal(w.lists[i].count, 0);
	mp_worst_release(&w);
}

static void test_lines_of_our_own_are_no_requests(void **state)
{
	struct mp_record r = lines_record("(outside)");
	struct mp_worst w;

	(void)state;
	mp_worst_init(&w, 5);
	r.rss_delta = 1 << 20;
	add(&w, r);
	assert_int_equal(count(&w, MP_WORST_RSS), 0);
	/* In Launchpad's forms it is a page. */
	assert_int_equal(mp_worst_add(&w, &r, MP_RECORD_LAUNCHPAD_8), 0);
	assert_int_equal(count(&w, MP_WORST_RSS), 1);
	mp_worst_release(&w);
}

static void test_each_list_has_its_own_number(void **state)
{
	struct mp_record r = request(1, 11);
	struct mp_worst w;

	(void)state;
	mp_worst_init(&w, 5);
	r.peak = 12;
	r.rss_delta = 13;
	r.overlap = 1;
	add(&w, r);
	assert_int_equal(count(&w, MP_WORST_CLEAN_RSS), 0);
	r.overlap = 0;
	r.rss_delta = 14;
	add(&w, r);
	mp_worst_sort(&w);
	assert_int_equal(w.lists[MP_WORST_RETAINED].requests[0]->bytes, 11);
	assert_int_equal(w.lists[MP_WORST_PEAK].requests[0]->bytes, 12);
	assert_int_equal(count(&w, MP_WORST_CLEAN_RSS), 1);
	assert_int_equal(w.lists[MP_WORST_CLEAN_RSS].requests[0]->bytes, 14);
	assert_int_equal(count(&w, MP_WORST_RSS), 2);
	assert_int_equal(w.lists[MP_WORST_RSS].requests[1]->bytes, 13);
	mp_worst_release(&w);
}

static void test_none_are_kept_where_none_are_wanted(void **state)
{
	struct mp_record r = request(1, 5);
	struct mp_worst w;

	(void)state;
	mp_worst_init(&w, 0);
	add(&w, r);
	r.peak = r.rss_delta = INT64_MAX;
	add(&w, r);
	mp_worst_sort(&w);
	for (unsigned i = 0; i < MP_WORST_LISTS; i++)
		assert_int_equal(w.lists[i].count, 0);
	mp_worst_release(&w);
}

static void test_the_line_may_go(void **state)
{
	char page[] = "Root:page", oops[] = "OOPS-1", host[] = "web1";
	struct mp_record r = request(1, 5);
	const struct mp_record *kept;
	struct mp_worst w;

	(void)state;
	mp_worst_init(&w, 1);
	r.page_id = lines_text(page);
	r.oops_id = lines_text(oops);
	r.host = lines_text(host);
	assert_int_equal(mp_worst_add(&w, &r, MP_RECORD_LAUNCHPAD_8), 0);
	memset(page, 'x', strlen(page));
	memset(oops, 'x', strlen(oops));
	memset(host, 'x', strlen(host));
	kept = &w.lists[MP_WORST_RETAINED].requests[0]->record;
	assert_int_equal(kept->page_id.len, 9);
	assert_memory_equal(kept->page_id.p, "Root:page", 9);
	assert_int_equal(kept->oops_id.len, 6);
	assert_memory_equal(kept->oops_id.p, "OOPS-1", 6);
	assert_int_equal(kept->host.len, 4);
	assert_memory_equal(kept->host.p, "web1", 4);
	assert_int_equal(w.lists[MP_WORST_RETAINED].requests[0]->form,
			 MP_RECORD_LAUNCHPAD_8);
	mp_worst_release(&w);
}

/* ---- any order, any parts ---- */

/* SplitMix64: Steele, Lea and Flood, OOPSLA 2014. */
static uint64_t next(uint64_t *state)
{
	uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
	return z ^ (z >> 31);
}

static int compare(const void *a, const void *b)
{
	const struct mp_record *ra = a, *rb = b;
	int64_t order =
		(rb->allocated - rb->freed) - (ra->allocated - ra->freed);

	if (!order)
		order = ra->timestamp_us - rb->timestamp_us;
	if (!order)
		order = ra->pid - rb->pid;
	return (order > 0) - (order < 0);
}

/* What a sort of all requests says. */
static void check(const struct mp_worst_list *l, size_t most,
		  struct mp_record *all, size_t n)
{
	uint64_t equal = 0;
	size_t want;

	qsort(all, n, sizeof(*all), compare);
	while (n > 0 && all[n - 1].allocated - all[n - 1].freed <= 0)
		n--;
	want = n < most ? n : most;
	assert_int_equal(l->count, want);
	for (size_t i = 0; i < want; i++) {
		assert_int_equal(l->requests[i]->bytes,
				 all[i].allocated - all[i].freed);
		assert_int_equal(l->requests[i]->record.timestamp_us,
				 all[i].timestamp_us);
		assert_int_equal(l->requests[i]->record.pid, all[i].pid);
	}
	for (size_t i = want; want > 0 && i < n; i++)
		equal += all[i].allocated - all[i].freed ==
			 l->requests[want - 1]->bytes;
	assert_int_equal(l->equal, equal);
}

static void test_parts_join_to_the_same_lists(void **state)
{
	uint64_t random = 777;

	(void)state;
	for (unsigned run = 0; run < 300; run++) {
		struct mp_record all[REQUESTS];
		struct mp_worst parts[4], joined;
		size_t n = next(&random) % REQUESTS, most = next(&random) % 9;
		int64_t sizes = 1 + (int64_t)(next(&random) % 40);

		mp_worst_init(&joined, most);
		for (size_t i = 0; i < 4; i++)
			mp_worst_init(&parts[i], most);
		for (size_t i = 0; i < n; i++) {
			all[i] = request((int64_t)(next(&random) % 50),
					 (int64_t)(next(&random) % 45) % sizes -
						 2);
			all[i].pid = (int64_t)i;
			add(&parts[next(&random) % 4], all[i]);
		}
		for (size_t i = 0; i < 4; i++)
			assert_int_equal(
				mp_worst_join(&joined, &parts[(i + run) % 4]),
				0);
		mp_worst_sort(&joined);
		check(&joined.lists[MP_WORST_RETAINED], most, all, n);
		for (size_t i = 0; i < 4; i++)
			mp_worst_release(&parts[i]);
		mp_worst_release(&joined);
	}
}

static void test_what_else_stands_in_a_line_breaks_ties(void **state)
{
	struct mp_record lines[9], r = request(5, 9);

	(void)state;
	r.end_rss = 4096;
	for (size_t i = 0; i < ARRAY_SIZE(lines); i++)
		lines[i] = r;
	lines[1].tid = 8;
	lines[2].duration_us = 3;
	lines[3].page_id = lines_text("Root:page2");
	lines[4].oops_id = lines_text("OOPS-1");
	lines[5].host = lines_text("web2");
	lines[6].heap_active = 7;
	lines[7].overlap = 7;
	lines[8].start_vss = 7;
	for (size_t i = 1; i < ARRAY_SIZE(lines); i++) {
		struct mp_worst a, b;

		mp_worst_init(&a, 1);
		mp_worst_init(&b, 1);
		add(&a, lines[0]);
		add(&a, lines[i]);
		add(&b, lines[i]);
		add(&b, lines[0]);
		for (size_t j = 0; j < 2; j++) {
			const struct mp_worst *w = j ? &a : &b;
			const struct mp_record *kept =
				&w->lists[MP_WORST_RETAINED]
					 .requests[0]
					 ->record;

			assert_int_equal(kept->tid, r.tid);
			assert_true(kept->heap_active == r.heap_active);
			assert_true(kept->overlap == r.overlap);
			assert_true(kept->start_vss == r.start_vss);
			assert_true(kept->duration_us == MP_UNKNOWN);
			assert_int_equal(kept->page_id.len, r.page_id.len);
			assert_int_equal(kept->oops_id.len, 1);
			assert_memory_equal(kept->host.p, "web1", 4);
		}
		mp_worst_release(&a);
		mp_worst_release(&b);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_only_growth_is_listed),
		cmocka_unit_test(test_lines_of_our_own_are_no_requests),
		cmocka_unit_test(test_each_list_has_its_own_number),
		cmocka_unit_test(test_none_are_kept_where_none_are_wanted),
		cmocka_unit_test(test_the_line_may_go),
		cmocka_unit_test(test_parts_join_to_the_same_lists),
		cmocka_unit_test(test_what_else_stands_in_a_line_breaks_ties),
	};

	return cmocka_run_group_tests_name("worst", tests, NULL, NULL);
}
