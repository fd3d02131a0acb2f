#include "report/pagesjson.h"

#include "report/columns.h"
#include "report/jsonout.h"
#include "report/listsjson.h"
#include "report/notes.h"
#include "report/scaled.h"
#include "report/show.h"

#include <inttypes.h>
#include <string.h>

static void put_word(FILE *out, const char *s)
{
	mp_jsonout_text(out, (struct mp_text){ s, strlen(s) });
}

static void put_cell(FILE *out, enum mp_column_id id, const struct mp_cell *c)
{
	char number[MP_COLUMN_ROOM];

	switch (c->kind) {
	case MP_CELL_UNKNOWN:
		fputs("null", out);
		break;
	case MP_CELL_TEXT:
		mp_jsonout_text(out, c->text);
		break;
	case MP_CELL_FLAG:
		fputs(c->whole ? "true" : "false", out);
		break;
	default:
		mp_column_number(id, c, number);
		fputs(number, out);
		break;
	}
}

static void put_page(FILE *out, enum mp_view_by by, const struct mp_page *page)
{
	struct mp_sentence room;
	const char *before = "{";

	for (enum mp_column_id i = 0; i < MP_COLUMNS; i++) {
		struct mp_cell cell;

		if (!mp_columns[i].key || !mp_column_is_of(i, by))
			continue;
		cell = mp_column_get(i, page, &room);
		fprintf(out, "%s\"%s\":", before, mp_column_key(i, by));
		put_cell(out, i, &cell);
		before = ",";
	}
	putc('}', out);
}

/* A page that there may not be. */
static void put_sum(FILE *out, enum mp_view_by by, const char *key,
		    const struct mp_page *page)
{
	fprintf(out, "\"%s\":", key);
	if (page->requests > 0)
		put_page(out, by, page);
	else
		fputs("null", out);
}

static void put_skipped(FILE *out, const struct mp_totals *t)
{
	bool told = t->one_in_max > 0;

	fprintf(out, "\"skipped\":{\"by_sampling\":%" PRId64, t->sampled.value);
	mp_jsonout_number(out, "by_threshold", t->threshold.value);
	mp_jsonout_number(out, "by_pause", t->paused.value);
	mp_jsonout_number(out, "one_in_min", told ? t->one_in_min : MP_UNKNOWN);
	mp_jsonout_number(out, "one_in_max", told ? t->one_in_max : MP_UNKNOWN);
	fputs("},\n", out);
}

/* What all requests retained, of which only a sample is in the log. */
static void put_scaled(FILE *out, const struct mp_report *r)
{
	struct mp_scaled s;

	if (mp_scaled_retained(r, &s))
		fputs("\"scaled\":null,\n", out);
	else
		fprintf(out,
			"\"scaled\":{\"requests\":%" PRIu64
			",\"retained\":%.15g,\"retained_error\":%.15g},\n",
			s.requests, s.retained, s.error);
}

/* ---- all of it ---- */

static void put_span(FILE *out, const struct mp_report *r)
{
	char first[MP_SHOW_MAX], last[MP_SHOW_MAX];

	if (mp_notes_span(r, first, last))
		fprintf(out, "\"first\":\"%s\",\n\"last\":\"%s\",\n", first,
			last);
	else
		fputs("\"first\":null,\n\"last\":null,\n", out);
}

void mp_pagesjson_print(const struct mp_report *r, FILE *out)
{
	const struct mp_totals *t = &r->totals;
	const struct mp_verdict_options *o = &r->options.verdict;

	fprintf(out, "{\"memprof_report\":%d,\n\"by\":", MP_PAGESJSON_VERSION);
	put_word(out, mp_view_name(r->by));
	fputs(",\n\"sorted_by\":", out);
	put_word(out, mp_column_key(r->sorted_by, r->by));
	fputs(",\n", out);
	put_span(out, r);
	fprintf(out,
		"\"warm_up\":{\"seconds\":%" PRId64 ",\"requests\":%" PRIu64
		"},\n",
		o->warmup_us / 1000000, o->warmup_requests);
	put_skipped(out, t);
	put_scaled(out, r);
	mp_listsjson_processes(r, out);
	mp_listsjson_gaps(r, out);
	mp_listsjson_killed(r, out);
	fprintf(out,
		"\"left_out\":%" PRIu64 ",\n"
		"\"faults\":%" PRIu64 ",\n\"partial\":%s,\n"
		"\"unknown_lines\":%" PRIu64 ",\n\"saturated\":%s,\n",
		r->left_out, r->faults, r->partial ? "true" : "false",
		t->unknown_own, t->saturated ? "true" : "false");
	fputs(r->by == MP_VIEW_PAGE ? "\"pages\":[" : "\"rows\":[", out);
	for (size_t i = 0; i < r->shown; i++) {
		fputs(i ? ",\n" : "\n", out);
		put_page(out, r->by, t->pages[i]);
	}
	fputs("],\n", out);
	put_sum(out, r->by, "other", &r->other);
	fputs(",\n", out);
	put_sum(out, r->by, "total", &r->all);
	fputs(",\n", out);
	put_sum(out, r->by, "outside", &t->outside);
	fputs(",\n", out);
	mp_listsjson_worst(r, out);
	fputs("}\n", out);
}
