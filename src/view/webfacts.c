#include "view/webfacts.h"

#include "core/record.h"
#include "profile/format.h"
#include "report/show.h"
#include "view/plain.h"
#include "view/words.h"

#include <inttypes.h>
#include <string.h>
#include <time.h>

static void put_list(FILE *out, const char *const *texts, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		fputs("<li>", out);
		mp_plain_put_markup(out, texts[i]);
		fputs("</li>\n", out);
	}
}

static void put_lost(FILE *out, uint64_t n, const char *what)
{
	if (n > 0)
		fprintf(out, "<li>%" PRIu64 " %s.</li>\n", n, what);
}

static void put_filtered(FILE *out, uint64_t ns)
{
	char text[MP_WORDS_MAX];

	if (ns == 0)
		return;
	mp_words_time(ns, text);
	fprintf(out, "<li>%s were left out by a filter.</li>\n", text);
}

void mp_webfacts_put_cautions(FILE *out, const struct mp_calls *c)
{
	const struct mp_view_head *h = &c->head;

	if (!c->degraded_count && !c->warning_count && !h->lost && !h->cut &&
	    !h->notes_dropped && !c->left_out)
		return;
	fputs("<ul class=\"care\">\n", out);
	put_filtered(out, c->left_out);
	put_list(out, c->degraded, c->degraded_count);
	put_list(out, c->warnings, c->warning_count);
	put_lost(out, h->lost, "samples were lost");
	put_lost(out, h->cut, "stacks were too deep and lack their roots");
	put_lost(out, h->notes_dropped, "notes were dropped");
	fputs("</ul>\n", out);
}

static void put_text(FILE *out, const char *name, const char *text)
{
	if (!*text)
		return;
	fprintf(out, "<dt>%s</dt><dd><bdi>", name);
	mp_plain_put_markup(out, text);
	fputs("</bdi></dd>\n", out);
}

static void put_number(FILE *out, const char *name, int64_t v)
{
	if (v != MP_UNKNOWN)
		fprintf(out, "<dt>%s</dt><dd>%" PRId64 "</dd>\n", name, v);
}

static void put_time(FILE *out, const char *name, int64_t ns)
{
	char text[MP_WORDS_MAX];

	if (ns == MP_UNKNOWN)
		return;
	mp_words_time((uint64_t)ns, text);
	fprintf(out, "<dt>%s</dt><dd>%s</dd>\n", name, text);
}

static void put_part(FILE *out, const char *name, uint64_t ns)
{
	if (ns > 0)
		put_time(out, name, (int64_t)ns);
}

static void put_began(FILE *out, int64_t us)
{
	time_t seconds = (time_t)(us / 1000000);
	char text[64];
	struct tm tm;

	if (us == MP_UNKNOWN || !gmtime_r(&seconds, &tm))
		return;
	strftime(text, sizeof(text), "%Y-%m-%d %H:%M:%S UTC", &tm);
	put_text(out, "Began", text);
}

/* All are bytes, but one. */
static void put_reading(FILE *out, const struct mp_view_reading *r)
{
	char text[MP_SHOW_MAX];

	if (r->value == MP_UNKNOWN || !strcmp(r->name, MP_FORMAT_OVERLAP)) {
		put_number(out, r->name, r->value);
		return;
	}
	mp_show_bytes(r->value, text);
	fprintf(out, "<dt>%s</dt><dd>%s</dd>\n", r->name, text);
}

static void put_pages(FILE *out, const struct mp_calls *c)
{
	if (c->page_count < 2)
		return;
	fputs("<dt>Pages</dt><dd>", out);
	for (size_t i = 0; i < c->page_count; i++) {
		fputs(i > 0 ? ", <bdi>" : "<bdi>", out);
		mp_plain_put_markup(out, c->pages[i].id);
		fprintf(out, "</bdi> (%" PRIu64 ")", c->pages[i].requests);
	}
	fputs("</dd>\n", out);
}

void mp_webfacts_put(FILE *out, const struct mp_calls *c)
{
	const struct mp_view_head *h = &c->head;

	fputs("<section>\n<h2>About this profile</h2>\n<dl>\n", out);
	put_began(out, h->began_us);
	put_pages(out, c);
	put_text(out, "Oops id", h->oops_id);
	put_text(out, "Program", h->exe);
	put_text(out, "Host", h->host);
	put_number(out, "Process", h->pid);
	put_number(out, "Thread", h->tid);
	put_time(out, "Duration", h->duration_ns);
	put_time(out, "CPU time", h->cpu_ns);
	put_part(out, "Blocked", c->by_kind[MP_KIND_BLOCKED]);
	put_part(out, "Waiting for a CPU", c->by_kind[MP_KIND_QUEUED]);
	put_part(out, "Not sampled", c->by_kind[MP_KIND_UNSAMPLED]);
	put_text(out, "Sampled by", h->mechanism);
	put_time(out, "Interval asked for", h->interval_ns);
	put_time(out, "Shortest interval", h->tick_ns);
	for (size_t i = 0; i < c->reading_count; i++)
		put_reading(out, &c->readings[i]);
	fputs("</dl>\n</section>\n", out);
}
