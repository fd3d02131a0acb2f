#ifndef MP_DENSITY_H
#define MP_DENSITY_H

/*
 * density: how many requests took so long and so much memory.
 *
 * Both are counted by quarters of a power of two, which its two bits below the
 * first tell: memory is the same for any number of requests.
 */

#include "core/record.h"

#include <stdbool.h>
#include <stdint.h>

#define MP_DENSITY_DURATIONS 164 /* the last: from about 20 days on */
#define MP_DENSITY_SIZES     204 /* from about 2 PiB on */

/*
 * Memory is the peak of each request; where no line knows that, the growth of
 * RSS, and what did not grow is counted as 0.
 */
struct mp_density {
	bool peak;
	uint64_t requests; /* that are counted */
	uint64_t counts[MP_DENSITY_DURATIONS][MP_DENSITY_SIZES];
};

/* Zeroed is empty.  Add a request. */
void mp_density_add(struct mp_density *d, const struct mp_record *r);

/* Add all of `from`. */
void mp_density_merge(struct mp_density *d, const struct mp_density *from);

/* The number under which `v` is counted, `count` - 1 at most; 0 where it is not
   above 0. */
unsigned mp_density_bin(int64_t v, unsigned count);

/* The logarithm to base 2 of the least number of bin `i`, which is not 0. */
double mp_density_edge(unsigned i);

#endif
