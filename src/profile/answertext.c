#include "profile/answertext.h"

#include "core/markup.h"
#include "memprof.h"

#include <stdbool.h>
#include <string.h>

struct out {
	char *at;
	size_t len, size;
	bool html; /* what is put as text is escaped */
};

static void put_bytes(struct out *out, const char *s, size_t len)
{
	size_t room = out->size - out->len;

	if (len > room)
		len = room;
	memcpy(out->at + out->len, s, len);
	out->len += len;
}

/* As it is: our own words, and markup. */
static void put(struct out *out, const char *s)
{
	put_bytes(out, s, strlen(s));
}

static bool is_control(char c)
{
	return (c >= 0 && c < 0x20) || c == 0x7f;
}

static void put_char(struct out *out, char c)
{
	const char *entity = out->html ? mp_markup_entity(c) : NULL;

	if (entity)
		put(out, entity);
	else
		put_bytes(out, is_control(c) ? "?" : &c, 1);
}

/* Somebody else's. */
static void put_text(struct out *out, const char *s)
{
	for (; *s; s++)
		put_char(out, *s);
}

/* One word of a command: in quotes, where the shell would see more in it. */
static void put_word(struct out *out, const char *s)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyz"
				    "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				    "0123456789/._-+:,@";

	if (*s && strspn(s, plain) == strlen(s)) {
		put(out, s);
		return;
	}
	put_char(out, '\'');
	for (; *s; s++) {
		if (*s == '\'')
			put_text(out, "'\\'");
		put_char(out, *s);
	}
	put_char(out, '\'');
}

/* ---- commands ---- */

/* What opens a profile, by what was asked for; the file comes last. */
static const struct command {
	uint32_t action;
	const char *words; /* before the file */
	const char *then;  /* and behind it */
} commands[] = {
	{ MEMPROF_ACTION_SHOW, "--format tree ", "" },
	{ MEMPROF_ACTION_FLAMEGRAPH, "--format flamegraph -o profile.svg ",
	  "" },
	{ MEMPROF_ACTION_CALLGRIND, "--format callgrind -o callgrind.out.1 ",
	  " && kcachegrind callgrind.out.1" },
	{ MEMPROF_ACTION_PPROF, "--format pprof -o profile.pb.gz ",
	  " && go tool pprof -http=: profile.pb.gz" },
	{ MEMPROF_ACTION_SPEEDSCOPE,
	  "--format speedscope -o profile.speedscope.json ",
	  " && speedscope profile.speedscope.json" },
	{ MEMPROF_ACTION_FOLDED, "--format folded -o profile.folded ", "" },
	{ MEMPROF_ACTION_PSTATS, "--format pstats -o profile.pstats ",
	  " && python3 -m pstats profile.pstats" },
};

#define COUNT(a) (sizeof(a) / sizeof(*(a)))

static void put_command(struct out *out, const char *words, const char *file,
			const char *then)
{
	put(out, "memprof view ");
	put_text(out, words);
	put_word(out, file);
	put_text(out, then);
	put(out, "\n");
}

static void put_commands(struct out *out, const struct mp_answertext *about)
{
	bool any = false;

	for (size_t i = 0; i < COUNT(commands); i++) {
		if (!(about->actions & commands[i].action))
			continue;
		put_command(out, commands[i].words, about->file,
			    commands[i].then);
		any = true;
	}
	if (!any)
		put_command(out, "", about->file, "");
}

/* ---- the answers ---- */

/* Where there is a value: a line of it. */
static void put_line(struct out *out, const char *name, const char *value)
{
	if (!value || !*value)
		return;
	put(out, name);
	put(out, out->html ? ": <code>" : ": ");
	put_text(out, value);
	put(out, out->html ? "</code><br>\n" : "\n");
}

static void put_lines(struct out *out, const struct mp_answertext *about)
{
	put_line(out, "Profile of", about->page_id);
	put_line(out, "Report", about->oops_id);
	put_line(out, "File", about->file);
	put_line(out, "Not understood", about->unknown);
	put_line(out, "Not shown here", about->failed);
}

size_t mp_answertext_piece(const struct mp_answertext *about, char *ret,
			   size_t size)
{
	struct out out = { .at = ret, .size = size, .html = true };

	put(&out, "<div class=\"memprof-profile\" style=\"clear:both;"
		  "margin:1em;padding:.5em 1em;border:1px solid #888;"
		  "background:#fff;color:#000;font:14px sans-serif;"
		  "overflow-wrap:anywhere\">\n");
	put_lines(&out, about);
	if (about->file) {
		put(&out, "<pre style=\"white-space:pre-wrap\">");
		put_commands(&out, about);
		put(&out, "</pre>\n");
	}
	put(&out, "</div>\n");
	return out.len;
}

size_t mp_answertext_head(const struct mp_answertext *about, char *ret,
			  size_t size)
{
	struct out out = { .at = ret, .size = size };

	put_lines(&out, about);
	if (about->file)
		put_commands(&out, about);
	put(&out, "\n");
	return out.len;
}

static const char help_begin[] =
	"<!DOCTYPE html>\n"
	"<html lang=\"en\">\n"
	"<head>\n"
	"<meta charset=\"utf-8\">\n"
	"<title>Profiles of requests</title>\n"
	"<style>\n"
	"body { font: 16px/1.5 sans-serif; margin: 2em; max-width: 45em }\n"
	"dt { font-family: monospace; margin-top: .5em }\n"
	"</style>\n"
	"</head>\n"
	"<body>\n"
	"<h1>Profiles of requests</h1>\n";

static const char help_rest[] =
	"<p>Put <code>/++profile++ACTIONS/</code> in front of a page's path, "
	"or anywhere in it, and that one request is profiled. ACTIONS are "
	"names with <code>&amp;</code> between them.</p>\n"
	"<dl>\n"
	"<dt>show</dt>\n"
	"<dd>the tree of calls, as text, in place of the page</dd>\n"
	"<dt>flamegraph</dt>\n"
	"<dd>a flame graph, as a picture, in place of the page</dd>\n"
	"<dt>callgrind, log</dt>\n"
	"<dd>the page, and how to open the profile in KCacheGrind</dd>\n"
	"<dt>pprof</dt>\n"
	"<dd>the page, and how to open the profile in pprof</dd>\n"
	"<dt>speedscope</dt>\n"
	"<dd>the page, and how to open the profile in speedscope</dd>\n"
	"<dt>folded</dt>\n"
	"<dd>the page, and how to get folded stacks</dd>\n"
	"<dt>pstats</dt>\n"
	"<dd>the page, and how to open the profile in Python's pstats</dd>\n"
	"<dt>wall</dt>\n"
	"<dd>time by the clock, waiting included, and not CPU time</dd>\n"
	"<dt>help</dt>\n"
	"<dd>this page</dd>\n"
	"</dl>\n"
	"<p>Parameters do it, too: <code>?profile</code> profiles the "
	"request, <code>?flamegraph=1</code> draws it, and "
	"<code>&amp;interval=0.001</code> sets the seconds between samples, "
	"0.0001 to 1.</p>\n"
	"</body>\n"
	"</html>\n";

size_t mp_answertext_help(const struct mp_answertext *about, char *ret,
			  size_t size)
{
	struct out out = { .at = ret, .size = size, .html = true };

	put(&out, help_begin);
	if (about->unknown && *about->unknown) {
		put(&out, "<p>Not understood: <code>");
		put_text(&out, about->unknown);
		put(&out, "</code></p>\n");
	}
	put(&out, help_rest);
	return out.len;
}
