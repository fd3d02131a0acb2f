#include "report/stats.h"

#include <assert.h>
#include <float.h>
#include <math.h>
#include <stddef.h>

#define STEPS_MAX 10000
/* Above this shape the approximation is off by less than 1e-5. */
#define SHAPE_LARGE 2000

static const struct level {
	double tail; /* probability on one side */
	double z;    /* the normal quantile for it */
} levels[] = {
	[MP_SURE_95] = { 0.025, 1.959964 },
	[MP_SURE_999] = { 0.0005, 3.290527 },
};

/* ---- the gamma distribution ---- */

/* DLMF 8.7.1, for x below a + 1. */
static double gamma_by_series(double a, double x)
{
	double term = 1 / a, sum = term;

	for (int i = 1; i < STEPS_MAX && term > sum * DBL_EPSILON; i++) {
		term *= x / (a + i);
		sum += term;
	}
	return sum;
}

/* DLMF 8.9.2, by Lentz's method, for larger x; of the upper function. */
static double gamma_by_fraction(double a, double x)
{
	double b = x + 1 - a, c = 1 / DBL_MIN, d = 1 / b, f = d, step = 0;

	for (int i = 1; i < STEPS_MAX && fabs(step - 1) > DBL_EPSILON; i++) {
		double an = -i * (i - a);

		b += 2;
		d = 1 / (an * d + b);
		c = b + an / c;
		step = c * d;
		f *= step;
	}
	return f;
}

/* The probability that a gamma variable is at most `x`. */
static double gamma_below(double a, double x)
{
	int sign;
	double front;

	if (x <= 0)
		return 0;
	front = exp(a * log(x) - x - lgamma_r(a, &sign));
	if (x < a + 1)
		return front * gamma_by_series(a, x);
	return 1 - front * gamma_by_fraction(a, x);
}

/* Of a level of the table, on either side. */
static double normal_quantile(double p)
{
	double tail = fmin(p, 1 - p);
	size_t i = 0;

	/* 1 - p is not exact. */
	while (fabs(levels[i].tail - tail) > 1e-9) {
		i++;
		assert(i < sizeof(levels) / sizeof(*levels));
	}
	return p < 0.5 ? -levels[i].z : levels[i].z;
}

static double wilson_hilferty(double a, double p)
{
	double t = 1 - 1 / (9 * a) + normal_quantile(p) / (3 * sqrt(a));

	return t <= 0 ? 0 : a * t * t * t;
}

static double gamma_density(double a, double x)
{
	int sign;

	return exp((a - 1) * log(x) - x - lgamma_r(a, &sign));
}

/* Newton's steps from there, and halves where they would leave the bracket. */
double mp_stats_gamma_quantile(double shape, double p)
{
	double x = wilson_hilferty(shape, p), low = 0, high = INFINITY;
	double step = INFINITY;

	if (shape >= SHAPE_LARGE)
		return x;
	if (x <= 0)
		x = shape / 2;
	for (int i = 0; i < STEPS_MAX && fabs(step) > 1e-9 * x; i++) {
		double off = gamma_below(shape, x) - p, next;

		if (off < 0)
			low = x;
		else
			high = x;
		next = x - off / gamma_density(shape, x);
		if (!(next > low && next < high))
			next = isinf(high) ? 2 * x : (low + high) / 2;
		step = next - x;
		x = next;
		if (x < DBL_MIN)
			break;
	}
	return x;
}

/* ---- intervals ---- */

static struct mp_interval negated(struct mp_interval i)
{
	return (struct mp_interval){ -i.high, -i.low };
}

/*
 * The gamma distribution whose mean is the sum and whose variance is the
 * sum's; for the upper limit one more event, the largest, is supposed.
 */
static struct mp_interval positive_events(double sum, double variance,
					  double most, double tail)
{
	double more = sum + most, more_variance = variance + most * most;
	struct mp_interval ret = { sum, sum };

	if (variance > 0 && sum > 0)
		ret.low = variance / sum *
			  mp_stats_gamma_quantile(sum * sum / variance, tail);
	if (more_variance > 0 && more > 0)
		ret.high = more_variance / more *
			   mp_stats_gamma_quantile(more * more / more_variance,
						   1 - tail);
	return ret;
}

struct mp_interval mp_stats_events(const struct mp_events *e,
				   enum mp_sureness sure)
{
	double tail = levels[sure].tail;

	if (e->sum < 0)
		return negated(
			positive_events(-e->sum, e->variance, e->most, tail));
	return positive_events(e->sum, e->variance, e->most, tail);
}

struct mp_interval mp_stats_mixed(const struct mp_events *e,
				  enum mp_sureness sure)
{
	double half = levels[sure].z * sqrt(e->variance);

	return (struct mp_interval){ e->sum - half, e->sum + half };
}

/* ---- the binomial distribution ---- */

/* DLMF 8.17.22, by Lentz's method. */
static double beta_by_fraction(double a, double b, double x)
{
	double c = 1, d = 1 - (a + b) * x / (a + 1), f, step = 0;

	d = 1 / (fabs(d) < DBL_MIN ? DBL_MIN : d);
	f = d;
	for (int m = 1; m < STEPS_MAX && fabs(step - 1) > DBL_EPSILON; m++) {
		double even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m));
		double odd = -(a + m) * (a + b + m) * x /
			     ((a + 2 * m) * (a + 2 * m + 1));

		d = 1 / (1 + even * d);
		c = 1 + even / c;
		f *= c * d;
		d = 1 / (1 + odd * d);
		c = 1 + odd / c;
		step = c * d;
		f *= step;
	}
	return f;
}

static double beta_below(double a, double b, double x)
{
	int sign;
	double front = exp(lgamma_r(a + b, &sign) - lgamma_r(a, &sign) -
			   lgamma_r(b, &sign) + a * log(x) + b * log1p(-x));

	if (x < (a + 1) / (a + b + 2))
		return front * beta_by_fraction(a, b, x) / a;
	return 1 - front * beta_by_fraction(b, a, 1 - x) / b;
}

double mp_stats_binomial_tail(uint64_t k, uint64_t n, double p)
{
	if (k >= n || p <= 0)
		return 1;
	if (p >= 1)
		return 0;
	return beta_below((double)(n - k), (double)k + 1, 1 - p);
}
