#include "view/calltree.h"

#include "view/branches.h"
#include "view/notetable.h"
#include "view/tree.h"
#include "view/words.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>

#define SHOWN_PERCENT 1.0 /* and more: shown by itself */
#define CHAIN_ENDS    3	  /* calls at each end of a long line */
#define TIME_WIDTH    20  /* columns before the branches */
#define NAME_MIN      24

/* What is being drawn. */
struct drawing {
	FILE *out;
	const struct mp_calls *c;
	const struct mp_view_style *style;
	struct mp_tree tree;
	struct mp_branches branches;
};

static bool is_small(const struct drawing *d, uint64_t ns)
{
	return mp_words_percent(ns, d->c->total) < SHOWN_PERCENT;
}

static const struct mp_tree_node *node_of(const struct drawing *d, uint32_t at)
{
	return &d->tree.nodes[at];
}

static const char *name_of(const struct drawing *d, uint32_t at)
{
	const struct mp_place *p = &d->c->places[node_of(d, at)->place];

	return d->c->functions[p->function].name;
}

/* Where `at` does nothing itself, and calls one other: that; else none. */
static uint32_t only_callee(const struct drawing *d, uint32_t at)
{
	const struct mp_tree_node *node = node_of(d, at);
	uint32_t child = node->first_child;

	if (node->self > 0 || child == MP_TREE_NONE ||
	    node_of(d, child)->next_sibling != MP_TREE_NONE)
		return MP_TREE_NONE;
	return child;
}

/* Begin a line: what it took, and the way down to it. */
static void begin_line(const struct drawing *d, uint64_t ns, bool top,
		       bool more)
{
	double percent = mp_words_percent(ns, d->c->total);
	char text[MP_WORDS_MAX];

	mp_words_time(ns, text);
	mp_words_colour(d->out, d->style, percent);
	fprintf(d->out, "%9s %6.1f %%", text, percent);
	mp_words_plain(d->out, d->style);
	fputs("  ", d->out);
	mp_branches_put(&d->branches, top, more, d->out);
}

/* Columns for a name; 0: as many as it needs. */
static size_t room_for_name(const struct drawing *d, bool top)
{
	size_t taken = TIME_WIDTH + d->branches.columns +
		       (top ? 0 : MP_BRANCHES_COLUMNS);

	if (!d->style->width)
		return 0;
	return d->style->width > taken + NAME_MIN ? d->style->width - taken
						  : NAME_MIN;
}

/* ---- one line ------------------------------------------------------------ */

/* The names from `first` down to `last`; of many those at both ends. */
static void put_chain(FILE *out, const struct drawing *d, uint32_t first,
		      uint32_t last)
{
	uint32_t length =
		node_of(d, last)->depth - node_of(d, first)->depth + 1;
	uint32_t i = 0;

	for (uint32_t at = first;; at = node_of(d, at)->first_child, i++) {
		bool hidden = length > 2 * CHAIN_ENDS + 1 && i >= CHAIN_ENDS &&
			      i < length - CHAIN_ENDS;

		if (!hidden)
			fprintf(out, "%s%s", i > 0 ? " > " : "",
				name_of(d, at));
		else if (i == CHAIN_ENDS)
			fprintf(out, " > (%" PRIu32 " calls)",
				length - 2 * CHAIN_ENDS);
		if (at == last)
			return;
	}
}

static void put_details(FILE *out, const struct drawing *d, uint32_t at)
{
	const struct mp_tree_node *node = node_of(d, at);

	mp_words_where(d->c, &d->c->places[node->place], out);
	if (node->blocked > 0)
		fprintf(out, " [%.0f %% blocked]",
			mp_words_percent(node->blocked, node->total));
}

static int put_line(const struct drawing *d, uint32_t first, uint32_t last,
		    bool top)
{
	char *text;
	size_t length;
	FILE *line = open_memstream(&text, &length);

	if (!line)
		return -ENOMEM;
	put_chain(line, d, first, last);
	put_details(line, d, last);
	if (fclose(line)) {
		free(text);
		return -ENOMEM;
	}
	mp_words_put(d->out, text, room_for_name(d, top));
	putc('\n', d->out);
	free(text);
	return 0;
}

/* ---- the tree ------------------------------------------------------------ */

static int put_children(struct drawing *d, uint32_t of);

/* Its line, and what is below it; whether there are more of its siblings. */
static int put_node(struct drawing *d, uint32_t first, bool more)
{
	bool top = node_of(d, first)->parent == 0;
	uint32_t last = first, next;
	int err;

	while ((next = only_callee(d, last)) != MP_TREE_NONE)
		last = next;
	begin_line(d, node_of(d, first)->total, top, more);
	err = put_line(d, first, last, top);
	if (!err)
		err = mp_branches_down(&d->branches, top, more);
	if (err)
		return err;
	err = put_children(d, last);
	mp_branches_up(&d->branches, top, more);
	return err;
}

/* What a node did itself, and the children that are too small, follow the
   others. */
static int put_children(struct drawing *d, uint32_t of)
{
	const struct mp_tree_node *node = node_of(d, of);
	bool self =
		node->first_child != MP_TREE_NONE && !is_small(d, node->self);
	uint64_t rest = 0;
	size_t hidden = 0;
	uint32_t at;
	int err;

	for (at = node->first_child; at != MP_TREE_NONE;
	     at = node_of(d, at)->next_sibling) {
		if (!is_small(d, node_of(d, at)->total))
			continue;
		rest += node_of(d, at)->total;
		hidden++;
	}
	for (at = node->first_child; at != MP_TREE_NONE;
	     at = node_of(d, at)->next_sibling) {
		uint32_t next = node_of(d, at)->next_sibling;
		bool last = next == MP_TREE_NONE ||
			    is_small(d, node_of(d, next)->total);

		/* They are in order: all that follow are small, too. */
		if (is_small(d, node_of(d, at)->total))
			break;
		err = put_node(d, at, !last || self || hidden);
		if (err)
			return err;
	}
	if (self) {
		begin_line(d, node->self, false, hidden > 0);
		fputs("[self]\n", d->out);
	}
	if (hidden) {
		begin_line(d, rest, of == 0, false);
		fprintf(d->out, "[%zu more]\n", hidden);
	}
	return 0;
}

int mp_show_calltree(FILE *out, const struct mp_calls *c,
		     const struct mp_view_style *style)
{
	struct drawing d = { .out = out, .c = c, .style = style };
	int err = mp_tree_build(c, &d.tree);

	if (err)
		return err;
	mp_words_heading(out, c);
	err = put_children(&d, 0);
	if (!err)
		err = mp_notetable_put(out, c, style);
	mp_tree_release(&d.tree);
	mp_branches_release(&d.branches);
	return err;
}
