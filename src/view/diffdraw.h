#ifndef MP_DIFFDRAW_H
#define MP_DIFFDRAW_H

/*
 * diffdraw: what a picture of two profiles shows.
 *
 * Calls are as wide as they are after, and coloured by what changed in them
 * alone, without their calls: red where that grew, blue where it shrank, the
 * stronger the more, and neither where it may well be chance.
 */

#include "view/calldiff.h"

#define MP_DIFFDRAW_LEVELS 4

/* For who sees it. */
#define MP_DIFFDRAW_HOW                                                \
	"Calls are as wide as after, and coloured by what changed in " \
	"them alone."

struct mp_diffdraw {
	const struct mp_calldiff *diff;
	struct mp_change_of_node *nodes; /* of each node of the tree */
	double most; /* ns, for each request: the largest change of a node by
			itself that is not chance */
	double gone; /* ns, for each request: of calls that are no more */
};

/* Build the tree of both, with the times and samples after only, and without
   what was blocked.  Fails with -ENOMEM. */
int mp_diffdraw_build(const struct mp_calldiff *d, struct mp_tree *ret_tree,
		      struct mp_diffdraw *ret);
void mp_diffdraw_release(struct mp_diffdraw *w);

/* From -MP_DIFFDRAW_LEVELS, where it shrank most, to MP_DIFFDRAW_LEVELS. */
int mp_diffdraw_level(const struct mp_diffdraw *w, uint32_t node);

/* Write the class of palette.css of a node. */
void mp_diffdraw_put_class(FILE *out, const struct mp_diffdraw *w,
			   uint32_t node);

/* Write, as markup: `parse: 1.10 ms (73.33 %), before 600 us, +500 us; itself
   +500 us`. */
void mp_diffdraw_put_caption(FILE *out, const struct mp_diffdraw *w,
			     const struct mp_tree *tree, uint32_t node);

/* Write, as markup, whose profiles these are; what was compared; and how much
   is gone, or nothing. */
void mp_diffdraw_put_subject(FILE *out, const struct mp_calldiff *d);
void mp_diffdraw_put_sum(FILE *out, const struct mp_calldiff *d);
void mp_diffdraw_put_gone(FILE *out, const struct mp_diffdraw *w);

#endif
