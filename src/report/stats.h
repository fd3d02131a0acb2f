#ifndef MP_STATS_H
#define MP_STATS_H

/*
 * stats: the mathematics behind the verdicts; memprof-report(1) says how they
 * use it.
 *
 * - Interval of a sum of few, unequal events: M. P. Fay and E. J. Feuer,
 *   "Confidence intervals for directly standardized rates: a method based on
 *   the gamma distribution", Statistics in Medicine 16 (1997), 791-801.  Where
 *   all events are equal it is the exact interval of a Poisson count
 *   (F. Garwood, Biometrika 28 (1936), 437-442).
 * - Quantile of the gamma distribution: E. B. Wilson and M. M. Hilferty, PNAS
 *   17 (1931), 684-688; where the shape is small, refined by Newton's steps on the
 *   incomplete gamma function (NIST Digital Library of Mathematical Functions,
 *   8.7.1 and 8.9.2).
 * - Tail of the binomial distribution by the incomplete beta function (the
 *   same, 8.17.5 and 8.17.22).
 * - Variance of a ratio of sums over unequal groups: W. G. Cochran, "Sampling
 *   Techniques", 3rd edition (1977), equation 6.13.
 */

#include <stdint.h>

struct mp_interval {
	double low, high;
};

/* How sure an interval is, on both sides together. */
enum mp_sureness { MP_SURE_95, MP_SURE_999 };

/* What is added up: events of unequal size. */
struct mp_events {
	double sum;
	double variance; /* of the sum */
	double most;	 /* the largest event, as far as it is unusual */
};

/* Where the expected sum lies, of events that all have the sign of `sum`. */
struct mp_interval mp_stats_events(const struct mp_events *e,
				   enum mp_sureness sure);

/* The same, of events of both signs: by the normal distribution. */
struct mp_interval mp_stats_mixed(const struct mp_events *e,
				  enum mp_sureness sure);

/* The value below which a gamma variable of this shape, and scale 1, is with
   probability `p`: one of the tails of an `enum mp_sureness`. */
double mp_stats_gamma_quantile(double shape, double p);

/* The probability of at most `k` successes in `n` trials of chance `p`. */
double mp_stats_binomial_tail(uint64_t k, uint64_t n, double p);

#endif
