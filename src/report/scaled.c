#include "report/scaled.h"

#include <errno.h>
#include <math.h>

/* Fewer tell too little of how much requests differ. */
#define SAMPLE_MIN 30

/* Of what each request retained. */
static double sum_squares(const struct mp_totals *t)
{
	double sum = 0;

	for (size_t i = 0; i < t->count; i++) {
		const struct mp_evidence *e = &t->pages[i]->evidence;

		for (size_t j = 0; j < mp_evidence_count(e); j++)
			sum += mp_evidence_at(e, j)->squares;
	}
	return sum;
}

static bool is_sample(const struct mp_report *r)
{
	const struct mp_totals *t = &r->totals;

	return !r->options.view && t->sampled.value > 0 &&
	       t->threshold.value == 0 && t->paused.value == 0 &&
	       t->one_in_min == t->one_in_max && !t->saturated &&
	       r->all.requests >= SAMPLE_MIN &&
	       r->all.retained.lines == r->all.requests;
}

/* To what 63 bits hold. */
static double clamp(double bytes)
{
	return fmax(-0x1p62, fmin(bytes, 0x1p62));
}

int mp_scaled_retained(const struct mp_report *r, struct mp_scaled *ret)
{
	double n = (double)r->all.requests;
	double sum = (double)r->all.retained.value;
	double all = n + (double)r->totals.sampled.value;
	double variance;

	if (!is_sample(r))
		return -EINVAL;
	variance = (sum_squares(&r->totals) - sum * sum / n) / (n - 1);
	*ret = (struct mp_scaled){
		.requests = r->all.requests + (uint64_t)r->totals.sampled.value,
		.retained = clamp(all * sum / n),
		/* Rounding may take a variance of nothing below 0. */
		.error = clamp(all *
			       sqrt(fmax(variance, 0) / n * (1 - n / all))),
	};
	return 0;
}
