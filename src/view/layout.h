#ifndef MP_LAYOUT_H
#define MP_LAYOUT_H

/*
 * layout: which nodes of a tree a picture shows, and where.
 *
 * A box lies within its parent's, beside its siblings: from `start` on it is as
 * long as its node's total, so lengths add up exactly.  Of too many nodes the
 * largest are shown: never one without its parent.
 */

#include "view/tree.h"

/* What is shown at most. */
struct mp_layout_bounds {
	size_t boxes;	   /* at least 1, the root */
	uint64_t fraction; /* nodes of less than total / fraction are not */
	uint32_t levels;   /* below the root */
};

struct mp_box {
	uint32_t node;	 /* of the tree */
	uint32_t parent; /* an index of a box; MP_TREE_NONE for the root */
	uint64_t start;	 /* ns */
};

struct mp_layout {
	struct mp_box *boxes; /* the root first, parents before children */
	size_t count;
	uint32_t levels; /* that are shown, below the root */
	size_t left_out; /* nodes that are not */
};

/* Fails with -ENOMEM.  What it points to is freed by mp_layout_release(). */
int mp_layout_build(const struct mp_tree *t,
		    const struct mp_layout_bounds *bounds,
		    struct mp_layout *ret);
void mp_layout_release(struct mp_layout *l);

#endif
