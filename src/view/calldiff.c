#include "view/calldiff.h"

#include "view/remake.h"
#include "view/words.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static const char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash && slash[1] ? slash + 1 : path;
}

static uint32_t add_function(struct mp_calls *both, const struct mp_function *f)
{
	struct mp_function own = { .name = f->name,
				   .object = base_name(f->object) };

	return mp_calls_place(
		both, &(struct mp_place){
			      .function = mp_calls_function(both, &own) });
}

static int add_side(struct mp_calldiff *d, const struct mp_calls *c,
		    uint32_t page)
{
	struct mp_calls *both = &d->both;
	uint32_t *room = mp_remake_room(c, both);
	uint32_t *map = calloc(c->function_count + 1, sizeof(*map));

	if (!room || !map)
		mp_calls_fail(both, -ENOMEM);
	for (size_t i = 0; map && i < c->function_count; i++)
		map[i] = add_function(both, &c->functions[i]);
	for (size_t i = 0; room && map && i < c->stack_count; i++) {
		struct mp_stack s = c->stacks[i];

		for (uint32_t j = 0; j < s.depth; j++)
			room[j] = map[c->places[s.places[j]].function];
		s.places = room;
		s.page = page;
		mp_calls_stack(both, &s);
	}
	free(room);
	free(map);
	return mp_calls_error(both);
}

static const char *copy(struct mp_calls *c, const char *s)
{
	return mp_calls_text(c, s, strlen(s));
}

int mp_calldiff_build(const struct mp_calls *before,
		      const struct mp_calls *after, struct mp_calldiff *ret)
{
	const struct mp_calls *const sides[MP_SIDES] = { before, after };

	*ret = (struct mp_calldiff){ 0 };
	mp_calls_init(&ret->both);
	ret->both.head.wall = before->head.wall;
	ret->each = before->head.requests > 0 && after->head.requests > 0;
	for (unsigned i = 0; i < MP_SIDES; i++) {
		const struct mp_calls *c = sides[i];
		struct mp_view_page page = { .id = i ? "after" : "before" };
		int err;

		ret->total[i] = c->total;
		ret->head[i] = c->head;
		ret->head[i].page_id = copy(&ret->both, c->head.page_id);
		ret->head[i].oops_id = ret->head[i].host = "";
		ret->head[i].exe = ret->head[i].mechanism = "";
		ret->requests[i] = ret->each ? (double)c->head.requests : 1;
		ret->sample[i] = (double)c->total /
				 (double)(c->samples > 0 ? c->samples : 1);
		mp_calls_page(&ret->both, &page);
		err = add_side(ret, c, i);
		if (err)
			return err;
	}
	return mp_calls_error(&ret->both);
}

void mp_calldiff_release(struct mp_calldiff *d)
{
	mp_calls_release(&d->both);
}

static void add_change(struct mp_change *to, const struct mp_change *c)
{
	for (unsigned i = 0; i < MP_SIDES; i++) {
		to->ns[i] += c->ns[i];
		to->samples[i] += c->samples[i];
	}
}

/* Children are behind their parents. */
struct mp_change_of_node *mp_calldiff_nodes(const struct mp_calldiff *d,
					    const struct mp_tree *tree)
{
	struct mp_change_of_node *ret = calloc(tree->count, sizeof(*ret));

	for (size_t i = 0; ret && i < d->both.stack_count; i++) {
		const struct mp_stack *s = &d->both.stacks[i];
		struct mp_change *self = &ret[tree->leaves[i]].self;

		self->ns[s->page] += s->value;
		self->samples[s->page] += s->samples;
	}
	for (size_t i = tree->count; ret && i-- > 0;) {
		add_change(&ret[i].all, &ret[i].self);
		if (i > 0)
			add_change(&ret[tree->nodes[i].parent].all,
				   &ret[i].all);
	}
	return ret;
}

double mp_calldiff_ns(const struct mp_calldiff *d, const struct mp_change *c,
		      enum mp_side side)
{
	return (double)c->ns[side] / d->requests[side];
}

double mp_calldiff_change(const struct mp_calldiff *d,
			  const struct mp_change *c)
{
	return mp_calldiff_ns(d, c, MP_AFTER) - mp_calldiff_ns(d, c, MP_BEFORE);
}

/* Counts of samples vary as their square root; of none at all one might have
   been. */
bool mp_calldiff_is_noise(const struct mp_calldiff *d,
			  const struct mp_change *c)
{
	double variance = 0;

	for (unsigned i = 0; i < MP_SIDES; i++) {
		double one = d->sample[i] / d->requests[i];

		variance += one * one *
			    (double)(c->samples[i] > 0 ? c->samples[i] : 1);
	}
	return fabs(mp_calldiff_change(d, c)) <= 2 * sqrt(variance);
}

/* ---- text ---------------------------------------------------------------- */

static void put_side(const struct mp_calldiff *d, enum mp_side side,
		     const char *name, FILE *out)
{
	const struct mp_view_head *head = &d->head[side];
	struct mp_change all = { .ns = { d->total[MP_BEFORE],
					 d->total[MP_AFTER] } };
	char text[MP_WORDS_MAX];

	mp_words_time((uint64_t)llround(mp_calldiff_ns(d, &all, side)), text);
	fprintf(out, "%-6s  ", name);
	mp_words_put(out, *head->page_id ? head->page_id : "several pages", 0);
	fprintf(out, ": %s of %s time", text, head->wall ? "wall" : "CPU");
	if (d->each)
		fprintf(out, " for each of %" PRIu64 " %s", head->requests,
			head->requests == 1 ? "request" : "requests");
	fprintf(out, "; %" PRIu64 " %s\n", head->samples,
		head->samples == 1 ? "sample" : "samples");
}

void mp_calldiff_heading(const struct mp_calldiff *d, FILE *out)
{
	put_side(d, MP_BEFORE, "before", out);
	put_side(d, MP_AFTER, "after", out);
	if (!d->each)
		fputs("times are sums: how many requests there were is not "
		      "known\n",
		      out);
	fputs("~ marks what may well be chance, by the number of samples\n\n",
	      out);
}

static void put_percent(double before, double after, FILE *out)
{
	if (before <= 0)
		fprintf(out, "%10s", after > 0 ? "new" : "");
	else if (after <= 0)
		fprintf(out, "%10s", "gone");
	else
		fprintf(out, "%+8.1f %%", 100 * (after - before) / before);
}

static void put_ns(double ns, FILE *out)
{
	char text[MP_WORDS_MAX];

	mp_words_time((uint64_t)llround(ns), text);
	fprintf(out, "%9s", text);
}

void mp_calldiff_put(const struct mp_calldiff *d, const struct mp_change *c,
		     const struct mp_view_style *style, FILE *out)
{
	double before = mp_calldiff_ns(d, c, MP_BEFORE);
	double after = mp_calldiff_ns(d, c, MP_AFTER);
	bool noise = mp_calldiff_is_noise(d, c);
	char text[MP_WORDS_MAX], sign[MP_WORDS_MAX + 1];

	put_ns(before, out);
	fputs("  ", out);
	put_ns(after, out);
	mp_words_time((uint64_t)llround(fabs(after - before)), text);
	snprintf(sign, sizeof(sign), "%c%s", after < before ? '-' : '+', text);
	/* Red grew, green shrank; what may be chance is dim. */
	if (style->colour && noise)
		mp_words_colour(out, style, 0);
	else
		mp_words_colour(out, style, after > before ? 100 : 10);
	fprintf(out, " %10s", sign);
	put_percent(before, after, out);
	mp_words_plain(out, style);
	fputs(noise ? " ~" : "  ", out);
}
