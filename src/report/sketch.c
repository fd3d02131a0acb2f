#include "report/sketch.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define STEP_BINS 4
#define BITS	  5 /* of a number behind its leading one */
#define STEPS	  (1 << BITS)

/* A number above zero as its power of two and what follows its leading bit. */
static unsigned key_of(int64_t v)
{
	unsigned power = 63 - (unsigned)__builtin_clzll((uint64_t)v | 1);
	uint64_t bits = (uint64_t)v << BITS >> power;

	/* Shifted left a large number would lose its head. */
	if (power > BITS)
		bits = (uint64_t)v >> (power - BITS);
	return power * STEPS + (unsigned)(bits & (STEPS - 1));
}

/* Bin 0 is for zero, until neighbours are joined. */
static unsigned bin_of(const struct mp_sketch *s, int64_t v)
{
	return v == 0 ? 0 : (key_of(v) + 1) >> s->joined;
}

/* The least number of a bin: that which its first key stands for, rounded up. */
static int64_t least_of(const struct mp_sketch *s, unsigned bin)
{
	unsigned key = bin << s->joined, power, bits;

	if (key == 0)
		return 0;
	power = (key - 1) / STEPS;
	bits = STEPS + (key - 1) % STEPS;
	if (power > 62)
		return INT64_MAX;
	if (power >= BITS)
		return (int64_t)bits << (power - BITS);
	return (bits + (1 << (BITS - power)) - 1) >> (BITS - power);
}

static uint32_t get(const struct mp_sketch *s, unsigned i)
{
	return s->is_wide ? s->bins.wide[i] : s->bins.narrow[i];
}

/* Narrow ones hold whatever they are told, as long as `count` fits. */
static void add(struct mp_sketch *s, unsigned i, uint32_t n)
{
	uint32_t old;

	if (!s->is_wide) {
		s->bins.narrow[i] = (uint16_t)(s->bins.narrow[i] + n);
		return;
	}
	old = s->bins.wide[i];
	s->bins.wide[i] = old > UINT32_MAX - n ? UINT32_MAX : old + n;
}

static void clear(struct mp_sketch *s, unsigned i)
{
	if (s->is_wide)
		s->bins.wide[i] = 0;
	else
		s->bins.narrow[i] = 0;
}

/* Join each two neighbours, in place. */
static void join(struct mp_sketch *s)
{
	unsigned first = s->first >> 1;

	for (unsigned i = 0; i < s->size; i++) {
		unsigned to = ((s->first + i) >> 1) - first;
		uint32_t n = get(s, i);

		clear(s, i);
		add(s, to, n);
	}
	s->first = (uint16_t)first;
	s->low >>= 1;
	s->high >>= 1;
	s->joined++;
}

static void free_bins(struct mp_sketch *s)
{
	if (s->is_wide)
		free(s->bins.wide);
	else
		free(s->bins.narrow);
}

/* Have bins from `low` to `high`, at most MP_SKETCH_BINS, and of either kind;
   those that were counted in are among them. */
static int resize(struct mp_sketch *s, unsigned low, unsigned high,
		  bool is_wide)
{
	/* Not twice as many: there may be a sketch for each of many pages. */
	size_t size = (high - low + STEP_BINS) / STEP_BINS * STEP_BINS;
	struct mp_sketch to = *s;

	to.is_wide = is_wide;
	to.size = (uint16_t)size;
	to.first = (uint16_t)low;
	if (is_wide)
		to.bins.wide = calloc(size, sizeof(*to.bins.wide));
	else
		to.bins.narrow = calloc(size, sizeof(*to.bins.narrow));
	if (is_wide ? !to.bins.wide : !to.bins.narrow)
		return -ENOMEM;
	for (unsigned bin = s->low; s->count > 0 && bin <= s->high; bin++)
		add(&to, bin - low, get(s, bin - s->first));
	free_bins(s);
	*s = to;
	return 0;
}

/* Have room for bins from `low` to `high`, as they are numbered now; they may
   be joined to that end. */
static int cover(struct mp_sketch *s, unsigned low, unsigned high)
{
	if (s->count > 0) {
		low = low < s->low ? low : s->low;
		high = high > s->high ? high : s->high;
	}
	for (; high - low >= MP_SKETCH_BINS; low >>= 1, high >>= 1)
		join(s);
	if ((s->size == 0 || low < s->first || high - s->first >= s->size) &&
	    resize(s, low, high, s->is_wide))
		return -ENOMEM;
	s->low = (uint16_t)low;
	s->high = (uint16_t)high;
	return 0;
}

/* Have bins that hold `more` numbers. */
static int widen(struct mp_sketch *s, uint64_t more)
{
	if (s->is_wide || s->count + more <= UINT16_MAX)
		return 0;
	if (s->size > 0)
		return resize(s, s->low, s->high, true);
	s->is_wide = true;
	return 0;
}

static void note_range(struct mp_sketch *s, int64_t least, int64_t most)
{
	if (s->count == 0 || least < s->least)
		s->least = least;
	if (s->count == 0 || most > s->most)
		s->most = most;
}

int mp_sketch_add(struct mp_sketch *s, int64_t v)
{
	unsigned bin;

	assert(v >= 0);
	if (widen(s, 1))
		return -ENOMEM;
	bin = bin_of(s, v);
	if (s->count == 0 || bin < s->low || bin > s->high) {
		if (cover(s, bin, bin))
			return -ENOMEM;
		bin = bin_of(s, v);
	}
	add(s, bin - s->first, 1);
	note_range(s, v, v);
	s->count++;
	return 0;
}

void mp_sketch_expect(const struct mp_sketch *s, int64_t v)
{
	unsigned i;

	if (v < 0)
		return;
	i = bin_of(s, v) - s->first;
	if (i >= s->size)
		return;
	__builtin_prefetch(s->is_wide ? (void *)&s->bins.wide[i]
				      : (void *)&s->bins.narrow[i],
			   1);
}

int mp_sketch_merge(struct mp_sketch *s, const struct mp_sketch *from)
{
	unsigned more;

	if (from->count == 0)
		return 0;
	if (widen(s, from->count))
		return -ENOMEM;
	while (s->joined < from->joined)
		join(s);
	more = s->joined - from->joined;
	if (cover(s, from->low >> more, from->high >> more))
		return -ENOMEM;
	more = s->joined - from->joined;
	for (unsigned bin = from->low; bin <= from->high; bin++)
		add(s, (bin >> more) - s->first, get(from, bin - from->first));
	note_range(s, from->least, from->most);
	s->count += from->count;
	return 0;
}

int64_t mp_sketch_quantile(const struct mp_sketch *s, double q)
{
	double rank = q * (double)s->count;
	uint64_t seen = 0;
	unsigned bin = s->low;
	int64_t least, most;

	if (s->count == 0)
		return 0;
	for (; bin < s->high; bin++) {
		seen += get(s, bin - s->first);
		if (seen > 0 && (double)seen >= rank)
			break;
	}
	/* The middle of what the bin can hold. */
	least = least_of(s, bin);
	most = least_of(s, bin + 1) - 1;
	least = least > s->least ? least : s->least;
	most = most < s->most ? most : s->most;
	return least + (most - least) / 2;
}

double mp_sketch_error(const struct mp_sketch *s)
{
	return (double)(1u << s->joined) / (2 * STEPS);
}

void mp_sketch_release(struct mp_sketch *s)
{
	free_bins(s);
	*s = (struct mp_sketch){ 0 };
}
