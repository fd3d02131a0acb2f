#include "view/webpage.h"

#include "memprof.h"
#include "view/embed.h"
#include "view/flamegraph.h"
#include "view/plain.h"
#include "view/webfacts.h"
#include "view/webtables.h"

/* A browser zooms into so many, and draws so many that need no zooming. */
static const struct mp_layout_bounds all_bounds = { 30000, UINT64_MAX,
						    UINT32_MAX };
static const struct mp_layout_bounds first_bounds = { 2000, 400, UINT32_MAX };

static const struct mp_embed *const styles[] = { &mp_palette_css,
						 &mp_picture_css,
						 &mp_webpage_css, NULL };
static const struct mp_embed *const scripts[] = {
	&mp_model_js, &mp_picture_js, &mp_boxes_js,
	&mp_rings_js, &mp_webpage_js, NULL
};

static void put_hashes(FILE *out, const char *what,
		       const struct mp_embed *const *list)
{
	fprintf(out, "; %s-src", what);
	for (; *list; list++)
		fprintf(out, " 'sha256-%s'", (*list)->sha256);
}

static void put_each(FILE *out, const char *tag,
		     const struct mp_embed *const *list)
{
	for (; *list; list++) {
		fprintf(out, "<%s>", tag);
		mp_embed_put(out, *list);
		fprintf(out, "</%s>\n", tag);
	}
}

static void put_head(FILE *out, const struct mp_picture *p)
{
	fputs("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n"
	      "<meta charset=\"utf-8\">\n"
	      "<meta http-equiv=\"Content-Security-Policy\" content=\""
	      "default-src 'none'",
	      out);
	put_hashes(out, "style", styles);
	put_hashes(out, "script", scripts);
	fputs("; base-uri 'none'; form-action 'none'\">\n"
	      "<meta name=\"viewport\" content=\"width=device-width, "
	      "initial-scale=1\">\n"
	      "<meta name=\"referrer\" content=\"no-referrer\">\n<title>",
	      out);
	mp_picture_put_subject(out, p);
	fputs(" - memprof profile</title>\n", out);
	put_each(out, "style", styles);
	fputs("</head>\n<body>\n<header>\n<h1><bdi>", out);
	mp_picture_put_subject(out, p);
	fputs("</bdi></h1>\n<p class=\"dim\">", out);
	mp_picture_put_sum(out, p);
	fputs("</p>\n", out);
	if (!p->diff.diff)
		mp_webfacts_put_cautions(out, p->calls);
	fputs("</header>\n", out);
}

/* What the scripts show when they run: without them it would be of no use. */
static void put_tools(FILE *out)
{
	fputs("<div id=\"tools\" hidden>\n<fieldset class=\"kinds\">"
	      "<legend>Show as</legend>",
	      out);
	for (size_t i = 0; i < 3; i++) {
		static const char *const kinds[][2] = {
			{ "flame", "Flame graph" },
			{ "icicle", "Icicle" },
			{ "sunburst", "Sunburst" },
		};

		fprintf(out,
			"<label><input type=\"radio\" name=\"kind\" "
			"value=\"%s\"%s> %s</label>",
			kinds[i][0], i == 0 ? " checked" : "", kinds[i][1]);
	}
	fputs("</fieldset>\n"
	      "<label>Search <input type=\"search\" id=\"search\" "
	      "aria-keyshortcuts=\"/\"></label>\n"
	      "<button type=\"button\" id=\"reset\" "
	      "aria-keyshortcuts=\"Escape\">Reset</button>\n"
	      "<span id=\"found\" role=\"status\"></span>\n</div>\n"
	      "<nav id=\"stack\" aria-label=\"Call stack\" hidden>"
	      "<ol></ol></nav>\n",
	      out);
}

static void put_left_out(FILE *out, const struct mp_picture *p)
{
	if (p->layout.left_out > 0)
		fprintf(out,
			"<p class=\"dim\">The %zu calls that took most can be "
			"seen; %zu smaller ones are folded into their "
			"callers.</p>\n",
			p->layout.count - 1, p->layout.left_out);
}

static void put_legend(FILE *out, const struct mp_picture *p)
{
	const struct mp_picture_legend *l = mp_picture_legend(p);

	fputs("<p class=\"legend dim\">", out);
	for (; l->means; l++)
		fprintf(out,
			"<span><svg width=\"12\" height=\"12\" aria-hidden=\""
			"true\"><rect class=\"%s\" width=\"12\" height=\"12\"/>"
			"</svg> %s</span> ",
			l->class_name, l->means);
	fputs("</p>\n", out);
}

/* The flame graph, until the scripts draw it anew. */
static int put_calls(FILE *out, const struct mp_picture *all)
{
	const struct mp_calldiff *d = all->diff.diff;
	struct mp_picture first;
	int err = d ? mp_picture_init_diff(&first, d, &first_bounds)
		    : mp_picture_init(&first, all->calls, &first_bounds);

	if (err)
		return err;
	fputs("<section>\n<h2>Calls</h2>\n", out);
	put_tools(out);
	fprintf(out,
		"<div id=\"room\"><svg id=\"picture\" width=\"100%%\" "
		"height=\"%u\" aria-label=\"Calls\">\n",
		(first.layout.levels + 1) * MP_FLAMEGRAPH_ROW);
	mp_flamegraph_put(&first, out);
	fputs("</svg></div>\n<p id=\"details\"></p>\n"
	      "<p class=\"dim\" id=\"narrow\" hidden></p>\n",
	      out);
	put_legend(out, all);
	if (d) {
		fputs("<p class=\"legend dim\">" MP_DIFFDRAW_HOW " ", out);
		mp_diffdraw_put_gone(out, &all->diff);
		fputs("</p>\n", out);
	}
	put_left_out(out, all);
	fputs("<p class=\"dim\" id=\"keys\" hidden>Click a call, or focus it "
	      "and press Enter, to zoom; arrows walk, / searches, Escape "
	      "resets.</p>\n</section>\n",
	      out);
	mp_picture_release(&first);
	return 0;
}

static int put_tables(FILE *out, const struct mp_picture *p)
{
	int err;

	if (p->diff.diff)
		return mp_webtables_put_changes(out, p->diff.diff);
	err = mp_webtables_put_functions(out, p->calls);
	if (!err)
		err = mp_webtables_put_notes(out, p->calls);
	mp_webfacts_put(out, p->calls);
	return err;
}

static int put_body(FILE *out, const struct mp_picture *p)
{
	int err = put_calls(out, p);

	if (!err)
		err = put_tables(out, p);
	fprintf(out,
		"</main>\n<footer class=\"dim\">memprof %d.%d.%d</footer>\n"
		"<script type=\"application/json\" id=\"data\">",
		MEMPROF_VERSION_MAJOR, MEMPROF_VERSION_MINOR,
		MEMPROF_VERSION_PATCH);
	if (!err)
		err = mp_picture_put_data(out, p);
	return err;
}

/* The picture that was begun, and its end. */
static int write_page(FILE *out, struct mp_picture *p)
{
	int err;

	put_head(out, p);
	fputs("<main>\n", out);
	err = put_body(out, p);
	fputs("</script>\n", out);
	put_each(out, "script", scripts);
	fputs("</body>\n</html>\n", out);
	mp_picture_release(p);
	return err;
}

int mp_write_html(FILE *out, const struct mp_calls *c)
{
	struct mp_picture p;
	int err = mp_picture_init(&p, c, &all_bounds);

	return err ? err : write_page(out, &p);
}

int mp_show_htmldiff(FILE *out, const struct mp_calldiff *d,
		     const struct mp_view_style *style)
{
	struct mp_picture p;
	int err = mp_picture_init_diff(&p, d, &all_bounds);

	(void)style;
	return err ? err : write_page(out, &p);
}
