#ifndef MP_WIDE_CONSTANTS_H
#define MP_WIDE_CONSTANTS_H

/*
 * wide_constants: vectors of equal bytes, or of what wide_avx2.h multiplies by.
 *
 * Those that gcc knows it makes anew, by three instructions at each use; in a
 * file of their own they are fetched by one.
 */

#include <stdalign.h>
#include <stdint.h>

struct mp_wide_constants {
	alignas(32) uint64_t tab[4];
	uint64_t newline[4], backslash[4];
	uint64_t first_graphic[4], graphics[4]; /* the first, and how many
						   follow it */
	uint64_t zero[4], above_9[4];		/* the latter wraps from 10 on
						   into the top bit */
	uint64_t by_10_1[4], by_100_1[4], by_10000_1[4], by_100000000[4];
};

extern const struct mp_wide_constants mp_wide_constants;

#endif
