#include "view/diffjson.h"

#include "view/diffstacks.h"
#include "view/jsonput.h"
#include "view/plain.h"
#include "view/sums.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>

static const char *const sides[MP_SIDES] = { "before", "after" };

static void put_side(FILE *out, const struct mp_calldiff *d, enum mp_side side)
{
	const struct mp_view_head *h = &d->head[side];

	fprintf(out, ",\n\"%s\":{\"requests\":%" PRIu64, sides[side],
		h->requests);
	mp_jsonput_known(out, "page_id", h->page_id);
	mp_jsonput_count(out, "samples", h->samples);
	mp_jsonput_number(out, "duration_ns", h->duration_ns);
	mp_jsonput_number(out, "cpu_ns", h->cpu_ns);
	mp_jsonput_count(out, "total_ns", d->total[side]);
	putc('}', out);
}

static int put_functions(FILE *out, const struct mp_calldiff *d)
{
	const struct mp_calls *c = &d->both;
	struct mp_sums_row *rows[MP_SIDES] = { mp_sums(c, MP_BEFORE),
					       mp_sums(c, MP_AFTER) };
	int err = rows[MP_BEFORE] && rows[MP_AFTER] ? 0 : -ENOMEM;

	fputs(",\n\"functions\":[", out);
	for (size_t i = 0; i < c->function_count && !err; i++) {
		mp_jsonput_next(out, i);
		fputs("{\"name\":", out);
		mp_plain_put_json(out, c->functions[i].name);
		mp_jsonput_known(out, "object", c->functions[i].object);
		for (unsigned j = 0; j < MP_SIDES; j++) {
			const struct mp_sums_row *row = &rows[j][i];

			fprintf(out, ",\"%s\":{\"self_ns\":%" PRIu64, sides[j],
				row->self);
			mp_jsonput_count(out, "total_ns", row->total);
			mp_jsonput_count(out, "samples", row->samples);
			putc('}', out);
		}
		putc('}', out);
	}
	putc(']', out);
	free(rows[MP_BEFORE]);
	free(rows[MP_AFTER]);
	return err;
}

/* In a diff places are functions, and nothing else. */
static void put_frames(FILE *out, const struct mp_calls *c,
		       const struct mp_stack *s)
{
	fputs(",\"functions\":[", out);
	for (uint32_t i = 0; i < s->depth; i++)
		fprintf(out, "%s%" PRIu32, i > 0 ? "," : "",
			c->places[s->places[i]].function);
	putc(']', out);
}

static int put_stacks(FILE *out, const struct mp_calldiff *d)
{
	struct mp_diffstacks stacks;
	int err = mp_diffstacks_build(d, &stacks);

	fputs(",\n\"stacks\":[", out);
	for (size_t i = 0; !err && i < stacks.count; i++) {
		const struct mp_diffstack *s = &stacks.list[i];

		mp_jsonput_next(out, i);
		fprintf(out, "{\"kind\":\"%s\"", mp_kind_names[s->stack->kind]);
		for (unsigned j = 0; j < MP_SIDES; j++)
			fprintf(out,
				",\"%s\":{\"value_ns\":%" PRIu64
				",\"samples\":%" PRIu64 "}",
				sides[j], s->change.ns[j],
				s->change.samples[j]);
		put_frames(out, &d->both, s->stack);
		putc('}', out);
	}
	putc(']', out);
	mp_diffstacks_release(&stacks);
	return err;
}

int mp_show_diffjson(FILE *out, const struct mp_calldiff *d,
		     const struct mp_view_style *style)
{
	int err;

	(void)style;
	fprintf(out,
		"{\"format\":\"memprof-view-diff\",\"version\":1,\n"
		"\"clock\":\"%s\"",
		d->both.head.wall ? "wall" : "cpu");
	for (unsigned i = 0; i < MP_SIDES; i++)
		put_side(out, d, i);
	err = put_functions(out, d);
	if (!err)
		err = put_stacks(out, d);
	fputs("}\n", out);
	return err;
}
