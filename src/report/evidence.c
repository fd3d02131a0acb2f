#include "report/evidence.h"

#include <string.h>

/* Narrower stretches than this tell nothing more. */
#define SHIFT_MIN 10
/* A peak is large from here, if it is a 16th of the process's RSS as well. */
#define SPIKE_BYTES (1 << 20)
#define SPIKE_PARTS 16

static void forget_growth(struct mp_evidence *e, bool heap)
{
	memset(e->stretches, 0, sizeof(e->stretches));
	e->low = INT64_MAX;
	e->high = INT64_MIN;
	e->shift = SHIFT_MIN;
	e->heap = heap;
	e->shrank = 0;
	e->most = e->least = 0;
	e->first_us = INT64_MAX;
	e->last_us = INT64_MIN;
}

void mp_evidence_init(struct mp_evidence *e)
{
	forget_growth(e, false);
	e->lines = 0;
	e->spikes = 0;
	e->peak = MP_UNKNOWN;
}

/* ---- stretches ---- */

static int64_t add(int64_t a, int64_t b)
{
	int64_t sum;

	if (!__builtin_add_overflow(a, b, &sum))
		return sum;
	return a < 0 ? INT64_MIN : INT64_MAX;
}

static int64_t smaller(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

static int64_t larger(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

static struct mp_stretch *stretch(struct mp_evidence *e, int64_t number)
{
	return &e->stretches[(uint64_t)number % MP_STRETCHES];
}

static void move(struct mp_stretch *to, struct mp_stretch *from)
{
	struct mp_stretch moved = *from;

	*from = (struct mp_stretch){ 0 };
	to->requests += moved.requests;
	to->grew += moved.grew;
	to->net = add(to->net, moved.net);
	to->squares += moved.squares;
}

/* Make stretches as wide as `shift` says. */
static void widen(struct mp_evidence *e, uint8_t shift)
{
	struct mp_stretch old[MP_STRETCHES];
	int64_t low = e->low, high = e->high;
	unsigned by = (unsigned)shift - e->shift;

	e->shift = shift;
	if (low > high || by == 0)
		return;
	memcpy(old, e->stretches, sizeof(old));
	memset(e->stretches, 0, sizeof(e->stretches));
	e->low = low >> by;
	e->high = high >> by;
	for (int64_t s = low; s <= high; s++)
		move(stretch(e, s >> by), &old[(uint64_t)s % MP_STRETCHES]);
}

/* Make room for the stretches that hold these two moments. */
static void reach(struct mp_evidence *e, int64_t first_us, int64_t last_us)
{
	int64_t first = smaller(e->first_us, first_us);
	int64_t last = larger(e->last_us, last_us);
	uint8_t shift = e->shift;

	while ((last >> shift) - (first >> shift) >= MP_STRETCHES)
		shift++;
	widen(e, shift);
	e->low = first >> shift;
	e->high = last >> shift;
}

static void add_growth(struct mp_evidence *e, int64_t us, int64_t growth)
{
	int64_t number = us >> e->shift;
	struct mp_stretch *s;

	if (number < e->low || number > e->high) {
		reach(e, us, us);
		number = us >> e->shift;
	}
	s = stretch(e, number);
	s->requests++;
	e->first_us = smaller(e->first_us, us);
	e->last_us = larger(e->last_us, us);
	if (growth == 0)
		return;
	s->grew += growth > 0;
	s->net = add(s->net, growth);
	s->squares += (double)growth * (double)growth;
	e->shrank += growth < 0;
	e->most = larger(e->most, growth);
	e->least = smaller(e->least, growth);
}

/* ---- lines ---- */

static bool is_spike(const struct mp_record *r)
{
	return r->peak >= SPIKE_BYTES &&
	       (r->start_rss == MP_UNKNOWN ||
		r->peak >= r->start_rss / SPIKE_PARTS);
}

void mp_evidence_add(struct mp_evidence *e, const struct mp_record *r)
{
	e->lines++;
	e->peak = larger(e->peak, r->peak);
	e->spikes += is_spike(r);
	if (r->allocated != MP_UNKNOWN && r->freed != MP_UNKNOWN) {
		if (!e->heap)
			forget_growth(e, true);
		add_growth(e, r->timestamp_us, r->allocated - r->freed);
	} else if (!e->heap && r->overlap == 0 && r->rss_delta != MP_UNKNOWN) {
		add_growth(e, r->timestamp_us, r->rss_delta);
	}
}

void mp_evidence_expect(const struct mp_evidence *e, int64_t us)
{
	uint64_t number = (uint64_t)(us >> e->shift);

	__builtin_prefetch(&e->stretches[number % MP_STRETCHES], 1);
}

void mp_evidence_add_outside(struct mp_evidence *e, const struct mp_record *r)
{
	e->lines++;
	if (r->rss_delta != MP_UNKNOWN)
		add_growth(e, r->timestamp_us, r->rss_delta);
}

void mp_evidence_merge(struct mp_evidence *e, const struct mp_evidence *other)
{
	struct mp_evidence o = *other;

	e->lines += o.lines;
	e->spikes += o.spikes;
	e->peak = larger(e->peak, o.peak);
	if (o.low > o.high || e->heap > o.heap)
		return;
	if (e->heap < o.heap)
		forget_growth(e, true);
	if (e->shift < o.shift)
		widen(e, o.shift);
	reach(e, o.first_us, o.last_us);
	widen(&o, e->shift);
	for (int64_t s = o.low; s <= o.high; s++)
		move(stretch(e, s), stretch(&o, s));
	e->shrank += o.shrank;
	e->most = larger(e->most, o.most);
	e->least = smaller(e->least, o.least);
	e->first_us = smaller(e->first_us, o.first_us);
	e->last_us = larger(e->last_us, o.last_us);
}
