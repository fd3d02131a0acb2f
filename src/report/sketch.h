#ifndef MP_SKETCH_H
#define MP_SKETCH_H

/*
 * sketch: quantiles of many numbers in little memory.
 *
 * Numbers are counted in bins that are 1/32 of a power of two wide, found by a
 * number's leading bits: so a quantile is off by at most 1/64 of itself.  Where
 * the numbers spread over more than MP_SKETCH_BINS of these, neighbours are
 * joined in pairs, all over, and the error doubles: beyond a ratio of 256 it is
 * 1/32, of 65,536 1/16, of 4,294,967,296 1/8.  Two sketches can be added up,
 * and give what one of all the numbers would have given.
 *
 * After Masson, Rim and Lee, "DDSketch", VLDB 2019, with the joining of pairs of
 * Epicoco and others, "UDDSketch", 2020.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MP_SKETCH_BINS 256

/* Invariant: the numbers of bin first + i are counted in bins[i]; `low` and
   `high` are the first and the last bin that were ever counted in. */
struct mp_sketch {
	uint64_t count; /* numbers that were added */
	union {
		uint16_t *narrow; /* while `count` fits: most pages are small */
		uint32_t *wide;	  /* at most what 32 bits hold */
	} bins;
	bool is_wide;
	uint16_t size; /* of `bins` */
	uint16_t first, low, high;
	uint8_t joined;	     /* how often neighbours were joined */
	int64_t least, most; /* numbers, where there are any */
};

/* Zeroed is empty. */
void mp_sketch_release(struct mp_sketch *s);

/* Add a number, 0 or more.  Fails with -ENOMEM; neighbours may be joined then,
   and nothing is lost. */
int mp_sketch_add(struct mp_sketch *s, int64_t v);

/* Fetch what adding that number will need; of one that is not known nothing. */
void mp_sketch_expect(const struct mp_sketch *s, int64_t v);

/* Add all numbers of `from`.  Fails in the same way. */
int mp_sketch_merge(struct mp_sketch *s, const struct mp_sketch *from);

/* About the number that `q`, 0 to 1, of all numbers do not exceed; 0 where there
   are none. */
int64_t mp_sketch_quantile(const struct mp_sketch *s, double q);

/* The largest error of a quantile, as a part of it. */
double mp_sketch_error(const struct mp_sketch *s);

#endif
