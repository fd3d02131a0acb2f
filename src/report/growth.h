#ifndef MP_GROWTH_H
#define MP_GROWTH_H

/* growth: one request as a line for people who watch a log. */

#include "core/record.h"

#include <stdio.h>

/* Growth of heap or RSS from which on a line is red. */
#define MP_GROWTH_LARGE 1048576

struct mp_growth_style {
	bool colour;
	int64_t day; /* of the last line; printed where it changes */
};

/* Print the names of the columns. */
void mp_growth_print_titles(const struct mp_growth_style *style, FILE *out);

void mp_growth_print(struct mp_growth_style *style, const struct mp_record *r,
		     FILE *out);

/* Heap that the request kept, or MP_UNKNOWN. */
int64_t mp_growth_kept(const struct mp_record *r);

#endif
