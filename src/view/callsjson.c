#include "view/callsjson.h"

#include "report/show.h"
#include "view/plain.h"
#include "view/sums.h"
#include "view/tree.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>

static void put_text(FILE *out, const char *key, const char *text)
{
	fprintf(out, ",\"%s\":", key);
	mp_plain_put_json(out, text);
}

/* An empty one is not known. */
static void put_known(FILE *out, const char *key, const char *text)
{
	if (*text)
		put_text(out, key, text);
	else
		fprintf(out, ",\"%s\":null", key);
}

static void put_count(FILE *out, const char *key, uint64_t n)
{
	fprintf(out, ",\"%s\":%" PRIu64, key, n);
}

static void put_number(FILE *out, const char *key, int64_t n)
{
	if (n == MP_UNKNOWN)
		fprintf(out, ",\"%s\":null", key);
	else
		fprintf(out, ",\"%s\":%" PRId64, key, n);
}

static void put_indices(FILE *out, const char *key, const uint32_t *list,
			uint32_t count)
{
	fprintf(out, ",\"%s\":[", key);
	for (uint32_t i = 0; i < count; i++)
		fprintf(out, i ? ",%" PRIu32 : "%" PRIu32, list[i]);
	putc(']', out);
}

static void put_list(FILE *out, const char *key, const char *const *list,
		     size_t count)
{
	fprintf(out, ",\n\"%s\":[", key);
	for (size_t i = 0; i < count; i++) {
		if (i > 0)
			putc(',', out);
		mp_plain_put_json(out, list[i]);
	}
	putc(']', out);
}

/* Between the things of an array, each on a line of its own. */
static void put_next(FILE *out, size_t i)
{
	fputs(i ? ",\n" : "\n", out);
}

static void put_head(FILE *out, const struct mp_calls *c)
{
	const struct mp_view_head *h = &c->head;
	char began[MP_SHOW_MAX] = "";

	if (h->began_us != MP_UNKNOWN)
		mp_show_moment(h->began_us, false, began);
	fprintf(out,
		"{\"format\":\"memprof-view\",\"version\":1,\n"
		"\"clock\":\"%s\"",
		h->wall ? "wall" : "cpu");
	put_known(out, "began", began);
	put_known(out, "page_id", h->page_id);
	put_known(out, "oops_id", h->oops_id);
	put_known(out, "host", h->host);
	put_number(out, "pid", h->pid);
	put_number(out, "tid", h->tid);
	put_known(out, "exe", h->exe);
	put_known(out, "mechanism", h->mechanism);
	put_count(out, "requests", h->requests);
	put_number(out, "duration_ns", h->duration_ns);
	put_number(out, "cpu_ns", h->cpu_ns);
	put_number(out, "interval_ns", h->interval_ns);
	put_number(out, "tick_ns", h->tick_ns);
	put_count(out, "samples", h->samples);
	put_count(out, "lost", h->lost);
	put_count(out, "cut", h->cut);
	put_count(out, "notes_dropped", h->notes_dropped);
	put_count(out, "total_ns", c->total);
	put_count(out, "left_out_ns", c->left_out);
}

static void put_readings(FILE *out, const struct mp_calls *c)
{
	fputs(",\n\"memory\":{", out);
	for (size_t i = 0; i < c->reading_count; i++) {
		const struct mp_view_reading *r = &c->readings[i];

		fprintf(out, "%s\"%s\":", i ? "," : "", r->name);
		if (r->value == MP_UNKNOWN)
			fputs("null", out);
		else
			fprintf(out, "%" PRId64, r->value);
	}
	putc('}', out);
}

static void put_pages(FILE *out, const struct mp_calls *c)
{
	fputs(",\n\"pages\":[", out);
	for (size_t i = 0; i < c->page_count; i++) {
		const struct mp_view_page *p = &c->pages[i];

		put_next(out, i);
		fputs("{\"id\":", out);
		mp_plain_put_json(out, p->id);
		put_count(out, "requests", p->requests);
		put_number(out, "duration_ns", p->duration_ns);
		put_number(out, "cpu_ns", p->cpu_ns);
		putc('}', out);
	}
	putc(']', out);
}

static int put_functions(FILE *out, const struct mp_calls *c)
{
	struct mp_sums_row *rows = mp_sums(c, MP_SUMS_ALL);

	if (!rows)
		return -ENOMEM;
	fputs(",\n\"functions\":[", out);
	for (size_t i = 0; i < c->function_count; i++) {
		const struct mp_function *f = &c->functions[i];

		put_next(out, i);
		fputs("{\"name\":", out);
		mp_plain_put_json(out, f->name);
		put_text(out, "linkage", f->linkage);
		put_known(out, "object", f->object);
		put_known(out, "file", f->file);
		put_count(out, "line", f->line);
		put_count(out, "self_ns", rows[i].self);
		put_count(out, "total_ns", rows[i].total);
		put_count(out, "samples", rows[i].samples);
		putc('}', out);
	}
	putc(']', out);
	free(rows);
	return 0;
}

static void put_places(FILE *out, const struct mp_calls *c)
{
	fputs(",\n\"places\":[", out);
	for (size_t i = 0; i < c->place_count; i++) {
		const struct mp_place *p = &c->places[i];

		put_next(out, i);
		fprintf(out, "{\"function\":%" PRIu32, p->function);
		put_count(out, "line", p->line);
		fprintf(out, ",\"inlined\":%s}", p->inlined ? "true" : "false");
	}
	putc(']', out);
}

static void put_stacks(FILE *out, const struct mp_calls *c)
{
	static const char *const kinds[MP_KINDS] = {
		[MP_KIND_CPU] = "cpu",
		[MP_KIND_BLOCKED] = "blocked",
		[MP_KIND_QUEUED] = "queued",
		[MP_KIND_UNSAMPLED] = "unsampled",
	};

	fputs(",\n\"stacks\":[", out);
	for (size_t i = 0; i < c->stack_count; i++) {
		const struct mp_stack *s = &c->stacks[i];

		put_next(out, i);
		fprintf(out, "{\"kind\":\"%s\"", kinds[s->kind]);
		put_count(out, "page", s->page);
		put_count(out, "samples", s->samples);
		put_count(out, "value_ns", s->value);
		put_indices(out, "places", s->places, s->depth);
		putc('}', out);
	}
	putc(']', out);
}

static void put_notes(FILE *out, const struct mp_calls *c)
{
	fputs(",\n\"notes\":[", out);
	for (size_t i = 0; i < c->note_count; i++) {
		const struct mp_view_note *n = &c->notes[i];

		put_next(out, i);
		fputs("{\"kind\":", out);
		mp_plain_put_json(out, n->kind);
		put_text(out, "text", n->text);
		put_count(out, "page", n->page);
		put_number(out, "start_ns", n->start_ns);
		put_number(out, "end_ns", n->end_ns);
		put_indices(out, "places", n->places, n->depth);
		putc('}', out);
	}
	putc(']', out);
}

/* Nested, without recursion: down to the first child, else on to the next
   sibling, else up. */
static int put_tree(FILE *out, const struct mp_calls *c)
{
	struct mp_tree t;
	uint32_t at = 0;
	int err = mp_tree_build(c, &t);

	if (err)
		return err;
	fputs(",\n\"tree\":\n", out);
	for (;;) {
		const struct mp_tree_node *n = &t.nodes[at];

		if (at == 0)
			fputs("{\"place\":null", out);
		else
			fprintf(out, "{\"place\":%" PRIu32, n->place);
		put_count(out, "samples", n->samples);
		put_count(out, "self_ns", n->self);
		put_count(out, "total_ns", n->total);
		put_count(out, "blocked_ns", n->blocked);
		fputs(",\"children\":[", out);
		if (n->first_child != MP_TREE_NONE) {
			putc('\n', out);
			at = n->first_child;
			continue;
		}
		while (at != 0 && t.nodes[at].next_sibling == MP_TREE_NONE) {
			fputs("]}", out);
			at = t.nodes[at].parent;
		}
		fputs("]}", out);
		if (at == 0)
			break;
		fputs(",\n", out);
		at = t.nodes[at].next_sibling;
	}
	mp_tree_release(&t);
	return 0;
}

int mp_write_callsjson(FILE *out, const struct mp_calls *c)
{
	int err;

	put_head(out, c);
	put_readings(out, c);
	put_list(out, "degraded", c->degraded, c->degraded_count);
	put_list(out, "warnings", c->warnings, c->warning_count);
	put_pages(out, c);
	err = put_functions(out, c);
	if (err)
		return err;
	put_places(out, c);
	put_stacks(out, c);
	put_notes(out, c);
	err = put_tree(out, c);
	fputs("}\n", out);
	return err;
}
