#ifndef MP_RAWIDS_H
#define MP_RAWIDS_H

/*
 * rawids: pages that look like raw URLs, and patterns that make them few.
 *
 * Pages are of one shape where they differ in nothing but words that are
 * numbers, in long hexadecimal ones with a digit, or behind a `?`.  50 of one
 * shape are no routes of a program.  Where no shape has as many, but there are
 * more than 1,000 pages with fewer than 10 requests each, those may be titles
 * or names: a folder that has 50 pages is taken for a shape then.
 */

#include "report/totals.h"

#include <stdbool.h>

#define MP_RAWIDS_SHAPES 3

struct mp_rawids {
	size_t pages; /* that look raw; 0: none do */
	/* Patterns for most of them, in the order to give them in. */
	char patterns[MP_RAWIDS_SHAPES][256];
	size_t pattern_count;
};

/* Fails with -ENOMEM. */
int mp_rawids_find(const struct mp_totals *t, struct mp_rawids *ret);

#endif
