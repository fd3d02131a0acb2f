#include "view/tree.h"

#include "report/text.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct builder {
	const struct mp_calls *c;
	struct mp_tree tree;
	size_t room; /* nodes */
	struct mp_index index;
};

struct key {
	const struct mp_tree *tree;
	uint32_t parent, place;
};

static bool same(const void *user, uint32_t at)
{
	const struct key *k = user;
	const struct mp_tree_node *node = &k->tree->nodes[at];

	return node->parent == k->parent && node->place == k->place;
}

static int add_node(struct builder *b, uint32_t parent, uint32_t place)
{
	struct mp_tree *t = &b->tree;

	if (t->count == b->room) {
		size_t room = b->room ? 2 * b->room : 256;
		struct mp_tree_node *nodes;

		if (room > MP_TREE_NONE)
			return -ENOMEM;
		nodes = reallocarray(t->nodes, room, sizeof(*nodes));
		if (!nodes)
			return -ENOMEM;
		t->nodes = nodes;
		b->room = room;
	}
	t->nodes[t->count++] = (struct mp_tree_node){
		.place = place,
		.parent = parent,
		.first_child = MP_TREE_NONE,
		.next_sibling = MP_TREE_NONE,
		.depth =
			parent == MP_TREE_NONE ? 0 : t->nodes[parent].depth + 1,
	};
	return 0;
}

static int child(struct builder *b, uint32_t parent, uint32_t place,
		 uint32_t *ret)
{
	struct key k = { &b->tree, parent, place };
	uint64_t hash = mp_text_mix(parent, place);
	int err;

	*ret = mp_index_find(&b->index, hash, same, &k);
	if (*ret != MP_INDEX_NONE)
		return 0;
	*ret = (uint32_t)b->tree.count;
	err = add_node(b, parent, place);
	return err ? err : mp_index_add(&b->index, hash, *ret);
}

static void count(struct mp_tree_node *node, const struct mp_stack *s)
{
	node->samples += s->samples;
	node->total += s->value;
	if (s->kind == MP_KIND_BLOCKED)
		node->blocked += s->value;
}

static int add_stack(struct builder *b, size_t stack)
{
	const struct mp_stack *s = &b->c->stacks[stack];
	uint32_t at = 0;
	int err;

	count(&b->tree.nodes[0], s);
	for (uint32_t i = 0; i < s->depth; i++) {
		err = child(b, at, s->places[i], &at);
		if (err)
			return err;
		count(&b->tree.nodes[at], s);
	}
	b->tree.nodes[at].self += s->value;
	b->tree.leaves[stack] = at;
	return 0;
}

static const struct mp_function *function_of(const struct builder *b,
					     uint32_t node)
{
	const struct mp_calls *c = b->c;

	return &c->functions[c->places[b->tree.nodes[node].place].function];
}

/* Those of one parent together, and then in their order. */
static int compare(const void *a, const void *b, void *user)
{
	const struct builder *t = user;
	uint32_t i = *(const uint32_t *)a, j = *(const uint32_t *)b;
	const struct mp_tree_node *x = &t->tree.nodes[i];
	const struct mp_tree_node *y = &t->tree.nodes[j];
	int by_name;

	if (x->parent != y->parent)
		return x->parent < y->parent ? -1 : 1;
	if (x->total != y->total)
		return x->total > y->total ? -1 : 1;
	by_name = strcmp(function_of(t, i)->name, function_of(t, j)->name);
	if (by_name)
		return by_name;
	return i < j ? -1 : 1;
}

/* Link the children of each node in their order. */
static int sort(struct builder *b)
{
	size_t n = b->tree.count - 1;
	uint32_t *order = reallocarray(NULL, n + 1, sizeof(*order));

	if (!order)
		return -ENOMEM;
	for (size_t i = 0; i < n; i++)
		order[i] = (uint32_t)i + 1;
	qsort_r(order, n, sizeof(*order), compare, b);
	for (size_t i = n; i-- > 0;) {
		struct mp_tree_node *node = &b->tree.nodes[order[i]];
		struct mp_tree_node *parent = &b->tree.nodes[node->parent];

		node->next_sibling = parent->first_child;
		parent->first_child = order[i];
	}
	free(order);
	return 0;
}

int mp_tree_build(const struct mp_calls *c, struct mp_tree *ret)
{
	struct builder b = { .c = c };
	int err = add_node(&b, MP_TREE_NONE, MP_TREE_NONE);

	b.tree.leaves = calloc(c->stack_count + 1, sizeof(*b.tree.leaves));
	if (!b.tree.leaves)
		err = -ENOMEM;
	for (size_t i = 0; i < c->stack_count && !err; i++)
		err = add_stack(&b, i);
	if (!err)
		err = sort(&b);
	mp_index_release(&b.index);
	if (err)
		mp_tree_release(&b.tree);
	else
		*ret = b.tree;
	return err;
}

void mp_tree_release(struct mp_tree *t)
{
	free(t->nodes);
	free(t->leaves);
	*t = (struct mp_tree){ 0 };
}
