#include "report/diff.h"

#include "report/compare.h"
#include "report/own.h"
#include "report/text.h"

#include <assert.h>
#include <errno.h>
#include <math.h>
#include <search.h>
#include <stdlib.h>
#include <string.h>

/* jemalloc looks at a thread's peak each so many bytes. */
#define PEAK_ERROR 65536

static_assert((int)MP_MEANS <= MP_COMPARE_MAX, "all batches are compared");

const char *mp_measure_name(enum mp_measure m)
{
	static const char *const names[MP_MEASURES] = {
		[MP_MEASURE_RETAINED] = "retained",
		[MP_MEASURE_ALLOCATED] = "allocated",
		[MP_MEASURE_PEAK] = "peak",
		[MP_MEASURE_DURATION] = "duration",
	};

	return names[m];
}

/* ---- pages ---- */

/* A page begins with its id. */
static int compare_nodes(const void *a, const void *b)
{
	const struct mp_text *ida = a, *idb = b;

	return mp_text_compare(*ida, *idb);
}

static struct mp_diff_page *page_new(struct mp_text id)
{
	struct mp_diff_page *page = calloc(1, sizeof(*page) + id.len);
	char *copy;

	if (!page)
		return NULL;
	copy = (char *)(page + 1);
	memcpy(copy, id.p, id.len);
	page->id = (struct mp_text){ copy, id.len };
	for (unsigned m = 0; m < MP_MEASURES; m++)
		for (unsigned side = 0; side < MP_SIDES; side++)
			mp_means_init(&page->numbers[m][side]);
	return page;
}

static int grow(struct mp_diff *d)
{
	size_t n = d->capacity ? 2 * d->capacity : 64;
	struct mp_diff_page **pages = reallocarray(d->pages, n, sizeof(*pages));

	if (!pages)
		return -ENOMEM;
	d->pages = pages;
	d->capacity = n;
	return 0;
}

static struct mp_diff_page *find(struct mp_diff *d, struct mp_text id)
{
	struct mp_diff_page **found = tfind(&id, &d->by_id, compare_nodes);
	struct mp_diff_page *page;

	if (found)
		return *found;
	if (d->count == d->capacity && grow(d))
		return NULL;
	page = page_new(id);
	if (!page)
		return NULL;
	if (!tsearch(page, &d->by_id, compare_nodes)) {
		free(page);
		return NULL;
	}
	d->pages[d->count++] = page;
	return page;
}

void mp_diff_init(struct mp_diff *d, uint64_t warm_up)
{
	*d = (struct mp_diff){ .warm_up = warm_up };
}

static void free_nothing(void *page)
{
	(void)page;
}

void mp_diff_release(struct mp_diff *d)
{
	tdestroy(d->by_id, free_nothing);
	for (size_t i = 0; i < d->count; i++)
		free(d->pages[i]);
	free(d->pages);
	mp_diff_init(d, d->warm_up);
}

/* ---- lines ---- */

static int64_t number_of(const struct mp_record *r, enum mp_measure m)
{
	if (m == MP_MEASURE_DURATION)
		return r->duration_us;
	if (m == MP_MEASURE_PEAK)
		return r->peak;
	if (m == MP_MEASURE_ALLOCATED || r->allocated == MP_UNKNOWN ||
	    r->freed == MP_UNKNOWN)
		return m == MP_MEASURE_ALLOCATED ? r->allocated : MP_UNKNOWN;
	return r->allocated - r->freed;
}

int mp_diff_add(struct mp_diff *d, enum mp_side side, const struct mp_record *r,
		enum mp_record_form form)
{
	enum mp_own kind = mp_own_kind(r, form);
	struct mp_diff_page *page;
	struct mp_skipped skipped;

	if (kind == MP_OWN_SKIPPED && !mp_skipped_parse(r->oops_id, &skipped))
		d->below_threshold[side] += (uint64_t)skipped.threshold;
	if (kind != MP_OWN_NONE)
		return 0;
	page = find(d, r->page_id);
	if (!page)
		return -ENOMEM;
	if (page->requests[side]++ < d->warm_up)
		return 0;
	for (unsigned m = 0; m < MP_MEASURES; m++) {
		int64_t v = number_of(r, (enum mp_measure)m);

		if (v != MP_UNKNOWN)
			mp_means_add(&page->numbers[m][side], v);
	}
	return 0;
}

/* ---- judging ---- */

/* Whether a difference is to be told by a test; else its certainty is set. */
static bool needs_test(enum mp_measure m, const struct mp_means *before,
		       const struct mp_means *after, struct mp_change *c)
{
	bool same = before->same && after->same;
	bool memory = m != MP_MEASURE_DURATION;

	if (same && before->first == after->first)
		c->certainty = MP_CERTAINTY_SAME;
	else if (m == MP_MEASURE_PEAK &&
		 fabs(c->after - c->before) < PEAK_ERROR)
		c->certainty = MP_CERTAINTY_ERROR;
	else if (before->count < MP_COMPARE_MIN ||
		 after->count < MP_COMPARE_MIN)
		c->certainty = MP_CERTAINTY_FEW;
	else if (memory && same && before->count >= MP_DIFF_EXACT_MIN &&
		 after->count >= MP_DIFF_EXACT_MIN)
		c->certainty = MP_CERTAINTY_EXACT;
	else
		return true;
	return false;
}

/* How much a page may grow. */
static double margin_of(const struct mp_limit *limit, double before)
{
	return limit->percent ? limit->value / 100 * fabs(before)
			      : limit->value;
}

/* The tests of one diff. */
struct tests {
	double **told, **over; /* probabilities, to be corrected */
	size_t told_count, over_count;
};

static void judge(struct mp_diff_page *page, enum mp_measure m,
		  const struct mp_limit *limit, struct tests *tests)
{
	const struct mp_means *before = &page->numbers[m][MP_BEFORE];
	const struct mp_means *after = &page->numbers[m][MP_AFTER];
	struct mp_change *c = &page->changes[m];
	bool limited = limit && limit->measures[m];
	struct mp_sample a, b;
	struct mp_pair pair;
	double margin;

	*c = (struct mp_change){ .p = 1, .over_p = 1 };
	if (before->count == 0 || after->count == 0)
		return;
	c->before = mp_means_mean(before);
	c->after = mp_means_mean(after);
	margin = limited ? margin_of(limit, c->before) : 0;
	if (!needs_test(m, before, after, c)) {
		c->over = limited && c->certainty == MP_CERTAINTY_EXACT &&
			  c->after - c->before > margin;
		return;
	}
	/* For now: the correction may take it back to noise. */
	c->certainty = MP_CERTAINTY_TEST;
	mp_means_pair(before, after, &pair);
	a = (struct mp_sample){ pair.a, pair.a_count };
	b = (struct mp_sample){ pair.b, pair.b_count };
	c->p = mp_compare(a, b, 0, true, m);
	tests->told[tests->told_count++] = &c->p;
	if (!limited)
		return;
	c->over_p = mp_compare(a, b, margin, false, m);
	tests->over[tests->over_count++] = &c->over_p;
}

static void conclude(struct mp_change *c)
{
	if (c->certainty != MP_CERTAINTY_TEST)
		return;
	if (c->p > MP_DIFF_LEVEL)
		c->certainty = MP_CERTAINTY_NOISE;
	c->over = c->over_p <= MP_DIFF_LEVEL;
}

/* What is not known comes after all that is. */
static double change_of(const struct mp_diff_page *page, enum mp_measure m)
{
	const struct mp_change *c = &page->changes[m];

	return c->certainty == MP_CERTAINTY_NONE ? -INFINITY
						 : c->after - c->before;
}

static int compare_pages(const void *a, const void *b)
{
	const struct mp_diff_page *const *pa = a, *const *pb = b;

	for (unsigned m = 0; m < MP_MEASURES; m++) {
		double ca = change_of(*pa, (enum mp_measure)m);
		double cb = change_of(*pb, (enum mp_measure)m);

		if (ca != cb)
			return ca < cb ? 1 : -1;
	}
	return mp_text_compare((*pa)->id, (*pb)->id);
}

int mp_diff_judge(struct mp_diff *d, const struct mp_limit *limit)
{
	size_t most = d->count * MP_MEASURES;
	struct tests tests = { 0 };
	int err = -ENOMEM;

	tests.told = calloc(most + 1, sizeof(*tests.told));
	tests.over = calloc(most + 1, sizeof(*tests.over));
	if (!tests.told || !tests.over)
		goto free_tests;
	for (size_t i = 0; i < d->count; i++)
		for (unsigned m = 0; m < MP_MEASURES; m++)
			judge(d->pages[i], (enum mp_measure)m, limit, &tests);
	mp_compare_holm(tests.told, tests.told_count);
	mp_compare_holm(tests.over, tests.over_count);
	for (size_t i = 0; i < d->count; i++)
		for (unsigned m = 0; m < MP_MEASURES; m++)
			conclude(&d->pages[i]->changes[m]);
	if (d->count > 0)
		qsort(d->pages, d->count, sizeof(struct mp_diff_page *),
		      compare_pages);
	err = 0;

free_tests:
	free(tests.told);
	free(tests.over);
	return err;
}
