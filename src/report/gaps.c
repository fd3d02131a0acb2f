#include "report/gaps.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define FIRST_BUSY 16
/* Lines of threads that end together may come in any order; those that are
   further off come from another log. */
#define DISORDER_MAX 64
/* Launchpad's forms cut times to that. */
#define MILLISECOND_US 1000
/* What lasted longer is no request. */
#define TOOK_MAX_US (INT64_C(1) << 60)

void mp_gaps_init(struct mp_gaps *g)
{
	*g = (struct mp_gaps){ .count = 0 };
}

/* ---- what is counted ---- */

static int64_t sum(int64_t a, int64_t b)
{
	int64_t s;

	if (!__builtin_add_overflow(a, b, &s))
		return s;
	return a < 0 ? -INT64_MAX : INT64_MAX;
}

static void add_largest(struct mp_gaps *g, struct mp_gap gap)
{
	size_t i = MP_GAPS_LARGEST - 1;

	if (gap.growth <= g->largest[i].growth)
		return;
	for (; i > 0 && gap.growth > g->largest[i - 1].growth; i--)
		g->largest[i] = g->largest[i - 1];
	g->largest[i] = gap;
}

static void count_gap(struct mp_gaps *g, const struct mp_busy *before,
		      const struct mp_busy *after)
{
	struct mp_gap gap = {
		.from_us = before->until_us,
		.until_us = after->from_us,
		.growth = after->from_rss - before->until_rss,
	};

	g->count++;
	g->growth = sum(g->growth, gap.growth);
	add_largest(g, gap);
}

/* Count the gaps between the first `n` and what follows them, and forget
   those. */
static void count_first(struct mp_gaps *g, size_t n)
{
	for (size_t i = 0; i < n && i + 1 < g->busy_count; i++)
		count_gap(g, &g->busy[i], &g->busy[i + 1]);
	g->busy_count -= n;
	g->counted = true;
	if (g->busy_count > 0)
		memmove(g->busy, g->busy + n, g->busy_count * sizeof(*g->busy));
}

void mp_gaps_end(struct mp_gaps *g)
{
	count_first(g, g->busy_count);
	g->counted = false;
}

/* ---- requests ---- */

/* Make room for one more. */
static int reserve(struct mp_gaps *g)
{
	size_t n = g->busy_capacity ? 2 * g->busy_capacity : FIRST_BUSY;
	struct mp_busy *busy;

	if (g->busy_count < g->busy_capacity)
		return 0;
	if (g->busy_count == MP_GAPS_WINDOW) {
		count_first(g, MP_GAPS_WINDOW / 2);
		return 0;
	}
	busy = reallocarray(g->busy, n, sizeof(*busy));
	if (!busy)
		return -ENOMEM;
	g->busy = busy;
	g->busy_capacity = n;
	return 0;
}

static bool read_busy(const struct mp_record *r, struct mp_busy *ret)
{
	ret->from_us = r->timestamp_us;
	ret->from_rss = r->start_rss;
	ret->until_rss = r->end_rss;
	if (r->duration_us == MP_UNKNOWN || r->duration_us > TOOK_MAX_US ||
	    r->start_rss == MP_UNKNOWN || r->end_rss == MP_UNKNOWN)
		return false;
	ret->until_us = r->timestamp_us + r->duration_us;
	return true;
}

/* At the same time, the size of whoever began or ended later counts. */
static void join(struct mp_busy *busy, const struct mp_busy *other)
{
	if (other->from_us < busy->from_us) {
		busy->from_us = other->from_us;
		busy->from_rss = other->from_rss;
	}
	if (other->until_us > busy->until_us) {
		busy->until_us = other->until_us;
		busy->until_rss = other->until_rss;
	}
}

/* How many of the times end before `busy` is over, or touch it. */
static size_t count_before(const struct mp_gaps *g, const struct mp_busy *busy,
			   int64_t slack_us)
{
	size_t n = g->busy_count;

	while (n > 0 && g->busy[n - 1].from_us > busy->until_us + slack_us)
		n--;
	return n;
}

static int add(struct mp_gaps *g, struct mp_busy busy, int64_t slack_us)
{
	size_t behind, at;

	if (reserve(g))
		return -ENOMEM;
	at = count_before(g, &busy, slack_us);
	if (g->busy_count - at > DISORDER_MAX) {
		mp_gaps_end(g);
		at = 0;
	}
	g->late += g->counted && busy.from_us < g->busy[0].from_us;
	behind = g->busy_count - at;
	for (; at > 0 && g->busy[at - 1].until_us + slack_us >= busy.from_us;
	     at--)
		join(&busy, &g->busy[at - 1]);
	memmove(g->busy + at + 1, g->busy + g->busy_count - behind,
		behind * sizeof(*g->busy));
	g->busy[at] = busy;
	g->busy_count = at + 1 + behind;
	return 0;
}

int mp_gaps_add(struct mp_gaps *g, const struct mp_record *r)
{
	struct mp_busy busy;

	if (read_busy(r, &busy))
		return add(g, busy,
			   r->pid == MP_UNKNOWN ? MILLISECOND_US - 1 : 0);
	g->unusable++;
	return 0;
}

int mp_gaps_add_reading(struct mp_gaps *g, int64_t us, int64_t rss)
{
	if (rss == MP_UNKNOWN)
		return 0;
	return add(g, (struct mp_busy){ us, us, rss, rss }, 0);
}

void mp_gaps_merge(struct mp_gaps *g, const struct mp_gaps *other)
{
	g->count += other->count;
	g->growth = sum(g->growth, other->growth);
	g->late += other->late;
	g->unusable += other->unusable;
	for (size_t i = 0; i < MP_GAPS_LARGEST; i++)
		add_largest(g, other->largest[i]);
}

void mp_gaps_release(struct mp_gaps *g)
{
	free(g->busy);
	mp_gaps_init(g);
}
