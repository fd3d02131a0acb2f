#include "report/totals.h"

#include "report/own.h"
#include "report/text.h"
#include "report/wide.h"

#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#define FIRST_SLOTS 256
#define CACHE_LINE  64
/* Records that are expected between a page and its parts. */
#define PARTS_BEHIND 3

/* ---- sums ---- */

/* `MP_UNKNOWN` is no value of a sum, so the least is one above it. */
static int64_t add(int64_t a, int64_t b, bool *saturated)
{
	int64_t sum;

	if (!__builtin_add_overflow(a, b, &sum) && sum != MP_UNKNOWN)
		return sum;
	*saturated = true;
	return a < 0 ? -INT64_MAX : INT64_MAX;
}

static void sum_add(struct mp_sum *sum, int64_t v, bool *saturated)
{
	if (v == MP_UNKNOWN)
		return;
	sum->value = add(sum->value, v, saturated);
	sum->lines++;
}

static void sum_merge(struct mp_sum *sum, const struct mp_sum *other,
		      bool *saturated)
{
	sum->value = add(sum->value, other->value, saturated);
	sum->lines += other->lines;
}

/* MP_UNKNOWN is less than every number. */
static int64_t larger(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

/* ---- pages ---- */

static struct mp_page empty_page(void)
{
	struct mp_page page = {
		.duration_max_us = MP_UNKNOWN,
		.peak_max = MP_UNKNOWN,
	};

	mp_evidence_init(&page.evidence);
	return page;
}

static struct mp_page empty_outside(void)
{
	struct mp_page page = empty_page();

	page.id = (struct mp_text){ "(outside)", 9 };
	return page;
}

static int page_add(struct mp_page *page, const struct mp_record *r,
		    bool *saturated)
{
	if (r->duration_us != MP_UNKNOWN &&
	    mp_sketch_add(&page->durations_us, r->duration_us))
		return -ENOMEM;
	page->requests++;
	page->errors += r->oops_id.len != 1 || r->oops_id.p[0] != '-';
	sum_add(&page->duration_us, r->duration_us, saturated);
	page->duration_max_us = larger(page->duration_max_us, r->duration_us);
	sum_add(&page->rss, r->rss_delta, saturated);
	if (r->overlap == 0)
		sum_add(&page->clean_rss, r->rss_delta, saturated);
	sum_add(&page->allocated, r->allocated, saturated);
	sum_add(&page->freed, r->freed, saturated);
	if (r->allocated != MP_UNKNOWN && r->freed != MP_UNKNOWN)
		sum_add(&page->retained, r->allocated - r->freed, saturated);
	page->peak_max = larger(page->peak_max, r->peak);
	return 0;
}

static void page_merge(struct mp_page *page, const struct mp_page *other,
		       bool *saturated)
{
	page->requests += other->requests;
	page->errors += other->errors;
	sum_merge(&page->duration_us, &other->duration_us, saturated);
	page->duration_max_us =
		larger(page->duration_max_us, other->duration_max_us);
	sum_merge(&page->rss, &other->rss, saturated);
	sum_merge(&page->clean_rss, &other->clean_rss, saturated);
	sum_merge(&page->allocated, &other->allocated, saturated);
	sum_merge(&page->freed, &other->freed, saturated);
	sum_merge(&page->retained, &other->retained, saturated);
	page->peak_max = larger(page->peak_max, other->peak_max);
}

static struct mp_page *page_new(struct mp_text id)
{
	struct mp_page *page = malloc(sizeof(*page) + id.len);
	char *copy;

	if (!page)
		return NULL;
	copy = (char *)(page + 1);
	memcpy(copy, id.p, id.len);
	*page = empty_page();
	page->id = (struct mp_text){ copy, id.len };
	return page;
}

/* ---- the table of pages: open addressing, one step at a time ---- */

/* The slot that holds the page, or the one without a page where it would go. */
static inline struct mp_slot *find(const struct mp_totals *t, struct mp_text id,
				   uint64_t hash)
{
	size_t mask = t->slot_count - 1;
	size_t i = hash & mask;

	for (; t->slots[i].page; i = (i + 1) & mask) {
		struct mp_text other;

		/* Seldom equal by chance: other pages are not looked at. */
		if (t->slots[i].hash != hash)
			continue;
		other = t->slots[i].page->id;
		if (other.len == id.len && mp_wide_equal(other.p, id.p, id.len))
			break;
	}
	return &t->slots[i];
}

static int grow_slots(struct mp_totals *t)
{
	size_t n = t->slot_count ? 2 * t->slot_count : FIRST_SLOTS;
	struct mp_slot *old = t->slots, *slots = calloc(n, sizeof(*slots));

	if (!slots)
		return -ENOMEM;
	for (size_t i = 0; i < t->slot_count; i++) {
		size_t at = old[i].hash & (n - 1);

		if (!old[i].page)
			continue;
		while (slots[at].page)
			at = (at + 1) & (n - 1);
		slots[at] = old[i];
	}
	free(old);
	t->slots = slots;
	t->slot_count = n;
	return 0;
}

static int grow_pages(struct mp_totals *t)
{
	size_t n = t->capacity ? 2 * t->capacity : FIRST_SLOTS / 2;
	struct mp_page **pages = reallocarray(t->pages, n, sizeof(*pages));

	if (!pages)
		return -ENOMEM;
	t->pages = pages;
	t->capacity = n;
	return 0;
}

/* Make room for `more` pages. */
static int reserve(struct mp_totals *t, size_t more)
{
	while (t->count + more > t->capacity)
		if (grow_pages(t))
			return -ENOMEM;
	while (2 * (t->count + more) > t->slot_count)
		if (grow_slots(t))
			return -ENOMEM;
	return 0;
}

static void insert(struct mp_totals *t, struct mp_page *page)
{
	uint64_t hash = mp_text_hash(page->id);

	*find(t, page->id, hash) = (struct mp_slot){ hash, page };
	t->pages[t->count++] = page;
}

static struct mp_page *add_page(struct mp_totals *t, struct mp_text id)
{
	struct mp_page *page;

	if (reserve(t, 1))
		return NULL;
	page = page_new(id);
	if (page)
		insert(t, page);
	return page;
}

/* ---- what is to come ---- */

static void fetch(const void *p, size_t size)
{
	for (size_t at = 0; at < size; at += CACHE_LINE)
		__builtin_prefetch((const char *)p + at, 1);
}

/* Where these are, the page tells, which was fetched before. */
static void fetch_parts(const struct mp_expected *e)
{
	if (!e->page)
		return;
	mp_sketch_expect(&e->page->durations_us, e->duration_us);
	mp_evidence_expect(&e->page->evidence, e->timestamp_us);
}

void mp_totals_foresee(const struct mp_totals *t, uint64_t hash)
{
	if (t->slot_count > 0)
		fetch(&t->slots[hash & (t->slot_count - 1)], 1);
}

void mp_totals_expect(struct mp_totals *t, const struct mp_record *r,
		      uint64_t hash)
{
	unsigned n = t->expected_count++;
	struct mp_expected *e = &t->expected[n % MP_TOTALS_EXPECTED];
	size_t mask = t->slot_count - 1, i = hash & mask;

	*e = (struct mp_expected){
		.record = r,
		.timestamp_us = r->timestamp_us,
		.duration_us = r->duration_us,
	};
	fetch_parts(&t->expected[(n - PARTS_BEHIND) % MP_TOTALS_EXPECTED]);
	if (t->slot_count == 0)
		return;
	while (t->slots[i].page && t->slots[i].hash != hash)
		i = (i + 1) & mask;
	e->page = t->slots[i].page;
	if (!e->page)
		return;
	fetch(e->page, offsetof(struct mp_page, evidence.stretches));
	fetch(e->page + 1, 1);
}

/* The page of a record if that was expected, or null. */
static struct mp_page *
find_expected(struct mp_totals *t, const struct mp_record *r, struct mp_text id)
{
	const struct mp_expected *e;

	do {
		if (t->past_count == t->expected_count)
			return NULL;
		e = &t->expected[t->past_count++ % MP_TOTALS_EXPECTED];
	} while (e->record != r);
	if (!e->page || e->page->id.len != id.len ||
	    !mp_wide_equal(e->page->id.p, id.p, id.len))
		return NULL;
	return e->page;
}

/* ---- lines ---- */

void mp_totals_init(struct mp_totals *t)
{
	*t = (struct mp_totals){ .outside = empty_outside() };
	mp_history_init(&t->history);
}

static void add_skipped(struct mp_totals *t, const struct mp_record *r)
{
	struct mp_skipped s;

	if (mp_skipped_parse(r->oops_id, &s))
		return;
	sum_add(&t->sampled, s.sampled, &t->saturated);
	sum_add(&t->threshold, s.threshold, &t->saturated);
	sum_add(&t->paused, s.paused, &t->saturated);
	if (t->one_in_min == 0 || s.one_in < t->one_in_min)
		t->one_in_min = s.one_in;
	t->one_in_max = larger(t->one_in_max, s.one_in);
}

static int add_request(struct mp_totals *t, const struct mp_record *r,
		       struct mp_text id)
{
	struct mp_page *page = find_expected(t, r, id);

	if (!page && t->slot_count)
		page = find(t, id, mp_text_hash(id))->page;

	if (!page)
		page = add_page(t, id);
	if (!page)
		return -ENOMEM;
	if (page_add(page, r, &t->saturated))
		return -ENOMEM;
	mp_evidence_add(&page->evidence, r);
	return 0;
}

/* A line that is of no request. */
static int add_own(struct mp_totals *t, const struct mp_record *r,
		   enum mp_own kind)
{
	switch (kind) {
	case MP_OWN_STARTED:
		t->started++;
		break;
	case MP_OWN_STOPPED:
		t->stopped++;
		break;
	case MP_OWN_RECOVERED:
		t->recovered++;
		break;
	case MP_OWN_OUTSIDE:
		if (page_add(&t->outside, r, &t->saturated))
			return -ENOMEM;
		mp_evidence_add_outside(&t->outside.evidence, r);
		break;
	case MP_OWN_SKIPPED:
		add_skipped(t, r);
		break;
	case MP_OWN_UNKNOWN:
		t->unknown_own++;
		break;
	case MP_OWN_UNFINISHED:
	case MP_OWN_NONE:
		break;
	}
	return 0;
}

int mp_totals_add(struct mp_totals *t, const struct mp_record *r,
		  enum mp_record_form form)
{
	return mp_totals_add_as(t, r, form, r->page_id);
}

int mp_totals_add_as(struct mp_totals *t, const struct mp_record *r,
		     enum mp_record_form form, struct mp_text id)
{
	enum mp_own kind = mp_own_kind(r, form);

	if (mp_history_add(&t->history, r, kind))
		return -ENOMEM;
	if (kind == MP_OWN_NONE)
		return add_request(t, r, id);
	return add_own(t, r, kind);
}

int mp_totals_note(struct mp_totals *t, const struct mp_record *r)
{
	return mp_history_note(&t->history, r);
}

void mp_totals_rest(struct mp_totals *t, size_t first, struct mp_page *ret)
{
	int err = 0;

	*ret = empty_page();
	ret->id = (struct mp_text){ "total", 5 };
	for (size_t i = first; i < t->count; i++) {
		page_merge(ret, t->pages[i], &t->saturated);
		if (!err)
			err = mp_sketch_merge(&ret->durations_us,
					      &t->pages[i]->durations_us);
	}
	if (err)
		mp_sketch_release(&ret->durations_us);
}

static void join_skipped(struct mp_totals *t, const struct mp_totals *from)
{
	sum_merge(&t->sampled, &from->sampled, &t->saturated);
	sum_merge(&t->threshold, &from->threshold, &t->saturated);
	sum_merge(&t->paused, &from->paused, &t->saturated);
	if (t->one_in_min == 0 ||
	    (from->one_in_min != 0 && from->one_in_min < t->one_in_min))
		t->one_in_min = from->one_in_min;
	t->one_in_max = larger(t->one_in_max, from->one_in_max);
}

int mp_totals_join(struct mp_totals *t, struct mp_totals *from)
{
	if (reserve(t, from->count) ||
	    mp_sketch_merge(&t->outside.durations_us,
			    &from->outside.durations_us) ||
	    mp_history_merge(&t->history, &from->history))
		return -ENOMEM;
	for (size_t i = 0; i < from->count; i++)
		insert(t, from->pages[i]);
	page_merge(&t->outside, &from->outside, &t->saturated);
	mp_evidence_merge(&t->outside.evidence, &from->outside.evidence);
	t->started += from->started;
	t->stopped += from->stopped;
	t->recovered += from->recovered;
	t->unknown_own += from->unknown_own;
	join_skipped(t, from);
	t->saturated |= from->saturated;
	from->count = 0;
	mp_totals_release(from);
	return 0;
}

void mp_totals_all(struct mp_totals *t, struct mp_page *ret)
{
	mp_totals_rest(t, 0, ret);
}

void mp_totals_hide(struct mp_totals *t,
		    bool (*is_hidden)(const void *user, struct mp_text id),
		    const void *user)
{
	for (size_t i = 0; i < t->count;) {
		struct mp_page *page = t->pages[i];

		if (!is_hidden(user, page->id)) {
			i++;
			continue;
		}
		t->pages[i] = t->pages[--t->count];
		t->pages[t->count] = page;
		t->hidden++;
	}
	if (is_hidden(user, t->outside.id)) {
		mp_sketch_release(&t->outside.durations_us);
		t->outside = empty_outside();
	}
}

const struct mp_sum *mp_page_growth(const struct mp_page *page,
				    enum mp_rank rank)
{
	if (rank == MP_RANK_RETAINED)
		return &page->retained;
	if (rank == MP_RANK_CLEAN_RSS)
		return &page->clean_rss;
	return &page->rss;
}

void mp_totals_release(struct mp_totals *t)
{
	for (size_t i = 0; i < t->count + t->hidden; i++) {
		mp_sketch_release(&t->pages[i]->durations_us);
		free(t->pages[i]);
	}
	mp_sketch_release(&t->outside.durations_us);
	free(t->pages);
	free(t->slots);
	mp_history_release(&t->history);
	mp_totals_init(t);
}
