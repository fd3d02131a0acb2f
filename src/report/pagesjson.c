#include "report/pagesjson.h"

#include "report/columns.h"
#include "report/forms.h"
#include "report/json.h"
#include "report/notes.h"
#include "report/proclist.h"
#include "report/show.h"

#include <inttypes.h>
#include <string.h>

/* A text is a page's id, or a sentence. */
static void put_string(FILE *out, struct mp_text t)
{
	char string[2 * sizeof(((struct mp_sentence *)0)->p) + 2];
	const char *end = mp_json_put_string(string, t);

	fwrite(string, 1, (size_t)(end - string), out);
}

static void put_word(FILE *out, const char *s)
{
	put_string(out, (struct mp_text){ s, strlen(s) });
}

static void put_cell(FILE *out, enum mp_column_id id, const struct mp_cell *c)
{
	char number[MP_COLUMN_ROOM];

	switch (c->kind) {
	case MP_CELL_UNKNOWN:
		fputs("null", out);
		break;
	case MP_CELL_TEXT:
		put_string(out, c->text);
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
	fprintf(out,
		"\"skipped\":{\"by_sampling\":%" PRId64
		",\"by_threshold\":%" PRId64,
		t->sampled.value, t->threshold.value);
	if (t->one_in_max > 0)
		fprintf(out,
			",\"one_in_min\":%" PRId64 ",\"one_in_max\":%" PRId64
			"},\n",
			t->one_in_min, t->one_in_max);
	else
		fputs(",\"one_in_min\":null,\"one_in_max\":null},\n", out);
}

static void put_fragmented(FILE *out, const struct mp_life *life)
{
	struct mp_sentence why;

	mp_sentence_init(&why);
	mp_sentence_add_fragmentation(&why, life);
	fprintf(out,
		"{\"pid\":%" PRId64 ",\"heap_allocated\":%" PRId64
		",\"heap_active\":%" PRId64 ",\"heap_resident\":%" PRId64
		",\"explanation\":",
		life->pid, life->last.allocated, life->last.active,
		life->last.resident);
	put_string(out, (struct mp_text){ why.p, why.len });
	putc('}', out);
}

/* A number that may not be known, or not be there. */
static void put_number(FILE *out, const char *key, int64_t v)
{
	if (v == MP_UNKNOWN)
		fprintf(out, ",\"%s\":null", key);
	else
		fprintf(out, ",\"%s\":%" PRId64, key, v);
}

static void put_process(FILE *out, const struct mp_proc *p)
{
	char moment[MP_SHOW_MAX];

	fputs("{\"host\":", out);
	put_string(out, p->host);
	put_number(out, "pid", p->pid);
	if (mp_proc_began(p) == INT64_MIN) {
		fputs(",\"began\":null", out);
	} else {
		mp_show_moment(mp_proc_began(p), p->pid == MP_UNKNOWN, moment);
		fprintf(out, ",\"began\":\"%s\"", moment);
	}
	fprintf(out, ",\"requests\":%" PRIu64, p->run->requests);
	put_number(out, "rss_first", p->run->first.bytes);
	put_number(out, "rss_last", p->run->last.bytes);
	put_number(out, "rss_most", p->run->most_rss);
	put_number(out, "outside", p->run->outside_rss);
	if (p->end == MP_PROC_OPEN)
		fputs(",\"end\":null", out);
	else
		fprintf(out, ",\"end\":\"%s\"", mp_proc_end_name(p->end));
	put_number(out, "restarted_pid",
		   p->restarted_us == MP_UNKNOWN ? MP_UNKNOWN
						 : p->restarted_pid);
	putc('}', out);
}

static void put_processes(FILE *out, const struct mp_report *r)
{
	const struct mp_procs *p = &r->procs;

	fprintf(out,
		"\"processes\":{\"started\":%" PRIu64 ",\"stopped\":%" PRIu64
		",\"vanished\":%zu,\"maybe_vanished\":%zu,\"fragmented\":",
		r->totals.started, r->totals.stopped, p->gone, p->silent);
	if (r->processes.fragmented)
		put_fragmented(out, r->processes.fragmented);
	else
		fputs("null", out);
	fputs(",\"list\":[", out);
	for (size_t i = 0; i < p->count; i++) {
		fputs(i ? ",\n" : "\n", out);
		put_process(out, &p->procs[i]);
	}
	fputs("]},\n", out);
}

/* ---- requests ---- */

static void put_request(FILE *out, const struct mp_worst_request *request)
{
	char line[MP_FORMS_MAX], moment[MP_SHOW_MAX];
	struct mp_fields fields;
	size_t len;

	mp_fields_from(&fields, &request->record);
	mp_show_moment(request->record.timestamp_us,
		       request->form != MP_RECORD_FORMAT_1, moment);
	fields.text[MP_FIELDS_TIMESTAMP] =
		(struct mp_text){ moment, strlen(moment) };
	len = mp_json_write(&fields, line);
	/* Without its newline. */
	fwrite(line, 1, len - 1, out);
}

/* Those who are listed as the worst, and how many more have as much as the
   last one. */
static void put_worst(FILE *out, const struct mp_worst *w)
{
	static const char *const keys[] = {
		[MP_WORST_RETAINED] = "retained",
		[MP_WORST_PEAK] = "peak",
		[MP_WORST_CLEAN_RSS] = "clean_rss",
		[MP_WORST_RSS] = "rss",
	};

	fputs("\"worst\":{", out);
	for (unsigned i = 0; i < MP_WORST_LISTS; i++) {
		const struct mp_worst_list *list = &w->lists[i];

		fprintf(out, "%s\n\"%s\":{\"more\":%" PRIu64 ",\"requests\":[",
			i ? "," : "", keys[i], list->equal);
		for (size_t k = 0; k < list->count; k++) {
			fputs(k ? ",\n" : "\n", out);
			put_request(out, list->requests[k]);
		}
		fputs("]}", out);
	}
	fputs("}", out);
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
	put_processes(out, r);
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
	put_worst(out, &r->worst);
	fputs("}\n", out);
}
