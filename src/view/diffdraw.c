#include "view/diffdraw.h"

#include "view/caption.h"
#include "view/plain.h"
#include "view/words.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static double self_change(const struct mp_diffdraw *w, uint32_t node)
{
	const struct mp_change *self = &w->nodes[node].self;

	if (mp_calldiff_is_noise(w->diff, self))
		return 0;
	return mp_calldiff_change(w->diff, self);
}

/* What has no width is not seen, so it does not count for the colours; of calls
   that are gone the outermost have it all. */
static void measure(struct mp_diffdraw *w, const struct mp_tree *tree)
{
	for (uint32_t i = 0; i < tree->count; i++) {
		const struct mp_change *all = &w->nodes[i].all;
		uint32_t parent = tree->nodes[i].parent;

		if (all->ns[MP_AFTER] > 0)
			w->most = fmax(w->most, fabs(self_change(w, i)));
		else if (parent == MP_TREE_NONE ||
			 w->nodes[parent].all.ns[MP_AFTER] > 0)
			w->gone += mp_calldiff_ns(w->diff, all, MP_BEFORE);
	}
}

int mp_diffdraw_build(const struct mp_calldiff *d, struct mp_tree *ret_tree,
		      struct mp_diffdraw *ret)
{
	struct mp_diffdraw w = { .diff = d };
	int err = mp_tree_build(&d->both, ret_tree);

	if (err)
		return err;
	w.nodes = mp_calldiff_nodes(d, ret_tree);
	if (!w.nodes) {
		mp_tree_release(ret_tree);
		return -ENOMEM;
	}
	for (size_t i = 0; i < ret_tree->count; i++) {
		struct mp_tree_node *node = &ret_tree->nodes[i];

		node->total = w.nodes[i].all.ns[MP_AFTER];
		node->self = w.nodes[i].self.ns[MP_AFTER];
		node->samples = w.nodes[i].all.samples[MP_AFTER];
		node->blocked = 0;
	}
	measure(&w, ret_tree);
	*ret = w;
	return 0;
}

void mp_diffdraw_release(struct mp_diffdraw *w)
{
	free(w->nodes);
	*w = (struct mp_diffdraw){ 0 };
}

/* As Model.shade() in model.js. */
int mp_diffdraw_level(const struct mp_diffdraw *w, uint32_t node)
{
	double change = self_change(w, node);
	int level;

	if (change == 0 || w->most == 0)
		return 0;
	level = (int)ceil(fmin(fabs(change) / w->most, 1) * MP_DIFFDRAW_LEVELS);
	return change > 0 ? level : -level;
}

void mp_diffdraw_put_class(FILE *out, const struct mp_diffdraw *w,
			   uint32_t node)
{
	int level = mp_diffdraw_level(w, node);

	if (level == 0)
		fputs("same", out);
	else
		fprintf(out, "%s%d", level > 0 ? "grew" : "fell", abs(level));
}

/* ---- texts --------------------------------------------------------------- */

static void put_time(FILE *out, const char *before, double ns)
{
	char text[MP_WORDS_MAX];

	mp_words_time((uint64_t)llround(ns), text);
	fprintf(out, "%s%s", before, text);
}

static void put_signed(FILE *out, const char *before, double ns)
{
	fputs(before, out);
	put_time(out, ns < 0 ? "-" : "+", fabs(ns));
}

void mp_diffdraw_put_caption(FILE *out, const struct mp_diffdraw *w,
			     const struct mp_tree *tree, uint32_t node)
{
	const struct mp_calldiff *d = w->diff;
	const struct mp_change_of_node *c = &w->nodes[node];
	double self = mp_calldiff_change(d, &c->self);

	mp_caption_put_name(out, &d->both, &tree->nodes[node], SIZE_MAX);
	put_time(out, ": ", mp_calldiff_ns(d, &c->all, MP_AFTER));
	fprintf(out, " (%.2f %%)",
		mp_words_percent(c->all.ns[MP_AFTER], d->total[MP_AFTER]));
	put_time(out, ", before ", mp_calldiff_ns(d, &c->all, MP_BEFORE));
	put_signed(out, ", ", mp_calldiff_change(d, &c->all));
	if (self == 0)
		return;
	put_signed(out, "; itself ", self);
	if (mp_calldiff_is_noise(d, &c->self))
		fputs(", maybe chance", out);
}

static void put_page(FILE *out, const struct mp_view_head *head)
{
	if (*head->page_id)
		mp_plain_put_markup(out, head->page_id);
	else
		fputs("several pages", out);
}

void mp_diffdraw_put_subject(FILE *out, const struct mp_calldiff *d)
{
	put_page(out, &d->head[MP_BEFORE]);
	if (strcmp(d->head[MP_BEFORE].page_id, d->head[MP_AFTER].page_id)) {
		fputs(" and ", out);
		put_page(out, &d->head[MP_AFTER]);
	}
	fputs(": before and after", out);
}

void mp_diffdraw_put_sum(FILE *out, const struct mp_calldiff *d)
{
	static const char *const sides[MP_SIDES] = { "before ", "; after " };

	for (unsigned i = 0; i < MP_SIDES; i++) {
		uint64_t requests = d->head[i].requests;

		put_time(out, sides[i], (double)d->total[i] / d->requests[i]);
		fprintf(out, " of %s time", d->both.head.wall ? "wall" : "CPU");
		if (d->each)
			fprintf(out, " for each of %" PRIu64 " request%s",
				requests, requests == 1 ? "" : "s");
	}
}

void mp_diffdraw_put_gone(FILE *out, const struct mp_diffdraw *w)
{
	if (w->gone == 0)
		return;
	put_time(out, "", w->gone);
	fputs(" before were in calls that are gone: the profiles the other way "
	      "round show them. ",
	      out);
}
