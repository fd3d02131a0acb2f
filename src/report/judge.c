#include "report/judge.h"

#include <math.h>

#define REQUESTS_MIN  30 /* fewer tell nothing */
#define STRETCHES_MIN 4
#define LINES_MIN     8 /* of a log with a threshold: all of them grew */
#define GREW_MIN      6 /* recurring: so often after the warm-up, */
#define GREW_LATE_MIN 3 /* so often in the second half of that, */
#define SPREAD_MIN    3 /* and in so many stretches */
#define ONCE_BYTES    (1 << 20) /* what one request alone may keep, unnamed */
#define DECLINE_P     0.003	/* chance of taking a leak's pause for an end */

/*
 * A page's history, cut into spans.  `exposure` is how much the page could have
 * grown in one: by requests; or by time, where a threshold keeps the requests
 * that did not grow out of the log.
 */
struct span {
	double exposure, requests, grew, net, squares;
};

struct spans {
	size_t count;
	struct span at[MP_STRETCHES + 1];
};

static struct span sum(const struct spans *s, size_t from, size_t to)
{
	struct span ret = { 0 };

	for (size_t i = from; i < to; i++) {
		ret.exposure += s->at[i].exposure;
		ret.requests += s->at[i].requests;
		ret.grew += s->at[i].grew;
		ret.net += s->at[i].net;
		ret.squares += s->at[i].squares;
	}
	return ret;
}

static double width_us(const struct mp_evidence *e)
{
	return (double)(INT64_C(1) << e->shift);
}

/* When the stretch `i` began; the first one when its first request did. */
static double begin_us(const struct mp_evidence *e, size_t i)
{
	return i == 0 ? (double)e->first_us
		      : ((double)e->low + (double)i) * width_us(e);
}

static void cut(const struct mp_evidence *e, const struct mp_judge_log *log,
		struct spans *ret)
{
	double last = (double)log->last_us;

	ret->count = mp_evidence_count(e);
	for (size_t i = 0; i < ret->count; i++) {
		const struct mp_stretch *s = mp_evidence_at(e, i);

		ret->at[i] = (struct span){
			.exposure = s->requests,
			.requests = s->requests,
			.grew = s->grew,
			.net = (double)s->net,
			.squares = s->squares,
		};
		if (log->threshold)
			ret->at[i].exposure =
				fmin(begin_us(e, i + 1), last) - begin_us(e, i);
	}
	/* What a threshold left out since the last line was small. */
	if (log->threshold && last > begin_us(e, ret->count))
		ret->at[ret->count++] = (struct span){
			.exposure = last - begin_us(e, ret->count),
		};
}

/* ---- intervals ---- */

/*
 * How far chance may move the sum of `from` to `to`: by single requests, and
 * by spans, which tells where requests hang together; the larger.
 */
static double variance(const struct spans *s, size_t from, size_t to,
		       const struct mp_judge_log *log)
{
	struct span all = sum(s, from, to);
	double by_request = all.squares, by_span = 0, used = 0;

	/* Where every request is in the log, their number is no chance. */
	if (!log->sampled && !log->threshold && all.requests > 0)
		by_request -= all.net * all.net / all.requests;
	for (size_t i = from; i < to; i++) {
		double off = s->at[i].net -
			     all.net * s->at[i].exposure / all.exposure;

		if (s->at[i].exposure > 0) {
			by_span += off * off;
			used++;
		}
	}
	if (used >= STRETCHES_MIN)
		by_request = fmax(by_request, by_span * used / (used - 1));
	return fmax(by_request, 0);
}

/* Some requests grow and others shrink; single ones do not count. */
static bool is_mixed(const struct mp_evidence *e, const struct span *all)
{
	double shrank = (double)e->shrank;

	return shrank > all->grew / 10 && all->grew > shrank / 10;
}

static struct mp_events events_of(const struct mp_evidence *e,
				  const struct spans *s, size_t from, size_t to,
				  const struct mp_judge_log *log)
{
	struct span all = sum(s, from, to);
	double mean = all.requests > 0 ? all.net / all.requests : 0;
	double most =
		all.net < 0 ? -(double)e->least + mean : (double)e->most - mean;

	return (struct mp_events){
		.sum = all.net,
		.variance = variance(s, from, to, log),
		.most = fmax(most, 0),
	};
}

static struct mp_interval interval(const struct mp_evidence *e,
				   const struct spans *s, size_t from,
				   size_t to, const struct mp_judge_log *log,
				   enum mp_sureness sure)
{
	struct mp_events events = events_of(e, s, from, to, log);
	struct span all = sum(s, 0, s->count);

	if (is_mixed(e, &all))
		return mp_stats_mixed(&events, sure);
	return mp_stats_events(&events, sure);
}

/* ---- early and late ---- */

/* Where the warm-up ends; at least half of the exposure is left. */
static size_t after_warmup(const struct mp_evidence *e, const struct spans *s,
			   const struct mp_verdict_options *o)
{
	double half = sum(s, 0, s->count).exposure / 2;
	double until = (double)e->first_us + (double)o->warmup_us;
	double left_out = 0, requests = 0;
	size_t i = 0;

	while (i < s->count &&
	       (begin_us(e, i) < until ||
		requests < (double)o->warmup_requests) &&
	       left_out + s->at[i].exposure <= half) {
		left_out += s->at[i].exposure;
		requests += s->at[i].requests;
		i++;
	}
	return i;
}

/* Where `part` of the exposure from `from` on has passed. */
static size_t after_part(const struct spans *s, size_t from, double part)
{
	double want = sum(s, from, s->count).exposure * part, have = 0;
	size_t i = from;

	while (i < s->count && have + s->at[i].exposure / 2 < want)
		have += s->at[i++].exposure;
	return i;
}

/*
 * Whether growth came to an end, or to less than `ratio` of what it was, at
 * `at`.  By the number of requests that grew: given how many there are, those
 * after `at` are binomial, if nothing changed.
 */
static bool is_fewer(const struct spans *s, size_t from, size_t at,
		     double ratio)
{
	struct span before = sum(s, from, at), after = sum(s, at, s->count);
	double part = after.exposure / (before.exposure + after.exposure);

	return after.grew * before.exposure <
		       ratio * before.grew * after.exposure &&
	       mp_stats_binomial_tail((uint64_t)after.grew,
				      (uint64_t)(before.grew + after.grew),
				      part) < DECLINE_P;
}

/* The same by bytes, where requests grow and shrink all the time. */
static bool is_less(const struct spans *s, size_t from, size_t at, double ratio)
{
	struct span before = sum(s, from, at), after = sum(s, at, s->count);
	double error = 2.6 * sqrt(after.squares) / after.exposure;

	return after.net / after.exposure + error <
	       ratio * before.net / before.exposure;
}

static double log_rate(const struct span *s)
{
	return s->grew > 0 ? s->grew * log(s->grew / s->exposure) : 0;
}

/* How much better two rates explain when requests grew than one. */
static double likelihood(const struct spans *s, size_t from, size_t at)
{
	struct span before = sum(s, from, at), after = sum(s, at, s->count);
	struct span all = sum(s, from, s->count);

	return log_rate(&before) + log_rate(&after) - log_rate(&all);
}

/*
 * Where growth fell most, by the likelihood of two rates against one; or 0
 * where it did not fall.
 */
static size_t find_decline(const struct mp_evidence *e, const struct spans *s,
			   size_t from)
{
	struct span all = sum(s, 0, s->count);
	bool mixed = is_mixed(e, &all);
	double judged = sum(s, from, s->count).exposure, best = 0;
	size_t ret = 0;

	for (size_t at = from + 1; at < s->count; at++) {
		double left = sum(s, at, s->count).exposure / judged;
		double fall;

		if (left < 0.1 || left > 0.95)
			continue;
		if (mixed ? !is_less(s, from, at, 0.5)
			  : !is_fewer(s, from, at, left < 0.4 ? 0.5 : 0.75))
			continue;
		fall = likelihood(s, from, at);
		if (fall > best) {
			best = fall;
			ret = at;
		}
	}
	return ret;
}

static bool recurs(const struct spans *s, size_t from, size_t middle,
		   bool declined)
{
	unsigned times = declined ? 2 : 1;
	size_t spread = 0;

	for (size_t i = from; i < s->count; i++)
		spread += s->at[i].grew > 0;
	return sum(s, from, s->count).grew >= times * GREW_MIN &&
	       sum(s, middle, s->count).grew >= times * GREW_LATE_MIN &&
	       spread >= SPREAD_MIN;
}

/* ---- the verdict ---- */

static void set(struct mp_verdict *v, enum mp_verdict_kind kind,
		enum mp_verdict_why why)
{
	v->kind = kind;
	v->why = why;
}

static double per(double sum, double count)
{
	return count > 0 ? sum / count : 0;
}

static void measure(const struct mp_evidence *e, const struct spans *s,
		    size_t from, size_t middle, const struct mp_judge_log *log,
		    struct mp_verdict *ret)
{
	struct span judged = sum(s, from, s->count);
	struct span early = sum(s, 0, middle), late = sum(s, middle, s->count);
	struct mp_interval sums =
		interval(e, s, from, s->count, log, MP_SURE_95);

	ret->judged = (uint64_t)judged.requests;
	ret->grew = (uint64_t)judged.grew;
	ret->mean = per(judged.net, judged.requests);
	ret->interval.low = per(sums.low, judged.requests);
	ret->interval.high = per(sums.high, judged.requests);
	ret->early = per(early.net, early.requests);
	ret->late = per(late.net, late.requests);
}

/* Too little to tell whether it grows: for which reason, or PLAIN. */
static enum mp_verdict_why too_few(const struct mp_evidence *e,
				   const struct spans *s,
				   const struct mp_judge_log *log)
{
	double requests = sum(s, 0, s->count).requests;
	size_t used = 0;

	for (size_t i = 0; i < s->count; i++)
		used += s->at[i].exposure > 0;
	if (requests == 0 && e->lines >= REQUESTS_MIN)
		return MP_WHY_NO_CLEAN;
	if (requests < (log->threshold ? LINES_MIN : REQUESTS_MIN))
		return MP_WHY_FEW_LINES;
	return used < STRETCHES_MIN ? MP_WHY_SHORT : MP_WHY_PLAIN;
}

/* It does not leak; but what does it do? */
static void judge_harmless(const struct mp_evidence *e, const struct spans *s,
			   size_t middle, bool declined, bool grows_late,
			   struct mp_verdict *ret)
{
	struct span all = sum(s, 0, s->count), late = sum(s, middle, s->count);

	if (e->most >= ONCE_BYTES && (double)e->most >= 0.9 * all.net)
		set(ret, MP_VERDICT_SPIKE, MP_WHY_ONCE);
	else if (e->spikes > 0 && (double)e->peak >= all.net)
		set(ret, MP_VERDICT_SPIKE, MP_WHY_PEAK);
	else if (declined && grows_late)
		set(ret, MP_VERDICT_WARM_UP, MP_WHY_STILL);
	else if (all.net > 0 && (declined || late.grew == 0))
		set(ret, MP_VERDICT_WARM_UP, MP_WHY_PLAIN);
	else if (all.net > 0 && !is_mixed(e, &all))
		set(ret, MP_VERDICT_TOO_FEW, MP_WHY_FEW_EVENTS);
	else
		set(ret, MP_VERDICT_STEADY, MP_WHY_PLAIN);
}

void mp_judge(const struct mp_evidence *e, const struct mp_judge_log *log,
	      const struct mp_verdict_options *options, struct mp_verdict *ret)
{
	bool declined, grows_late;
	enum mp_verdict_why few;
	size_t from, middle, end;
	struct spans s;

	cut(e, log, &s);
	from = after_warmup(e, &s, options);
	middle = after_part(&s, from, 0.5);
	*ret = (struct mp_verdict){ .unsure = !e->heap };
	measure(e, &s, from, middle, log, ret);

	few = too_few(e, &s, log);
	if (few != MP_WHY_PLAIN) {
		if (e->spikes > 0)
			set(ret, MP_VERDICT_SPIKE, MP_WHY_PEAK);
		else
			set(ret, MP_VERDICT_TOO_FEW, few);
		return;
	}
	declined = false;
	while ((end = find_decline(e, &s, from)) != 0) {
		declined = true;
		from = end;
	}
	middle = after_part(&s, from, 0.5);
	if (declined)
		measure(e, &s, from, middle, log, ret);
	grows_late = interval(e, &s, middle, s.count, log, MP_SURE_999).low > 0;
	if (grows_late && recurs(&s, from, middle, declined))
		set(ret, MP_VERDICT_LEAK, MP_WHY_PLAIN);
	else
		judge_harmless(e, &s, middle, declined, grows_late, ret);
}

bool mp_judge_shrinks(const struct mp_evidence *e,
		      const struct mp_judge_log *log)
{
	struct spans s;

	cut(e, log, &s);
	return e->shrank > 0 &&
	       interval(e, &s, 0, s.count, log, MP_SURE_999).high < 0;
}

double mp_judge_kept(const struct mp_evidence *e, double us)
{
	double ret = 0;

	for (size_t i = 0; i < mp_evidence_count(e); i++) {
		double begin = begin_us(e, i), end = begin_us(e, i + 1);
		double part = fmin((us - begin) / (end - begin), 1);

		if (part > 0)
			ret += part * (double)mp_evidence_at(e, i)->net;
	}
	return ret;
}
