#ifndef MP_FLAT_H
#define MP_FLAT_H

/* flat: what each function took by itself, and with all that it called. */

#include "view/calls.h"

struct mp_flat_row {
	uint32_t function;
	uint64_t self;	  /* ns while it was the one that ran, or waited */
	uint64_t total;	  /* ns while it was on the stack, however often */
	uint64_t blocked; /* of the total */
	uint64_t self_samples, samples;
};

struct mp_flat {
	struct mp_flat_row *rows; /* the most self first, then total, name */
	size_t count;		  /* functions that are in a stack */
};

/* Fails with -ENOMEM.  What it points to is freed by mp_flat_release(). */
int mp_flat_build(const struct mp_calls *c, struct mp_flat *ret);
void mp_flat_release(struct mp_flat *f);

#endif
