#include "report/html.h"

#include "memprof.h"
#include "report/explain.h"
#include "report/htmlgrid.h"
#include "report/htmlstyle.h"
#include "report/htmltable.h"
#include "report/htmltext.h"
#include "report/killedlist.h"
#include "report/notes.h"
#include "report/proclist.h"
#include "report/worstlist.h"

#include <string.h>

/* ---- the head ---- */

static void put_lines(FILE *out, const char *const *lines)
{
	for (; *lines; lines++)
		fprintf(out, "%s\n", *lines);
}

static void put_head(FILE *out, const struct mp_sentence *headline)
{
	fprintf(out,
		"<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n"
		"<meta charset=\"utf-8\">\n"
		"<meta http-equiv=\"Content-Security-Policy\" content=\""
		"default-src 'none'; style-src 'sha256-%s'; script-src "
		"'sha256-%s'; "
		"img-src data:; base-uri 'none'; form-action 'none'\">\n"
		"<meta name=\"viewport\" content=\"width=device-width, "
		"initial-scale=1\">\n"
		"<meta name=\"referrer\" content=\"no-referrer\">\n"
		"<title>%s - memprof report</title>\n"
		"<style>\n",
		MP_HTML_STYLE_SHA256, MP_HTML_SCRIPT_SHA256, headline->p);
	put_lines(out, mp_html_style);
	fputs("</style>\n</head>\n<body>\n", out);
}

static void put_facts(FILE *out, const struct mp_report *r)
{
	struct mp_sentence facts;

	mp_notes_facts(r, &facts);
	fputs("<p class=\"dim\">", out);
	mp_htmltext_put_sentence(out, &facts, 0, facts.len);
	fputs("</p>\n", out);
}

/* ---- what is said ---- */

/* What to do is a paragraph of its own. */
static void put_why(FILE *out, const struct mp_sentence *why)
{
	static const char next[] = " Next: ";
	const char *at = strstr(why->p, next);
	size_t end = at ? (size_t)(at - why->p) : why->len;

	fputs("<p class=\"why\">", out);
	mp_htmltext_put_sentence(out, why, 0, end);
	if (at && strcmp(at + strlen(next), "nothing.") != 0) {
		fputs("</p>\n<p><b>Next:</b> ", out);
		mp_htmltext_put_sentence(out, why, end + strlen(next),
					 why->len);
	}
	fputs("</p>\n", out);
}

static void put_statement(void *out, const struct mp_statement *s)
{
	bool leak = !strcmp(s->verdict, "leak");
	bool care = !strcmp(s->verdict, "leak?");

	fputs("<h3>", out);
	mp_htmltext_put_sentence(out, &s->who, 0, s->who.len);
	fprintf(out, ": <span class=\"%s\">%s</span></h3>\n",
		leak   ? "leak"
		: care ? "care"
		       : "plain",
		s->verdict);
	put_why(out, &s->why);
}

static void put_paragraph(FILE *out, const struct mp_sentence *s)
{
	if (s->len == 0)
		return;
	fputs("<p>", out);
	mp_htmltext_put_sentence(out, s, 0, s->len);
	fputs("</p>\n", out);
}

static void put_verdicts(FILE *out, const struct mp_report *r)
{
	struct mp_sentence s;
	size_t left;

	fputs("<section>\n<h2>Verdicts</h2>\n", out);
	mp_explain_caution(r, &s);
	put_paragraph(out, &s);
	left = mp_explain_each(r, put_statement, out);
	mp_explain_rest(r, left, &s);
	put_paragraph(out, &s);
	fputs("</section>\n", out);
}

static void put_note(void *out, const struct mp_sentence *note)
{
	fputs("<li>", out);
	mp_htmltext_put_sentence(out, note, 0, note->len);
	fputs("</li>\n", out);
}

/* ---- the parts ---- */

static void put_pages(FILE *out, const struct mp_report *r)
{
	fprintf(out, "<section>\n<h2>By %s</h2>\n", mp_view_name(r->by));
	mp_htmltable_print(r, out);
	fputs("<ul>\n", out);
	mp_notes_each(r, put_note, out);
	fputs("</ul>\n", out);
	mp_htmltable_print_legend(r, out);
	fputs("</section>\n", out);
}

static void put_lists(FILE *out, const struct mp_report *r)
{
	fputs("<section>\n<h2>Requests and processes</h2>\n", out);
	mp_killedlist_each(&r->killed, mp_htmlgrid_print, out);
	mp_worstlist_each(&r->worst, mp_htmlgrid_print, out);
	if (r->options.gaps) {
		fputs("<h3>Between requests</h3>\n<ul>\n", out);
		mp_gaplist_each(&r->gaps, put_note, out);
		fputs("</ul>\n", out);
		mp_gaplist_tell(&r->gaps, mp_htmlgrid_print, out);
	}
	mp_proclist_tell(&r->procs, r->options.processes, mp_htmlgrid_print,
			 out);
	fputs("</section>\n", out);
}

static void put_picture(FILE *out, const struct mp_htmlpicture *picture,
			const char *why)
{
	fputs("<section>\n<h2>Plots</h2>\n", out);
	if (picture) {
		mp_htmlpicture_print(picture,
				     "Plots of memory over time, and of what "
				     "each page kept",
				     out);
	} else {
		fputs("<p class=\"dim\">There are no plots: ", out);
		mp_htmltext_put_word(out, why);
		fputs(".</p>\n", out);
	}
	fputs("</section>\n", out);
}

void mp_html_print(const struct mp_report *r,
		   const struct mp_htmlpicture *picture, const char *why,
		   FILE *out)
{
	struct mp_sentence headline;

	if (r->by == MP_VIEW_PAGE) {
		mp_explain_headline(r, &headline);
	} else {
		mp_sentence_init(&headline);
		mp_sentence_add(&headline, "Requests by %s",
				mp_view_name(r->by));
	}
	put_head(out, &headline);
	fprintf(out, "<header>\n<h1>%s</h1>\n", headline.p);
	put_facts(out, r);
	fputs("</header>\n<main>\n", out);
	if (r->totals.count > 0) {
		if (r->by == MP_VIEW_PAGE)
			put_verdicts(out, r);
		put_pages(out, r);
		put_picture(out, picture, why);
		put_lists(out, r);
	}
	fprintf(out, "</main>\n<footer>memprof %d.%d.%d</footer>\n<script>\n",
		MEMPROF_VERSION_MAJOR, MEMPROF_VERSION_MINOR,
		MEMPROF_VERSION_PATCH);
	put_lines(out, mp_html_script);
	fputs("</script>\n</body>\n</html>\n", out);
}
