#include "report/compare.h"

#include <math.h>
#include <stdlib.h>

#define DEALS_MAX    9999 /* ways to deal that are looked at, at most */
#define EXTREMES_MAX 40	  /* as extreme ones, after which no more are */

/* t is computed from sums in another order for each deal. */
#define ROUNDING 1e-9

/* ---- Student's distribution: M. Abramowitz and I. A. Stegun, "Handbook of
   Mathematical Functions", 26.7.3 and 26.7.4 ---- */

double mp_student(double t, double freedom)
{
	/* Fewer degrees of freedom are more careful. */
	unsigned n = (unsigned)freedom;
	double angle = atan2(t, sqrt(n));
	double square = cos(angle) * cos(angle);
	double term = n % 2 ? cos(angle) : 1, sum = 0;

	for (unsigned i = n % 2 ? 3 : 2; i <= n; i += 2) {
		sum += term;
		term *= square * (i - 1) / i;
	}
	sum *= sin(angle);
	if (n % 2)
		sum = (angle + sum) * M_2_PI;
	return sum < 1 ? 1 - sum : 0;
}

/* ---- Welch's t ---- */

/*
 * All numbers, minus their mean, those of the first side first; so the other
 * side's sums are what is left.
 */
struct deal {
	double v[2 * MP_COMPARE_MAX];
	size_t first, all;   /* numbers of the first side, and of both */
	double sum, squares; /* of both sides */
};

/* What is known of one side: the mean, and its squared standard error. */
struct mean {
	double value, error;
};

static struct mean mean_of(const struct deal *d, double sum, double squares,
			   size_t n)
{
	double mean = sum / (double)n;
	double spread = squares - sum * mean;

	/* What rounding leaves of equal numbers is no spread. */
	if (spread < 1e-12 * d->squares)
		spread = 0;
	return (struct mean){ mean, spread / (double)(n - 1) / (double)n };
}

static struct mean first_mean(const struct deal *d, double sum, double squares)
{
	return mean_of(d, sum, squares, d->first);
}

static struct mean second_mean(const struct deal *d, double sum, double squares)
{
	return mean_of(d, d->sum - sum, d->squares - squares,
		       d->all - d->first);
}

/* How far the second side is above the first one, whose sums these are. */
static double welch(const struct deal *d, double sum, double squares)
{
	struct mean a = first_mean(d, sum, squares);
	struct mean b = second_mean(d, sum, squares);
	double difference = b.value - a.value;
	double error = sqrt(a.error + b.error);

	if (error > 0)
		return difference / error;
	if (difference == 0)
		return 0;
	return difference > 0 ? INFINITY : -INFINITY;
}

/* Welch's and Satterthwaite's degrees of freedom. */
static double freedom_of(const struct deal *d, double sum, double squares)
{
	struct mean a = first_mean(d, sum, squares);
	struct mean b = second_mean(d, sum, squares);
	double both = a.error + b.error;
	double down = a.error * a.error / (double)(d->first - 1) +
		      b.error * b.error / (double)(d->all - d->first - 1);

	return down > 0 ? both * both / down : 1;
}

/* ---- dealing ---- */

/* splitmix64, by S. Vigna. */
static uint64_t draw(uint64_t *state)
{
	uint64_t z = *state += 0x9e3779b97f4a7c15;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
	z = (z ^ z >> 27) * 0x94d049bb133111eb;
	return z ^ z >> 31;
}

/* Deal anew, and return the t that comes of it. */
static double deal_anew(struct deal *d, uint64_t *state)
{
	double sum = 0, squares = 0;

	for (size_t i = 0; i < d->first; i++) {
		uint64_t high = draw(state) >> 32;
		size_t k = i + (size_t)(high * (d->all - i) >> 32);
		double v = d->v[k];

		d->v[k] = d->v[i];
		d->v[i] = v;
		sum += v;
		squares += v * v;
	}
	return welch(d, sum, squares);
}

/* Put both sides together, the first one moved by `margin`; the sums of the
   first one are returned. */
static void gather(struct deal *d, struct mp_sample a, struct mp_sample b,
		   double margin, double *ret_sum, double *ret_squares)
{
	double mean = 0;

	d->first = a.count;
	d->all = a.count + b.count;
	for (size_t i = 0; i < d->all; i++) {
		d->v[i] = i < a.count ? a.values[i] + margin
				      : b.values[i - a.count];
		mean += d->v[i] / (double)d->all;
	}
	d->sum = d->squares = 0;
	for (size_t i = 0; i < d->all; i++) {
		if (i == a.count) {
			*ret_sum = d->sum;
			*ret_squares = d->squares;
		}
		d->v[i] -= mean;
		d->sum += d->v[i];
		d->squares += d->v[i] * d->v[i];
	}
}

double mp_compare(struct mp_sample a, struct mp_sample b, double margin,
		  bool two_sided, uint64_t seed)
{
	double sum = 0, squares = 0, t, least, freedom, p;
	unsigned extremes = 0, deals = 0;
	struct deal d;

	gather(&d, a, b, margin, &sum, &squares);
	t = welch(&d, sum, squares);
	freedom = freedom_of(&d, sum, squares);
	if (two_sided)
		t = fabs(t);
	least = isfinite(t) ? t - ROUNDING * fabs(t) : t;

	while (deals < DEALS_MAX && extremes < EXTREMES_MAX) {
		double dealt = deal_anew(&d, &seed);

		if (two_sided)
			dealt = fabs(dealt);
		extremes += dealt >= least;
		deals++;
	}
	if (extremes == EXTREMES_MAX)
		return (double)extremes / deals;
	p = (extremes + 1.0) / (deals + 1.0);
	if (extremes == 0 && isfinite(t))
		p = fmin(p, mp_student(t, freedom) / (two_sided ? 1 : 2));
	return p;
}

/* ---- many tests ---- */

static int compare_p(const void *a, const void *b)
{
	double pa = **(double *const *)a, pb = **(double *const *)b;

	return (pa > pb) - (pa < pb);
}

void mp_compare_holm(double **p, size_t count)
{
	double least = 0;

	if (count > 0)
		qsort(p, count, sizeof(*p), compare_p);
	for (size_t i = 0; i < count; i++) {
		least = fmax(least, *p[i] * (double)(count - i));
		*p[i] = fmin(least, 1);
	}
}
