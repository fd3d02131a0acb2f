#include "report/listsjson.h"

#include "report/forms.h"
#include "report/json.h"
#include "report/jsonout.h"
#include "report/proclist.h"
#include "report/sentence.h"
#include "report/show.h"

#include <inttypes.h>
#include <string.h>

/* ---- processes ---- */

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
	mp_jsonout_text(out, (struct mp_text){ why.p, why.len });
	putc('}', out);
}

static void put_process(FILE *out, const struct mp_proc *p)
{
	char moment[MP_SHOW_MAX];

	fputs("{\"host\":", out);
	mp_jsonout_text(out, p->host);
	mp_jsonout_number(out, "pid", p->pid);
	if (mp_proc_began(p) == INT64_MIN) {
		fputs(",\"began\":null", out);
	} else {
		mp_show_moment(mp_proc_began(p), p->pid == MP_UNKNOWN, moment);
		fprintf(out, ",\"began\":\"%s\"", moment);
	}
	fprintf(out, ",\"requests\":%" PRIu64, p->run->requests);
	mp_jsonout_number(out, "rss_first", p->run->first.bytes);
	mp_jsonout_number(out, "rss_last", p->run->last.bytes);
	mp_jsonout_number(out, "rss_most", p->run->most_rss);
	mp_jsonout_number(out, "outside", p->run->outside_rss);
	if (p->end == MP_PROC_OPEN)
		fputs(",\"end\":null", out);
	else
		fprintf(out, ",\"end\":\"%s\"", mp_proc_end_name(p->end));
	mp_jsonout_number(out, "restarted_pid",
			  p->restarted_us == MP_UNKNOWN ? MP_UNKNOWN
							: p->restarted_pid);
	putc('}', out);
}

void mp_listsjson_processes(const struct mp_report *r, FILE *out)
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

/* ---- between requests ---- */

static void put_gap(FILE *out, const struct mp_gap_row *row)
{
	bool local = row->pid == MP_UNKNOWN;
	char from[MP_SHOW_MAX], until[MP_SHOW_MAX];

	mp_show_moment(row->gap.from_us, local, from);
	mp_show_moment(row->gap.until_us, local, until);
	fputs("{\"host\":", out);
	mp_jsonout_text(out, row->host);
	mp_jsonout_number(out, "pid", row->pid);
	fprintf(out, ",\"from\":\"%s\",\"until\":\"%s\",\"rss\":%" PRId64 "}",
		from, until, row->gap.growth);
}

void mp_listsjson_gaps(const struct mp_report *r, FILE *out)
{
	const struct mp_gap_list *g = &r->gaps;

	if (!r->options.gaps) {
		fputs("\"gaps\":null,\n", out);
		return;
	}
	fprintf(out,
		"\"gaps\":{\"count\":%" PRIu64 ",\"rss\":%" PRId64
		",\"unlogged\":%" PRIu64 ",\"unusable\":%" PRIu64
		",\"late\":%" PRIu64 ",\"largest\":[",
		g->count, g->growth, g->unlogged, g->unusable, g->late);
	for (size_t i = 0; i < g->largest_count; i++) {
		fputs(i ? ",\n" : "\n", out);
		put_gap(out, &g->largest[i]);
	}
	fputs("]},\n", out);
}

/* ---- requests ---- */

static void put_killed_page(FILE *out, const struct mp_killed_page *p)
{
	fputs("{\"page_id\":", out);
	mp_jsonout_text(out, p->id);
	fprintf(out, ",\"requests\":%" PRIu64, p->requests);
	mp_jsonout_number(out, "rss", p->growth);
	mp_jsonout_number(out, "began_before_us", p->took_us);
	mp_jsonout_number(out, "oldest_us", p->oldest_us);
	putc('}', out);
}

static void put_kill(FILE *out, const struct mp_kill *k)
{
	char moment[MP_SHOW_MAX];

	mp_show_moment(k->last_us, k->is_local, moment);
	fputs("{\"host\":", out);
	mp_jsonout_text(out, k->host);
	mp_jsonout_number(out, "pid", k->pid);
	fprintf(out, ",\"last_seen\":\"%s\"", moment);
	mp_jsonout_number(out, "rss", k->rss);
	fprintf(out, ",\"requests\":%" PRIu64 ",\"pages\":[", k->requests);
	for (size_t i = 0; i < k->count; i++) {
		fputs(i ? ",\n" : "\n", out);
		put_killed_page(out, &k->pages[i]);
	}
	fputs("]}", out);
}

void mp_listsjson_killed(const struct mp_report *r, FILE *out)
{
	fputs("\"killed\":[", out);
	for (size_t i = 0; i < r->killed.count; i++) {
		fputs(i ? ",\n" : "\n", out);
		put_kill(out, &r->killed.kills[i]);
	}
	fputs("],\n", out);
}

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

void mp_listsjson_worst(const struct mp_report *r, FILE *out)
{
	static const char *const keys[] = {
		[MP_WORST_RETAINED] = "retained",
		[MP_WORST_PEAK] = "peak",
		[MP_WORST_CLEAN_RSS] = "clean_rss",
		[MP_WORST_RSS] = "rss",
	};

	fputs("\"worst\":{", out);
	for (unsigned i = 0; i < MP_WORST_LISTS; i++) {
		const struct mp_worst_list *list = &r->worst.lists[i];

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
