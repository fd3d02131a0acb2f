#include "view/chartdata.h"

#include "view/palette.h"
#include "view/plain.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* Of many things some are written, in the order in which they were met. */
struct chosen {
	uint32_t *position; /* in what is written; MP_TREE_NONE: it is not */
	uint32_t *things;
	uint32_t count;
};

static int chosen_init(struct chosen *s, size_t n)
{
	*s = (struct chosen){
		.position = reallocarray(NULL, n + 1, sizeof(uint32_t)),
		.things = reallocarray(NULL, n + 1, sizeof(uint32_t)),
	};
	if (!s->position || !s->things)
		return -ENOMEM;
	for (size_t i = 0; i < n; i++)
		s->position[i] = MP_TREE_NONE;
	return 0;
}

static void chosen_release(struct chosen *s)
{
	free(s->position);
	free(s->things);
}

static uint32_t choose(struct chosen *s, uint32_t thing)
{
	if (s->position[thing] == MP_TREE_NONE) {
		s->position[thing] = s->count;
		s->things[s->count++] = thing;
	}
	return s->position[thing];
}

struct writer {
	FILE *out;
	const struct mp_calls *c;
	const struct mp_tree *t;
	const struct mp_layout *l;
	const struct mp_diffdraw *diff;
	struct chosen places, functions, objects;
};

static const char *comma(size_t i)
{
	return i > 0 ? "," : "";
}

static void choose_all(struct writer *w)
{
	for (size_t i = 1; i < w->l->count; i++)
		choose(&w->places, w->t->nodes[w->l->boxes[i].node].place);
	for (uint32_t i = 0; i < w->places.count; i++)
		choose(&w->functions,
		       w->c->places[w->places.things[i]].function);
	for (uint32_t i = 0; i < w->functions.count; i++) {
		uint32_t object =
			mp_calls_object_of(w->c, w->functions.things[i]);

		if (object != MP_INDEX_NONE)
			choose(&w->objects, object);
	}
}

static void put_objects(const struct writer *w)
{
	fputs("{\"objects\":[", w->out);
	for (uint32_t i = 0; i < w->objects.count; i++) {
		fputs(comma(i), w->out);
		mp_plain_put_json(w->out,
				  w->c->objects[w->objects.things[i]].path);
	}
	fputs("],\n", w->out);
}

static void put_function(const struct writer *w, uint32_t f)
{
	const struct mp_function *p = &w->c->functions[f];
	uint32_t object = mp_calls_object_of(w->c, f);
	int64_t at = -1;

	if (object != MP_INDEX_NONE)
		at = w->objects.position[object];
	fprintf(w->out, "\n{\"id\":%" PRIu32 ",\"name\":", f);
	mp_plain_put_json(w->out, p->name);
	fprintf(w->out, ",\"object\":%" PRId64 ",\"file\":", at);
	mp_plain_put_json(w->out, p->file);
	fprintf(w->out, ",\"line\":%" PRIu32 ",\"hue\":\"%c\",\"shade\":%c}",
		p->line, mp_palette_hue(w->c, f), mp_palette_shade(w->c, f));
}

static void put_functions(const struct writer *w)
{
	fputs("\"functions\":[", w->out);
	for (uint32_t i = 0; i < w->functions.count; i++) {
		fputs(comma(i), w->out);
		put_function(w, w->functions.things[i]);
	}
	fputs("],\n\"places\":[", w->out);
	for (uint32_t i = 0; i < w->places.count; i++) {
		const struct mp_place *p = &w->c->places[w->places.things[i]];

		fprintf(w->out, "%s[%" PRIu32 ",%" PRIu32 ",%d]", comma(i),
			w->functions.position[p->function], p->line,
			p->inlined);
	}
	fputs("],\n", w->out);
}

/* ---- a column of the nodes each ---- */

static int64_t place_of(const struct writer *w, const struct mp_box *b)
{
	uint32_t place = w->t->nodes[b->node].place;

	return place == MP_TREE_NONE ? -1 : (int64_t)w->places.position[place];
}

static int64_t parent_of(const struct writer *w, const struct mp_box *b)
{
	(void)w;
	return b->parent == MP_TREE_NONE ? -1 : (int64_t)b->parent;
}

static int64_t total_of(const struct writer *w, const struct mp_box *b)
{
	return (int64_t)w->t->nodes[b->node].total;
}

static int64_t self_of(const struct writer *w, const struct mp_box *b)
{
	return (int64_t)w->t->nodes[b->node].self;
}

static int64_t samples_of(const struct writer *w, const struct mp_box *b)
{
	return (int64_t)w->t->nodes[b->node].samples;
}

static int64_t blocked_of(const struct writer *w, const struct mp_box *b)
{
	return (int64_t)w->t->nodes[b->node].blocked;
}

static int64_t before_of(const struct writer *w, const struct mp_box *b)
{
	return (int64_t)w->diff->nodes[b->node].all.ns[MP_BEFORE];
}

static int64_t self_before_of(const struct writer *w, const struct mp_box *b)
{
	return (int64_t)w->diff->nodes[b->node].self.ns[MP_BEFORE];
}

static int64_t self_samples_of(const struct writer *w, const struct mp_box *b)
{
	return (int64_t)w->diff->nodes[b->node].self.samples[MP_AFTER];
}

static int64_t self_samples_before_of(const struct writer *w,
				      const struct mp_box *b)
{
	return (int64_t)w->diff->nodes[b->node].self.samples[MP_BEFORE];
}

struct column {
	const char *key;
	int64_t (*get)(const struct writer *w, const struct mp_box *b);
};

static void put_column(const struct writer *w, const struct column *column)
{
	fprintf(w->out, "\"%s\":[", column->key);
	for (size_t i = 0; i < w->l->count; i++)
		fprintf(w->out, "%s%" PRId64, comma(i),
			column->get(w, &w->l->boxes[i]));
	putc(']', w->out);
}

static void put_diff(const struct writer *w)
{
	static const struct column columns[] = {
		{ "before", before_of },
		{ "self_before", self_before_of },
		{ "self_samples", self_samples_of },
		{ "self_samples_before", self_samples_before_of },
	};
	const struct mp_calldiff *d = w->diff->diff;

	for (size_t i = 0; i < sizeof(columns) / sizeof(*columns); i++) {
		put_column(w, &columns[i]);
		fputs(",\n", w->out);
	}
	fprintf(w->out,
		"\"diff\":{\"requests\":[%.0f,%.0f],\"sample\":[%.17g,%.17g],"
		"\"most\":%.17g},\n",
		d->requests[MP_BEFORE], d->requests[MP_AFTER],
		d->sample[MP_BEFORE], d->sample[MP_AFTER], w->diff->most);
}

static void put_nodes(const struct writer *w)
{
	static const struct column columns[] = {
		{ "node", place_of },	   { "parent", parent_of },
		{ "total", total_of },	   { "self", self_of },
		{ "samples", samples_of }, { "blocked", blocked_of },
	};

	for (size_t i = 0; i < sizeof(columns) / sizeof(*columns); i++) {
		fputs(i > 0 ? ",\n" : "", w->out);
		put_column(w, &columns[i]);
	}
	fputs("}\n", w->out);
}

int mp_chartdata_put(FILE *out, const struct mp_calls *c,
		     const struct mp_tree *t, const struct mp_layout *l,
		     const struct mp_diffdraw *diff)
{
	struct writer w = { .out = out, .c = c, .t = t, .l = l, .diff = diff };
	int err = chosen_init(&w.places, c->place_count);

	if (!err)
		err = chosen_init(&w.functions, c->function_count);
	if (!err)
		err = chosen_init(&w.objects, c->object_count);
	if (!err) {
		choose_all(&w);
		put_objects(&w);
		put_functions(&w);
		if (diff)
			put_diff(&w);
		put_nodes(&w);
	}
	chosen_release(&w.places);
	chosen_release(&w.functions);
	chosen_release(&w.objects);
	return err;
}
