#include "report/handover.h"

#include "report/totals.h"

#include <math.h>
#include <string.h>

/* Of more givers than this only the largest are compared. */
#define GIVERS_MAX 10
/* What was handed over and not yet freed at the end: so many of the largest. */
#define IN_FLIGHT 4
/* A page that shrank less often takes nothing, unless a giver fits. */
#define TAKES_MIN  6
#define POINTS_MIN 8
#define POINTS_MAX 40
/* How many times flatter the rest must be, for a page to have given it; and
   where a threshold hides most of what happens. */
#define FLATTER		  1.5
#define FLATTER_THRESHOLD 2

/* Pages, with what each gave or took. */
struct side {
	size_t count;
	struct mp_page *pages[GIVERS_MAX];
	double sums[GIVERS_MAX];
	double variance[GIVERS_MAX];
	double largest;
};

static double total(const struct side *s, unsigned chosen)
{
	double sum = 0;

	for (size_t i = 0; i < s->count; i++)
		if (chosen & 1u << i)
			sum += s->sums[i];
	return sum;
}

static double total_variance(const struct side *s, unsigned chosen)
{
	double sum = 0;

	for (size_t i = 0; i < s->count; i++)
		if (chosen & 1u << i)
			sum += s->variance[i];
	return sum;
}

static unsigned everybody(const struct side *s)
{
	return (1u << s->count) - 1;
}

/* Add a page, the largest first; the least one leaves where it is full. */
static void side_add(struct side *s, struct mp_page *page, double sum,
		     double variance)
{
	size_t i = s->count;

	if (s->count == GIVERS_MAX && sum <= s->sums[--i])
		return;
	for (; i > 0 && s->sums[i - 1] < sum; i--) {
		s->pages[i] = s->pages[i - 1];
		s->sums[i] = s->sums[i - 1];
		s->variance[i] = s->variance[i - 1];
	}
	s->pages[i] = page;
	s->sums[i] = sum;
	s->variance[i] = variance;
	s->count += s->count < GIVERS_MAX;
}

static double squares(const struct mp_evidence *e)
{
	double sum = 0;

	for (size_t i = 0; i < mp_evidence_count(e); i++)
		sum += mp_evidence_at(e, i)->squares;
	return sum;
}

static double net(const struct mp_evidence *e)
{
	double sum = 0;

	for (size_t i = 0; i < mp_evidence_count(e); i++)
		sum += (double)mp_evidence_at(e, i)->net;
	return sum;
}

/* ---- between pages ---- */

static void find_sides(struct mp_totals *t, const struct mp_judge_log *log,
		       struct side *givers, struct side *takers)
{
	givers->count = takers->count = 0;
	givers->largest = takers->largest = 0;
	for (size_t i = 0; i < t->count; i++) {
		struct mp_page *page = t->pages[i];
		const struct mp_evidence *e = &page->evidence;

		if (!e->heap)
			continue;
		if (page->verdict.kind == MP_VERDICT_LEAK) {
			side_add(givers, page, net(e), squares(e));
			givers->largest =
				fmax(givers->largest, (double)e->most);
		} else if (mp_judge_shrinks(e, log)) {
			side_add(takers, page, -net(e), squares(e));
			takers->largest =
				fmax(takers->largest, -(double)e->least);
		}
	}
}

/*
 * The givers whose sum is that of the takers, but for what is on its way and
 * for what chance does; 0 where there are none.  With sampling several sets may
 * be as near as chance brings them: each page more has to be worth it.
 */
static unsigned find_match(const struct side *givers, double taken,
			   double taken_variance, double largest,
			   const struct mp_judge_log *log)
{
	unsigned best = 0;
	double best_cost = INFINITY;

	for (unsigned set = 1; set <= everybody(givers); set++) {
		double off = fabs(total(givers, set) - taken);
		double error =
			sqrt(total_variance(givers, set) + taken_variance);
		double most =
			fmax(0.01 * taken + IN_FLIGHT * largest, 3.3 * error);
		double cost = off;

		if (log->sampled)
			cost = off * off / (error * error) +
			       2 * __builtin_popcount(set);
		if (off <= fmin(most, (log->sampled ? 2 : 0.25) * taken) &&
		    cost < best_cost) {
			best = set;
			best_cost = cost;
		}
	}
	return best;
}

static void join(struct side *givers, unsigned set, struct side *takers,
		 unsigned taking)
{
	struct mp_page *giver = NULL, *taker = NULL;
	int one_taker = __builtin_popcount(taking) == 1;

	for (size_t i = 0; i < takers->count; i++)
		if (taking & 1u << i)
			taker = takers->pages[i];
	for (size_t i = 0; i < givers->count; i++) {
		if (!(set & 1u << i))
			continue;
		giver = givers->pages[i];
		giver->verdict.kind = MP_VERDICT_HAND_OVER;
		giver->verdict.why = MP_WHY_GIVES;
		giver->verdict.partner = one_taker ? taker : NULL;
	}
	for (size_t i = 0; i < takers->count; i++) {
		if (!(taking & 1u << i))
			continue;
		takers->pages[i]->verdict.kind = MP_VERDICT_HAND_OVER;
		takers->pages[i]->verdict.why = MP_WHY_TAKES;
		takers->pages[i]->verdict.partner =
			__builtin_popcount(set) == 1 ? giver : NULL;
	}
}

/* Take the pages of `set` out. */
static void remove_set(struct side *s, unsigned set)
{
	struct side old = *s;

	s->count = 0;
	for (size_t i = 0; i < old.count; i++)
		if (!(set & 1u << i))
			side_add(s, old.pages[i], old.sums[i], old.variance[i]);
}

static void match_takers(struct side *givers, struct side *takers,
			 unsigned taking, const struct mp_judge_log *log)
{
	unsigned set = find_match(givers, total(takers, taking),
				  total_variance(takers, taking),
				  fmax(givers->largest, takers->largest), log);

	if (!set)
		return;
	join(givers, set, takers, taking);
	remove_set(givers, set);
	remove_set(takers, taking);
}

/* ---- between pages and what no line tells ---- */

/* How many requests there were for each one that is in the log. */
static double scale(const struct mp_totals *t)
{
	uint64_t lines = 0;

	for (size_t i = 0; i < t->count; i++)
		lines += t->pages[i]->requests;
	return lines ? 1 + (double)t->sampled.value / (double)lines : 1;
}

/*
 * Times at which what pages kept is set against what the processes hold.  They
 * are where stretches begin, of all pages and processes, so that nothing needs
 * to be guessed between two; the first eighth of the log is left out, where
 * processes start.
 */
struct timeline {
	size_t count;
	double us[POINTS_MAX];
};

static struct timeline timeline_of(const struct mp_totals *t)
{
	const struct mp_history *h = &t->history;
	int64_t from = h->first_us + (h->last_us - h->first_us) / 8, width;
	unsigned shift = mp_history_shift(h);
	struct timeline ret = { .count = 0 };

	for (size_t i = 0; i < t->count; i++)
		if (t->pages[i]->evidence.shift > shift)
			shift = t->pages[i]->evidence.shift;
	width = INT64_C(1) << shift;
	for (int64_t us = (from / width + 1) * width;
	     us <= h->last_us && ret.count < POINTS_MAX; us += width)
		ret.us[ret.count++] = (double)us;
	return ret;
}

/* How far a course of bytes is from being flat. */
static double unrest(const struct timeline *t, const double *bytes)
{
	double mean = 0, sum = 0;

	for (size_t i = 0; i < t->count; i++)
		mean += bytes[i] / (double)t->count;
	for (size_t i = 0; i < t->count; i++)
		sum += (bytes[i] - mean) * (bytes[i] - mean);
	return sum;
}

/* What all pages kept and the processes do not hold: it was freed where no line
   tells.  False where this cannot be told. */
static bool find_hidden(const struct mp_totals *t, const struct timeline *line,
			double *ret)
{
	double held[POINTS_MAX], each = scale(t);

	if (line->count < POINTS_MIN ||
	    !mp_history_held(&t->history, line->us, line->count, held))
		return false;
	for (size_t i = 0; i < line->count; i++) {
		ret[i] = -held[i];
		for (size_t j = 0; j < t->count; j++)
			ret[i] += each * mp_judge_kept(&t->pages[j]->evidence,
						       line->us[i]);
	}
	return true;
}

/* The unrest of what is hidden, if the givers of `set` gave it. */
static double unrest_without(const struct timeline *line, const double *hidden,
			     double kept[][POINTS_MAX], unsigned set)
{
	double left[POINTS_MAX];

	memcpy(left, hidden, sizeof(left));
	for (size_t j = 0; set >> j; j++)
		for (size_t i = 0; set & 1u << j && i < line->count; i++)
			left[i] -= kept[j][i];
	return unrest(line, left);
}

/* `flatter` is how many times flatter the rest is for deciding as we did. */
static void settle(struct mp_verdict *v, bool gave, double flatter,
		   const struct mp_judge_log *log)
{
	bool is_plain =
		flatter > (log->threshold ? FLATTER_THRESHOLD : FLATTER);

	if (gave && is_plain) {
		v->kind = MP_VERDICT_HAND_OVER;
		v->why = MP_WHY_FREED;
	} else if (log->threshold && !is_plain) {
		v->kind = MP_VERDICT_TOO_FEW;
		v->why = MP_WHY_HIDDEN;
	}
}

/*
 * Which givers gave what is hidden?  Those without which the rest is flattest.
 * Where it would be about as flat with a giver as without, that one is not
 * judged by this: it stays a leak, unless a threshold hides what frees.
 */
static void match_hidden(struct mp_totals *t, struct side *givers,
			 const struct mp_judge_log *log)
{
	struct timeline line = timeline_of(t);
	double hidden[POINTS_MAX], kept[GIVERS_MAX][POINTS_MAX];
	double least = INFINITY;
	unsigned best = 0;

	if (!find_hidden(t, &line, hidden)) {
		for (size_t i = 0; log->threshold && i < givers->count; i++)
			givers->pages[i]->verdict.unsure = true;
		return;
	}
	for (size_t j = 0; j < givers->count; j++)
		for (size_t i = 0; i < line.count; i++)
			kept[j][i] = scale(t) *
				     mp_judge_kept(&givers->pages[j]->evidence,
						   line.us[i]);
	for (unsigned set = 0; set <= everybody(givers); set++) {
		double u = unrest_without(&line, hidden, kept, set);

		if (u < least) {
			least = u;
			best = set;
		}
	}
	for (size_t j = 0; j < givers->count; j++)
		settle(&givers->pages[j]->verdict, best & 1u << j,
		       unrest_without(&line, hidden, kept, best ^ 1u << j) /
			       fmax(least, 1),
		       log);
}

void mp_handover_find(struct mp_totals *t, const struct mp_judge_log *log)
{
	struct side givers, takers;

	find_sides(t, log, &givers, &takers);
	for (size_t i = 0; i < takers.count; i++) {
		if (takers.pages[i]->evidence.shrank < TAKES_MIN)
			continue;
		takers.pages[i]->verdict.kind = MP_VERDICT_HAND_OVER;
		takers.pages[i]->verdict.why = MP_WHY_TAKES_OLD;
	}
	if (givers.count > 0 && takers.count > 0)
		match_takers(&givers, &takers, everybody(&takers), log);
	for (size_t i = takers.count; i > 0 && givers.count > 0; i--)
		match_takers(&givers, &takers, 1u << (i - 1), log);
	if (givers.count > 0)
		match_hidden(t, &givers, log);
}
