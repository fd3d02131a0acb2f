#include "view/layout.h"

#include <errno.h>
#include <stdlib.h>

struct walk {
	const struct mp_tree *tree;
	uint32_t levels; /* bounds */
	uint64_t least;
	size_t ties; /* how many of just the least may still be shown */
	struct mp_layout layout;
};

static int descending(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x < y) - (x > y);
}

/*
 * A node is not larger than its parent, so those above any size are a tree.  Of
 * those of the very size where there is no more room, some are taken: parents
 * come first.
 */
static int bound_count(struct walk *w, size_t max)
{
	size_t n = w->tree->count;
	uint64_t *totals;

	w->ties = n;
	if (n <= max)
		return 0;
	totals = reallocarray(NULL, n, sizeof(*totals));
	if (!totals)
		return -ENOMEM;
	for (size_t i = 0; i < n; i++)
		totals[i] = w->tree->nodes[i].total;
	qsort(totals, n, sizeof(*totals), descending);
	if (totals[max] >= w->least) {
		w->least = totals[max];
		w->ties = 0;
		for (size_t i = max; i-- > 0 && totals[i] == w->least;)
			w->ties++;
	}
	free(totals);
	return 0;
}

static bool take(struct walk *w, uint32_t node)
{
	const struct mp_tree_node *n = &w->tree->nodes[node];

	if (n->depth > w->levels || n->total < w->least)
		return false;
	if (n->total > w->least)
		return true;
	if (w->ties == 0)
		return false;
	w->ties--;
	return true;
}

static void add(struct walk *w, uint32_t node, uint32_t parent, uint64_t start)
{
	uint32_t depth = w->tree->nodes[node].depth;

	w->layout.boxes[w->layout.count++] =
		(struct mp_box){ node, parent, start };
	if (depth > w->layout.levels)
		w->layout.levels = depth;
}

/* The children of one box, side by side. */
static void add_children(struct walk *w, uint32_t parent)
{
	const struct mp_box box = w->layout.boxes[parent];
	uint64_t start = box.start;
	uint32_t i = w->tree->nodes[box.node].first_child;

	for (; i != MP_TREE_NONE; i = w->tree->nodes[i].next_sibling) {
		if (take(w, i))
			add(w, i, parent, start);
		start += w->tree->nodes[i].total;
	}
}

int mp_layout_build(const struct mp_tree *t,
		    const struct mp_layout_bounds *bounds,
		    struct mp_layout *ret)
{
	struct walk w = { .tree = t, .levels = bounds->levels };
	size_t room = t->count < bounds->boxes ? t->count : bounds->boxes;
	int err;

	/* What took nothing has no size. */
	w.least = t->nodes[0].total / bounds->fraction;
	if (w.least == 0)
		w.least = 1;
	err = bound_count(&w, bounds->boxes);
	if (err)
		return err;
	w.layout.boxes = reallocarray(NULL, room, sizeof(*w.layout.boxes));
	if (!w.layout.boxes)
		return -ENOMEM;

	/* The root is shown anyway, but is one of those of its size. */
	take(&w, 0);
	add(&w, 0, MP_TREE_NONE, 0);
	for (uint32_t i = 0; i < w.layout.count; i++)
		add_children(&w, i);
	w.layout.left_out = t->count - w.layout.count;
	*ret = w.layout;
	return 0;
}

void mp_layout_release(struct mp_layout *l)
{
	free(l->boxes);
	*l = (struct mp_layout){ 0 };
}
