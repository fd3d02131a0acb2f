#include "report/verdict.h"

#include "report/handover.h"
#include "report/judge.h"
#include "report/totals.h"

/*
 * Memory is fragmented from here on.  Valkey's MEMORY DOCTOR: more than 1.4
 * times what is used, and 10 MiB; below 5 MiB it does not judge.
 */
#define FRAGMENTED_RATIO 1.4
#define FRAGMENTED_BYTES (10 << 20)
#define ALLOCATED_MIN	 (5 << 20)

const struct mp_verdict_options mp_verdict_defaults = {
	.warmup_us = 60 * INT64_C(1000000),
	.warmup_requests = 100,
};

static double rss_growth(const struct mp_page *page)
{
	double sum = 0;

	for (size_t i = 0; i < mp_evidence_count(&page->evidence); i++)
		sum += (double)mp_evidence_at(&page->evidence, i)->net;
	return page->evidence.heap || sum < 0 ? 0 : sum;
}

/*
 * RSS grows with whoever touches new pages first, which may be a neighbour of
 * the leak.  So one page at most is said to leak by RSS: the one that has more
 * than half of all growth.
 */
static void doubt_rss(struct mp_totals *t)
{
	double all = 0;

	for (size_t i = 0; i < t->count; i++)
		all += rss_growth(t->pages[i]);
	for (size_t i = 0; i < t->count; i++) {
		struct mp_page *page = t->pages[i];

		if (page->evidence.heap ||
		    page->verdict.kind != MP_VERDICT_LEAK ||
		    rss_growth(page) > all / 2)
			continue;
		page->verdict.kind = MP_VERDICT_TOO_FEW;
		page->verdict.why = MP_WHY_SHARED;
	}
}

static bool is_fragmented(const struct mp_life *life)
{
	const struct mp_heap_state *s = &life->last;

	return s->us != INT64_MIN && s->allocated >= ALLOCATED_MIN &&
	       s->resident - s->allocated > FRAGMENTED_BYTES &&
	       (double)s->resident > FRAGMENTED_RATIO * (double)s->allocated &&
	       mp_life_is_flat(life);
}

static int64_t wasted(const struct mp_life *life)
{
	return life->last.resident - life->last.allocated;
}

/* Of equal ones that with the lower key, whatever order they came in. */
static bool is_worse(const struct mp_life *a, const struct mp_life *b)
{
	return !b || wasted(a) > wasted(b) ||
	       (wasted(a) == wasted(b) && a->key < b->key);
}

static void judge_processes(const struct mp_history *h,
			    struct mp_process_verdict *ret)
{
	*ret = (struct mp_process_verdict){ 0 };
	for (size_t i = 0; i < h->slot_count; i++) {
		const struct mp_life *life = h->slots[i];

		if (life && is_fragmented(life) &&
		    is_worse(life, ret->fragmented))
			ret->fragmented = life;
	}
}

/* Only lines above a threshold of their own tell of growth outside. */
static void judge_outside(struct mp_totals *t, int64_t last_us,
			  const struct mp_verdict_options *options)
{
	struct mp_judge_log log = { .last_us = last_us, .threshold = true };
	struct mp_verdict *v = &t->outside.verdict;

	mp_judge(&t->outside.evidence, &log, options, v);
	v->kind = v->kind == MP_VERDICT_LEAK ? MP_VERDICT_OUTSIDE
					     : MP_VERDICT_NONE;
}

void mp_verdict_judge(struct mp_totals *t,
		      const struct mp_verdict_options *options,
		      struct mp_process_verdict *ret)
{
	struct mp_judge_log log = {
		.last_us = t->history.last_us,
		.sampled = t->one_in_max > 1,
		.threshold = t->threshold.value > 0,
	};

	for (size_t i = 0; i < t->count; i++)
		mp_judge(&t->pages[i]->evidence, &log, options,
			 &t->pages[i]->verdict);
	doubt_rss(t);
	mp_handover_find(t, &log);
	judge_outside(t, log.last_us, options);
	judge_processes(&t->history, ret);
}

const char *mp_verdict_name(const struct mp_verdict *v)
{
	static const char *const names[] = {
		[MP_VERDICT_NONE] = "",
		[MP_VERDICT_TOO_FEW] = "too few",
		[MP_VERDICT_STEADY] = "steady",
		[MP_VERDICT_LEAK] = "leak",
		[MP_VERDICT_WARM_UP] = "warm-up",
		[MP_VERDICT_SPIKE] = "spike",
		[MP_VERDICT_HAND_OVER] = "hand-over",
		[MP_VERDICT_OUTSIDE] = "outside",
	};

	return v->kind == MP_VERDICT_LEAK && v->unsure ? "leak?"
						       : names[v->kind];
}
