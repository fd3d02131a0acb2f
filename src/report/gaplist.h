#ifndef MP_GAPLIST_H
#define MP_GAPLIST_H

/* gaplist: what all processes grew by between their requests. */

#include "report/grid.h"
#include "report/history.h"
#include "report/sentence.h"

#include <stdio.h>

struct mp_gap_row {
	int64_t pid; /* or MP_UNKNOWN */
	struct mp_text host;
	struct mp_gap gap;
};

struct mp_gap_list {
	struct mp_gap_row largest[MP_GAPS_LARGEST];
	size_t largest_count;
	uint64_t count; /* gaps, and */
	int64_t growth; /* their sum; see gaps.h */
	uint64_t late, unusable;
	uint64_t unlogged; /* requests that have no line */
};

/* What the lives of `h`, which must outlive the list, counted. */
void mp_gaplist_find(const struct mp_history *h, uint64_t unlogged,
		     struct mp_gap_list *ret);

/* Say what they come to, and what is to be thought of it. */
void mp_gaplist_each(const struct mp_gap_list *list,
		     void (*tell)(void *user, const struct mp_sentence *s),
		     void *user);

/* Tell of the largest of them. */
void mp_gaplist_tell(const struct mp_gap_list *list, mp_grid_tell *tell,
		     void *user);

/* Print all this. */
void mp_gaplist_print(const struct mp_gap_list *list,
		      const struct mp_show_style *style, FILE *out);

#endif
