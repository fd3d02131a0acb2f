#ifndef MP_SUMS_H
#define MP_SUMS_H

/* sums: what each function took, by itself and with what it called. */

#include "view/calls.h"

struct mp_sums_row {
	uint64_t self, total; /* ns; a stack counts once, however often the
				 function is in it */
	uint64_t self_samples, samples;
	uint64_t blocked; /* of self */
};

#define MP_SUMS_ALL UINT32_MAX

/* A row for each function of `c`, of one page or of all, for free(3); null
   where there is no memory. */
struct mp_sums_row *mp_sums(const struct mp_calls *c, uint32_t page);

#endif
