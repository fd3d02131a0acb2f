#ifndef MP_TREE_H
#define MP_TREE_H

/*
 * tree: which place called which, from the root down, with what each took.
 *
 * Node 0 is the root, which is no place.  A parent has a lower index than its
 * children, so a loop upwards from the last node sees children first.
 * Children are in order: the most total first, then by name.
 */

#include "view/calls.h"

#define MP_TREE_NONE UINT32_MAX

struct mp_tree_node {
	uint32_t place;	       /* MP_TREE_NONE for the root */
	uint32_t parent;       /* MP_TREE_NONE for the root */
	uint32_t first_child;  /* or MP_TREE_NONE */
	uint32_t next_sibling; /* or MP_TREE_NONE */
	uint32_t depth;	       /* 0 for the root */
	uint64_t samples;      /* here and below */
	uint64_t self;	       /* ns at this very place */
	uint64_t total;	       /* and below */
	uint64_t blocked;      /* of the total */
};

struct mp_tree {
	struct mp_tree_node *nodes;
	size_t count;	  /* at least 1 */
	uint32_t *leaves; /* of each stack, the node where it ends */
};

/* Build the tree of all stacks; pages are not told apart.  Fails with -ENOMEM.
   What it points to is freed by mp_tree_release(). */
int mp_tree_build(const struct mp_calls *c, struct mp_tree *ret);
void mp_tree_release(struct mp_tree *t);

#endif
