#include "view/caption.h"

#include "view/plain.h"
#include "view/words.h"

#include <inttypes.h>

void mp_caption_put_name(FILE *out, const struct mp_calls *c,
			 const struct mp_tree_node *node, size_t max)
{
	const struct mp_place *p;

	if (node->place == MP_TREE_NONE) {
		fputs("all", out);
		return;
	}
	p = &c->places[node->place];
	mp_plain_put_markup_cut(out, c->functions[p->function].name, max);
	if (p->line > 0)
		fprintf(out, ":%" PRIu32, p->line);
}

static void put_samples(FILE *out, uint64_t n)
{
	fprintf(out, "%" PRIu64 " sample%s", n, n == 1 ? "" : "s");
}

static const char *object_of(const struct mp_calls *c,
			     const struct mp_tree_node *node)
{
	if (node->place == MP_TREE_NONE)
		return "";
	return c->functions[c->places[node->place].function].object;
}

void mp_caption_put(FILE *out, const struct mp_calls *c,
		    const struct mp_tree_node *node)
{
	char time[MP_WORDS_MAX];

	mp_caption_put_name(out, c, node, SIZE_MAX);
	mp_words_time(node->total, time);
	fprintf(out, ": %s (%.2f %%), ", time,
		mp_words_percent(node->total, c->total));
	put_samples(out, node->samples);
	if (node->blocked > 0) {
		mp_words_time(node->blocked, time);
		fprintf(out, ", blocked %s", time);
	}
	if (*object_of(c, node)) {
		fputs(", ", out);
		mp_plain_put_markup(out, object_of(c, node));
	}
}

void mp_caption_put_subject(FILE *out, const struct mp_calls *c)
{
	if (c->page_count == 1)
		mp_plain_put_markup(out, c->pages[0].id);
	else
		fprintf(out, "%zu pages", c->page_count);
	if (c->head.requests > 1)
		fprintf(out, ", %" PRIu64 " requests", c->head.requests);
}

/* Of the stacks that are there: a filter may have taken some. */
void mp_caption_put_sum(FILE *out, const struct mp_calls *c)
{
	char time[MP_WORDS_MAX];

	mp_words_time(c->total, time);
	fprintf(out, "%s of %s time, ", time, c->head.wall ? "wall" : "CPU");
	put_samples(out, c->samples);
}
