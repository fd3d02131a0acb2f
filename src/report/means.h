#ifndef MP_MEANS_H
#define MP_MEANS_H

/*
 * means: a number of each request of a page, in bounded memory, as the means
 * of equal batches of requests that followed each other.
 *
 * A test that compares such means uses all requests; the means of many are
 * near to normal however heavy the tail of the single ones is, and what
 * neighbours have in common stays inside a batch.  Sixteen to 32 batches lose
 * next to nothing against more: B. Schmeiser, "Batch size effects in the
 * analysis of simulation output", Operations Research 30 (1982), 556-568.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MP_MEANS 32

/*
 * Batches of unequal size must not be compared: the mean of one request has
 * another distribution than the mean of 100.  mp_means_pair() makes them
 * equal; where one side has far fewer requests than the other it takes single
 * ones of each instead, for which some are kept, drawn at random (J. S. Vitter,
 * "Random sampling with a reservoir", ACM Transactions on Mathematical Software
 * 11 (1985), 37-57, algorithm R).
 *
 * Invariant: `count` = `full` times `size` + `open_count`, `full` is below
 * MP_MEANS, and so is `open_count` below `size`.
 */
struct mp_means {
	uint64_t count; /* numbers added */
	double sum;	/* of them all */
	int64_t first;
	bool same;	     /* all of them equal the first */
	uint64_t size;	     /* numbers that make a batch: a power of two */
	size_t full;	     /* batches that are full */
	uint64_t open_count; /* numbers of the batch that is being filled */
	double open_sum;
	double means[MP_MEANS];	  /* of the full ones */
	double singles[MP_MEANS]; /* some of all numbers, or all */
};

/* What of two sides can be compared. */
struct mp_pair {
	double a[MP_MEANS], b[MP_MEANS];
	size_t a_count, b_count;
};

void mp_means_init(struct mp_means *b);

void mp_means_add(struct mp_means *b, int64_t v);

/* Take batches of equal size, or single numbers, of both sides. */
void mp_means_pair(const struct mp_means *a, const struct mp_means *b,
		   struct mp_pair *ret);

/* The mean of all numbers; there must be one. */
double mp_means_mean(const struct mp_means *b);

#endif
