#include "view/pprof.h"

#include "core/record.h"
#include "view/gzip.h"
#include "view/proto.h"
#include "view/tally.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* The numbers of fields, from profile.proto. */
enum {
	PROFILE_SAMPLE_TYPE = 1,
	PROFILE_SAMPLE = 2,
	PROFILE_MAPPING = 3,
	PROFILE_LOCATION = 4,
	PROFILE_FUNCTION = 5,
	PROFILE_STRING = 6,
	PROFILE_TIME_NANOS = 9,
	PROFILE_DURATION_NANOS = 10,
	PROFILE_PERIOD_TYPE = 11,
	PROFILE_PERIOD = 12,
	PROFILE_COMMENT = 13,
	PROFILE_DEFAULT_TYPE = 14,
	TYPE_TYPE = 1,
	TYPE_UNIT = 2,
	SAMPLE_LOCATION = 1,
	SAMPLE_VALUE = 2,
	SAMPLE_LABEL = 3,
	LABEL_KEY = 1,
	LABEL_STRING = 2,
	MAPPING_ID = 1,
	MAPPING_FILENAME = 5,
	MAPPING_BUILD_ID = 6,
	MAPPING_HAS_FUNCTIONS = 7,
	MAPPING_HAS_FILENAMES = 8,
	MAPPING_HAS_LINES = 9,
	MAPPING_HAS_INLINES = 10,
	LOCATION_ID = 1,
	LOCATION_MAPPING = 2,
	LOCATION_ADDRESS = 3,
	LOCATION_LINE = 4,
	LINE_FUNCTION = 1,
	LINE_LINE = 2,
	FUNCTION_ID = 1,
	FUNCTION_NAME = 2,
	FUNCTION_LINKAGE = 3,
	FUNCTION_FILENAME = 4,
	FUNCTION_LINE = 5,
};

/* A place in its caller's place, or in none: a location is the innermost of a
   chain of them. */
struct link {
	uint32_t outer; /* a link; NONE */
	uint32_t place;
};

#define NONE UINT32_MAX

struct profile {
	const struct mp_calls *calls;
	struct mp_bytes out;
	struct mp_tally strings;
	struct mp_tally links; /* counted where they end a location */
};

/* ---- strings ---- */

static uint64_t string_of(struct profile *p, const char *text)
{
	struct mp_bytes plain = { 0 };
	uint32_t at;

	mp_bytes_put_plain(&plain, text);
	at = mp_tally_add(&p->strings, plain.p, plain.len, 0, 0);
	if (plain.err)
		p->out.err = plain.err;
	mp_bytes_release(&plain);
	return at;
}

static void put_string(struct mp_bytes *b, struct profile *p, unsigned field,
		       const char *text)
{
	mp_proto_number(b, field, string_of(p, text));
}

/* ---- samples ---- */

/* The location of the place `*at` of a stack and of what was inlined there;
   moves `*at` behind it. */
static uint32_t location_of(struct profile *p, const struct mp_stack *s,
			    uint32_t *at)
{
	struct link link = { NONE, s->places[(*at)++] };

	for (;;) {
		bool whole = *at == s->depth ||
			     !p->calls->places[s->places[*at]].inlined;
		uint32_t number =
			mp_tally_add(&p->links, &link, sizeof(link), whole, 0);

		if (whole)
			return number;
		link = (struct link){ number, s->places[(*at)++] };
	}
}

/* The leaf comes first, and numbers begin with 1. */
static void put_locations(struct mp_bytes *m, struct profile *p,
			  const struct mp_stack *s)
{
	uint32_t *locations = calloc(s->depth, sizeof(*locations));
	struct mp_bytes packed = { 0 };
	uint32_t count = 0;

	if (!locations) {
		m->err = -ENOMEM;
		return;
	}
	for (uint32_t at = 0; at < s->depth;)
		locations[count++] = location_of(p, s, &at);
	while (count > 0)
		mp_proto_varint(&packed, (uint64_t)locations[--count] + 1);
	mp_proto_message(m, SAMPLE_LOCATION, &packed);
	free(locations);
}

static void put_label(struct mp_bytes *m, struct profile *p, const char *key,
		      const char *text)
{
	struct mp_bytes label = { 0 };

	put_string(&label, p, LABEL_KEY, key);
	put_string(&label, p, LABEL_STRING, text);
	mp_proto_message(m, SAMPLE_LABEL, &label);
}

static void put_sample(struct profile *p, const struct mp_stack *s)
{
	const struct mp_view_head *h = &p->calls->head;
	struct mp_bytes m = { 0 }, values = { 0 };

	put_locations(&m, p, s);
	mp_proto_varint(&values, s->samples);
	mp_proto_varint(&values, s->value);
	mp_proto_message(&m, SAMPLE_VALUE, &values);
	put_label(&m, p, "page", p->calls->pages[s->page].id);
	if (*h->oops_id)
		put_label(&m, p, "oops", h->oops_id);
	if (h->wall)
		put_label(&m, p, "kind", mp_kind_names[s->kind]);
	mp_proto_message(&p->out, PROFILE_SAMPLE, &m);
}

/* ---- what samples point to ---- */

/* The number of a function's object, from 1; 0 where it has none. */
static uint64_t mapping_of(const struct mp_calls *c, uint32_t function)
{
	uint32_t object = mp_calls_object_of(c, function);

	return object == MP_INDEX_NONE ? 0 : (uint64_t)object + 1;
}

static void put_line(struct mp_bytes *m, const struct mp_place *place)
{
	struct mp_bytes line = { 0 };

	mp_proto_number(&line, LINE_FUNCTION, (uint64_t)place->function + 1);
	mp_proto_number(&line, LINE_LINE, place->line);
	mp_proto_message(m, LOCATION_LINE, &line);
}

static void put_location(struct profile *p, uint32_t at)
{
	const struct mp_calls *c = p->calls;
	const struct link *link = p->links.sums[at].key;
	const struct mp_place *outermost;
	struct mp_bytes m = { 0 };

	mp_proto_number(&m, LOCATION_ID, (uint64_t)at + 1);
	for (; link->outer != NONE; link = p->links.sums[link->outer].key)
		put_line(&m, &c->places[link->place]);
	outermost = &c->places[link->place];
	put_line(&m, outermost);
	mp_proto_number(&m, LOCATION_MAPPING,
			mapping_of(c, outermost->function));
	mp_proto_number(&m, LOCATION_ADDRESS, outermost->address);
	mp_proto_message(&p->out, PROFILE_LOCATION, &m);
}

static void put_function(struct profile *p, size_t at)
{
	const struct mp_function *f = &p->calls->functions[at];
	struct mp_bytes m = { 0 };

	mp_proto_number(&m, FUNCTION_ID, at + 1);
	put_string(&m, p, FUNCTION_NAME, f->name);
	put_string(&m, p, FUNCTION_LINKAGE, f->linkage);
	put_string(&m, p, FUNCTION_FILENAME, f->file);
	mp_proto_number(&m, FUNCTION_LINE, f->line);
	mp_proto_message(&p->out, PROFILE_FUNCTION, &m);
}

/* What is known of the functions of an object. */
struct known {
	bool files, lines;
};

static struct known *find_known(const struct mp_calls *c)
{
	struct known *ret = calloc(c->object_count + 1, sizeof(*ret));

	for (size_t i = 0; ret && i < c->place_count; i++) {
		const struct mp_place *place = &c->places[i];
		uint32_t object = mp_calls_object_of(c, place->function);

		if (object == MP_INDEX_NONE)
			continue;
		ret[object].files |= *c->functions[place->function].file;
		ret[object].lines |= place->line > 0;
	}
	return ret;
}

static void put_mapping(struct profile *p, size_t at, const struct known *known)
{
	const struct mp_view_object *o = &p->calls->objects[at];
	struct mp_bytes m = { 0 };

	mp_proto_number(&m, MAPPING_ID, at + 1);
	put_string(&m, p, MAPPING_FILENAME, o->path);
	put_string(&m, p, MAPPING_BUILD_ID, o->build_id);
	/* Names are as good as they get: readers shall not look for better. */
	mp_proto_number(&m, MAPPING_HAS_FUNCTIONS, true);
	mp_proto_number(&m, MAPPING_HAS_FILENAMES, known->files);
	mp_proto_number(&m, MAPPING_HAS_LINES, known->lines);
	mp_proto_number(&m, MAPPING_HAS_INLINES, known->lines);
	mp_proto_message(&p->out, PROFILE_MAPPING, &m);
}

/* The first one is taken for the program. */
static void put_mappings(struct profile *p)
{
	const struct mp_calls *c = p->calls;
	struct known *known = find_known(c);

	if (!known)
		p->out.err = -ENOMEM;
	for (int others = 0; known && others <= 1; others++)
		for (size_t i = 0; i < c->object_count; i++)
			if (others == !!strcmp(c->objects[i].path, c->head.exe))
				put_mapping(p, i, &known[i]);
	free(known);
}

/* ---- the profile ---- */

static void put_type(struct profile *p, unsigned field, const char *type,
		     const char *unit)
{
	struct mp_bytes m = { 0 };

	put_string(&m, p, TYPE_TYPE, type);
	put_string(&m, p, TYPE_UNIT, unit);
	mp_proto_message(&p->out, field, &m);
}

static void put_comments(struct profile *p)
{
	const struct mp_calls *c = p->calls;

	for (size_t i = 0; i < c->degraded_count; i++)
		put_string(&p->out, p, PROFILE_COMMENT, c->degraded[i]);
	for (size_t i = 0; i < c->warning_count; i++)
		put_string(&p->out, p, PROFILE_COMMENT, c->warnings[i]);
}

static void put_head(struct profile *p)
{
	const struct mp_view_head *h = &p->calls->head;
	const char *clock = h->wall ? "wall" : "cpu";

	/* String 0 is empty. */
	string_of(p, "");
	put_type(p, PROFILE_SAMPLE_TYPE, "samples", "count");
	put_type(p, PROFILE_SAMPLE_TYPE, clock, "nanoseconds");
	put_type(p, PROFILE_PERIOD_TYPE, clock, "nanoseconds");
	put_string(&p->out, p, PROFILE_DEFAULT_TYPE, clock);
	if (h->began_us != MP_UNKNOWN)
		mp_proto_number(&p->out, PROFILE_TIME_NANOS,
				(uint64_t)h->began_us * 1000);
	if (h->duration_ns != MP_UNKNOWN)
		mp_proto_number(&p->out, PROFILE_DURATION_NANOS,
				(uint64_t)h->duration_ns);
	if (h->tick_ns != MP_UNKNOWN)
		mp_proto_number(&p->out, PROFILE_PERIOD, (uint64_t)h->tick_ns);
	put_comments(p);
}

static void put_strings(struct profile *p)
{
	for (size_t i = 0; i < p->strings.count; i++) {
		const struct mp_tally_sum *s = &p->strings.sums[i];

		mp_proto_string(&p->out, PROFILE_STRING, s->key, s->len);
	}
}

int mp_write_pprof(FILE *out, const struct mp_calls *c)
{
	struct profile p = { .calls = c };

	put_head(&p);
	for (size_t i = 0; i < c->stack_count; i++)
		put_sample(&p, &c->stacks[i]);
	put_mappings(&p);
	for (size_t i = 0; i < p.links.count; i++)
		if (p.links.sums[i].count > 0)
			put_location(&p, (uint32_t)i);
	for (size_t i = 0; i < c->function_count; i++)
		put_function(&p, i);
	put_strings(&p);
	if (p.strings.err || p.links.err)
		p.out.err = -ENOMEM;
	mp_tally_release(&p.strings);
	mp_tally_release(&p.links);
	return mp_gzip_finish(&p.out, out);
}
