/* The part of calldiff.h that draws the calls that changed. */

#include "view/branches.h"
#include "view/calldiff.h"
#include "view/tree.h"
#include "view/words.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Of the larger total; what changed less is summed up. */
#define SHOWN_PART 0.01
#define NAME_MIN   24

struct drawing {
	FILE *out;
	const struct mp_calldiff *d;
	const struct mp_view_style *style;
	struct mp_tree tree;
	struct mp_change_of_node *changes;
	struct mp_branches branches;
	double shown; /* ns that a change must have */
};

static double change(const struct drawing *w, uint32_t at)
{
	return mp_calldiff_change(w->d, &w->changes[at].all);
}

static const char *name_of(const struct drawing *w, uint32_t at)
{
	const struct mp_calls *both = &w->d->both;
	const struct mp_place *p = &both->places[w->tree.nodes[at].place];

	return both->functions[p->function].name;
}

/* What changed most first; no two nodes are equal. */
static int compare(const void *a, const void *b, void *user)
{
	const struct drawing *w = user;
	uint32_t i = *(const uint32_t *)a, j = *(const uint32_t *)b;
	double x = fabs(change(w, i)), y = fabs(change(w, j));
	int by_name;

	if (x > y || x < y)
		return x > y ? -1 : 1;
	by_name = strcmp(name_of(w, i), name_of(w, j));
	return by_name ? by_name : i < j ? -1 : 1;
}

/* The children that changed enough, in their order; for free(3). */
static uint32_t *choose(struct drawing *w, uint32_t of, size_t *ret_count)
{
	size_t count = 0, room = 1;
	uint32_t at, *ret;

	for (at = w->tree.nodes[of].first_child; at != MP_TREE_NONE;
	     at = w->tree.nodes[at].next_sibling)
		room++;
	ret = calloc(room, sizeof(*ret));
	if (!ret)
		return NULL;
	for (at = w->tree.nodes[of].first_child; at != MP_TREE_NONE;
	     at = w->tree.nodes[at].next_sibling)
		if (fabs(change(w, at)) >= w->shown)
			ret[count++] = at;
	if (count > 0)
		qsort_r(ret, count, sizeof(*ret), compare, w);
	*ret_count = count;
	return ret;
}

static void put_line(const struct drawing *w, uint32_t at, bool top, bool more)
{
	size_t taken = MP_CALLDIFF_COLUMNS + w->branches.columns +
		       (top ? 0 : MP_BRANCHES_COLUMNS);
	size_t width = w->style->width, room = 0;

	if (width)
		room = width > taken + NAME_MIN ? width - taken : NAME_MIN;
	mp_calldiff_put(w->d, &w->changes[at].all, w->style, w->out);
	putc(' ', w->out);
	mp_branches_put(&w->branches, top, more, w->out);
	mp_words_put(w->out, name_of(w, at), room);
	putc('\n', w->out);
}

static int put_children(struct drawing *w, uint32_t of)
{
	bool top = of == 0;
	size_t count = 0;
	uint32_t *children = choose(w, of, &count);
	int err = children ? 0 : -ENOMEM;

	for (size_t i = 0; !err && i < count; i++) {
		bool more = i + 1 < count;

		put_line(w, children[i], top, more);
		err = mp_branches_down(&w->branches, top, more);
		if (err)
			break;
		err = put_children(w, children[i]);
		mp_branches_up(&w->branches, top, more);
	}
	free(children);
	return err;
}

static int draw(struct drawing *w)
{
	const struct mp_calldiff *d = w->d;
	double before = mp_calldiff_ns(d, &w->changes[0].all, MP_BEFORE);
	double after = mp_calldiff_ns(d, &w->changes[0].all, MP_AFTER);

	w->shown = SHOWN_PART * fmax(before, after);
	mp_calldiff_heading(d, w->out);
	fputs(MP_CALLDIFF_HEAD "  call\n", w->out);
	mp_calldiff_put(d, &w->changes[0].all, w->style, w->out);
	fputs(" [all]\n", w->out);
	return put_children(w, 0);
}

int mp_show_treediff(FILE *out, const struct mp_calldiff *d,
		     const struct mp_view_style *style)
{
	struct drawing w = { .out = out, .d = d, .style = style };
	int err = mp_tree_build(&d->both, &w.tree);

	if (err)
		return err;
	w.changes = mp_calldiff_nodes(d, &w.tree);
	err = w.changes ? draw(&w) : -ENOMEM;
	mp_branches_release(&w.branches);
	mp_tree_release(&w.tree);
	free(w.changes);
	return err;
}
