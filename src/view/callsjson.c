#include "view/callsjson.h"

#include "report/show.h"
#include "view/jsonput.h"
#include "view/plain.h"
#include "view/sums.h"
#include "view/tree.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>

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
	mp_jsonput_known(out, "began", began);
	mp_jsonput_known(out, "page_id", h->page_id);
	mp_jsonput_known(out, "oops_id", h->oops_id);
	mp_jsonput_known(out, "host", h->host);
	mp_jsonput_number(out, "pid", h->pid);
	mp_jsonput_number(out, "tid", h->tid);
	mp_jsonput_known(out, "exe", h->exe);
	mp_jsonput_known(out, "mechanism", h->mechanism);
	mp_jsonput_count(out, "requests", h->requests);
	mp_jsonput_number(out, "duration_ns", h->duration_ns);
	mp_jsonput_number(out, "cpu_ns", h->cpu_ns);
	mp_jsonput_number(out, "interval_ns", h->interval_ns);
	mp_jsonput_number(out, "tick_ns", h->tick_ns);
	mp_jsonput_count(out, "samples", h->samples);
	mp_jsonput_count(out, "lost", h->lost);
	mp_jsonput_count(out, "cut", h->cut);
	mp_jsonput_count(out, "notes_dropped", h->notes_dropped);
	mp_jsonput_count(out, "total_ns", c->total);
	mp_jsonput_count(out, "left_out_ns", c->left_out);
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

		mp_jsonput_next(out, i);
		fputs("{\"id\":", out);
		mp_plain_put_json(out, p->id);
		mp_jsonput_count(out, "requests", p->requests);
		mp_jsonput_number(out, "duration_ns", p->duration_ns);
		mp_jsonput_number(out, "cpu_ns", p->cpu_ns);
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

		mp_jsonput_next(out, i);
		fputs("{\"name\":", out);
		mp_plain_put_json(out, f->name);
		mp_jsonput_text(out, "linkage", f->linkage);
		mp_jsonput_known(out, "object", f->object);
		mp_jsonput_known(out, "file", f->file);
		mp_jsonput_count(out, "line", f->line);
		mp_jsonput_count(out, "self_ns", rows[i].self);
		mp_jsonput_count(out, "total_ns", rows[i].total);
		mp_jsonput_count(out, "samples", rows[i].samples);
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

		mp_jsonput_next(out, i);
		fprintf(out, "{\"function\":%" PRIu32, p->function);
		mp_jsonput_count(out, "line", p->line);
		fprintf(out, ",\"inlined\":%s}", p->inlined ? "true" : "false");
	}
	putc(']', out);
}

static void put_stacks(FILE *out, const struct mp_calls *c)
{
	fputs(",\n\"stacks\":[", out);
	for (size_t i = 0; i < c->stack_count; i++) {
		const struct mp_stack *s = &c->stacks[i];

		mp_jsonput_next(out, i);
		fprintf(out, "{\"kind\":\"%s\"", mp_kind_names[s->kind]);
		mp_jsonput_count(out, "page", s->page);
		mp_jsonput_count(out, "samples", s->samples);
		mp_jsonput_count(out, "value_ns", s->value);
		mp_jsonput_indices(out, "places", s->places, s->depth);
		putc('}', out);
	}
	putc(']', out);
}

static void put_notes(FILE *out, const struct mp_calls *c)
{
	fputs(",\n\"notes\":[", out);
	for (size_t i = 0; i < c->note_count; i++) {
		const struct mp_view_note *n = &c->notes[i];

		mp_jsonput_next(out, i);
		fputs("{\"kind\":", out);
		mp_plain_put_json(out, n->kind);
		mp_jsonput_text(out, "text", n->text);
		mp_jsonput_count(out, "page", n->page);
		mp_jsonput_number(out, "start_ns", n->start_ns);
		mp_jsonput_number(out, "end_ns", n->end_ns);
		mp_jsonput_indices(out, "places", n->places, n->depth);
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
		mp_jsonput_count(out, "samples", n->samples);
		mp_jsonput_count(out, "self_ns", n->self);
		mp_jsonput_count(out, "total_ns", n->total);
		mp_jsonput_count(out, "blocked_ns", n->blocked);
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
	mp_jsonput_list(out, "degraded", c->degraded, c->degraded_count);
	mp_jsonput_list(out, "warnings", c->warnings, c->warning_count);
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
