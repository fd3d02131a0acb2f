#ifndef MP_COMPARE_H
#define MP_COMPARE_H

/*
 * compare: whether two samples differ by more than chance.
 *
 * The statistic is Welch's t, and its distribution is that of all ways to deal
 * the numbers to the two sides: a permutation test.  Where both sides come
 * from one distribution, whatever it is, it finds a difference no more often
 * than it says; where they differ in variance alone it does so for large
 * samples (A. Janssen, "Studentized permutation tests for non-i.i.d. hypotheses
 * and the generalized Behrens-Fisher problem", Statistics & Probability Letters
 * 36 (1997), 9-21; E. Chung and J. P. Romano, "Exact and asymptotically robust
 * permutation tests", Annals of Statistics 41 (2013), 484-507).
 *
 * Ways are drawn at random, by a seed, and no more of them than it takes
 * (J. Besag and P. Clifford, "Sequential Monte Carlo p-values", Biometrika 78
 * (1991), 301-304).  Where none of all that are drawn is as extreme, the
 * probability is below what they can tell, and Student's distribution tells it
 * (B. L. Welch, Biometrika 34 (1947), 28-35).
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MP_COMPARE_MAX 32 /* numbers on one side */

/* With fewer numbers on a side no test is made. */
#define MP_COMPARE_MIN 4

/* One side of a comparison. */
struct mp_sample {
	const double *values;
	size_t count; /* MP_COMPARE_MIN to MP_COMPARE_MAX */
};

/*
 * How probable it is, by chance alone, that the mean of `b` lies as far above
 * that of `a` plus `margin` as it does; or, with `two_sided`, as far from it on
 * either side.
 */
double mp_compare(struct mp_sample a, struct mp_sample b, double margin,
		  bool two_sided, uint64_t seed);

/* How probable it is that Student's t with `freedom` degrees of freedom, 1 or
   more, is `t` (0 or more) or farther from 0, on either side. */
double mp_student(double t, double freedom);

/*
 * Correct the probabilities of `count` tests so that the least of them, where
 * none should find anything, is below a level no more often than the level
 * says: S. Holm, "A simple sequentially rejective multiple test procedure",
 * Scandinavian Journal of Statistics 6 (1979), 65-70.  Each `p[i]` is replaced.
 * Sorts the pointers.
 */
void mp_compare_holm(double **p, size_t count);

#endif
