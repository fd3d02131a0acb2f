#include "report/script.h"

#include "core/escape.h"

#include <math.h>
#include <string.h>
#include <wchar.h>
#include <wctype.h>

#define LEFT   11 /* columns of the vertical axis' labels */
#define LEGEND 44 /* columns of a legend at the right, at most */
#define SAMPLE 5  /* columns of its lines */
#define NARROW 100
#define ENTRY  1.1 /* lines of one in a legend */
#define TITLE  2   /* lines */
#define AXIS   3
#define GAP    1

/* Colours that the colour-blind tell apart, after Okabe and Ito. */
const char *const mp_script_colours[MP_SCRIPT_COLOURS] = {
	"#0072B2", "#D55E00", "#009E73", "#CC79A7",
	"#E69F00", "#56B4E9", "#000000",
};

/* ---- places ---- */

/* Columns of a legend at the right. */
static double legend_width(const struct mp_script *s)
{
	return fmin(LEGEND, s->columns * 0.3);
}

bool mp_script_is_narrow(const struct mp_script *s)
{
	return s->columns < NARROW;
}

struct mp_frame mp_script_frame(const struct mp_script *s, double top,
				double lines)
{
	struct mp_frame f = {
		.left = LEFT,
		.right = s->columns -
			 (mp_script_is_narrow(s) ? 3 : legend_width(s)),
		.top = top + TITLE,
		.bottom = top + TITLE + lines,
	};

	f.legend_left = mp_script_is_narrow(s) ? f.left : f.right + 2;
	f.legend_top = mp_script_is_narrow(s) ? f.bottom + AXIS + 0.3 : f.top;
	return f;
}

double mp_script_height(const struct mp_script *s, double lines, size_t entries)
{
	return TITLE + lines + AXIS + GAP +
	       (mp_script_is_narrow(s) ? ceil(ENTRY * (double)entries) : 0);
}

size_t mp_script_legend_columns(const struct mp_script *s)
{
	return mp_script_is_narrow(s) ? (size_t)(s->columns - LEFT - SAMPLE - 2)
				      : (size_t)legend_width(s) - SAMPLE - 2;
}

/* The first letter is at 0, and the last at 1. */
static double last(const struct mp_script *s, double count)
{
	return s->style.picture == MP_PICTURE_TEXT ? count - 1 : count;
}

static double screen_x(const struct mp_script *s, double column)
{
	return column / last(s, s->columns);
}

static double screen_y(const struct mp_script *s, double line)
{
	return 1 - line / last(s, s->lines);
}

void mp_script_put_text(const struct mp_script *s, double column, double line,
			bool bold, const char *text)
{
	/* Families and sizes as in the terminal's font. */
	static const char *const fonts[] = {
		[MP_PICTURE_SVG] = "sans-serif Bold,13",
		[MP_PICTURE_PNG] = "sans:Bold,13",
		[MP_PICTURE_PDF] = "sans:Bold,10",
		[MP_PICTURE_TEXT] = "",
	};

	fputs("set label ", s->out);
	mp_script_put_string(s, text);
	fprintf(s->out, " at screen %.6f, screen %.6f left",
		screen_x(s, column), screen_y(s, line));
	if (bold)
		fprintf(s->out, " font '%s'", fonts[s->style.picture]);
	putc('\n', s->out);
}

void mp_script_begin(const struct mp_script *s, const struct mp_frame *f,
		     const char *title)
{
	fputs("unset label\nunset logscale\nunset xlabel\n"
	      "set xtics nomirror autofreq numeric format '%g'\n"
	      "set ytics nomirror autofreq numeric format '%g'\n"
	      "set tics scale 0.5\n",
	      s->out);
	/* A terminal has its own colour, which its background suits. */
	if (s->style.picture != MP_PICTURE_TEXT)
		fputs("set tics textcolor rgb '#404040'\n", s->out);
	fprintf(s->out,
		"set lmargin at screen %.6f\nset rmargin at screen %.6f\n"
		"set tmargin at screen %.6f\nset bmargin at screen %.6f\n",
		screen_x(s, f->left), screen_x(s, f->right),
		screen_y(s, f->top), screen_y(s, f->bottom));
	fprintf(s->out,
		"set key at screen %.6f, screen %.6f left top Left reverse "
		"vertical maxcols 1 samplen 2 spacing 1.1\n",
		screen_x(s, f->legend_left), screen_y(s, f->legend_top));
	if (title)
		mp_script_put_text(s, mp_script_is_narrow(s) ? 1 : f->left,
				   f->top - 1, true, title);
}

void mp_script_end(const struct mp_script *s)
{
	fputs("  NaN notitle\n", s->out);
}

void mp_script_nothing(const struct mp_script *s, const char *why)
{
	fprintf(s->out,
		"unset xtics\nunset ytics\nset xrange [0:1]\nset yrange [0:1]\n"
		"set label '%s' at graph 0.5, graph 0.5 center\n"
		"plot -1 notitle\n",
		why);
}

/* ---- texts ---- */

/* Every font that pictures are drawn with has the letters of Latin, Greek and
   Cyrillic. */
#define COMMON_END 0x530

/* gnuplot's cairo draws a character that no font has over the whole picture. */
static bool can_show(enum mp_picture picture, wchar_t c)
{
	if (picture == MP_PICTURE_SVG)
		return iswprint((wint_t)c) != 0;
	return c < COMMON_END && wcwidth(c) == 1;
}

/* The bytes of the next character of a text, and whether it can be shown. */
static size_t next_character(enum mp_picture picture, struct mp_text t,
			     bool *ret_shown)
{
	mbstate_t state = { 0 };
	wchar_t c;
	size_t n = mbrtowc(&c, t.p, t.len, &state);

	if (n == 0 || n > t.len) {
		*ret_shown = false;
		return 1;
	}
	*ret_shown = can_show(picture, c);
	return n;
}

/* Write `t` with what cannot be shown encoded; returns whether all can be. */
static bool put_shown(enum mp_picture picture, struct mp_text t, char *ret)
{
	bool all = true;

	while (t.len > 0) {
		bool shown;
		size_t n = next_character(picture, t, &shown);

		for (size_t i = 0; i < n; i++)
			ret += sprintf(ret, shown ? "%c" : "%%%02X",
				       (unsigned char)t.p[i]);
		all = all && shown;
		t = (struct mp_text){ t.p + n, t.len - n };
	}
	*ret = '\0';
	return all;
}

/* Columns of letters of average width that a text takes. */
static size_t weight(const char *text)
{
	struct mp_text t = { text, strlen(text) };
	size_t broad = 0;

	for (; *text; text++)
		broad += *text && strchr("MWmw@%", *text);
	return mp_show_width(t) + (broad + 1) / 2;
}

size_t mp_script_show_id(const struct mp_script *s, struct mp_text id,
			 size_t columns, char *ret)
{
	char raw[MP_ESCAPE_MAX], room[MP_SHOW_ID_MAX];
	size_t len = mp_unescape(id.p, id.len, raw), cut = columns;

	if (!put_shown(s->style.picture, (struct mp_text){ raw, len }, room))
		put_shown(s->style.picture, id, room);
	do
		mp_show_id((struct mp_text){ room, strlen(room) }, cut, ret);
	while (weight(ret) > columns && --cut > 0);
	return weight(ret);
}

/* An SVG takes it for the beginning of an entity before a hexadecimal number;
   the others never do. */
static void put_ampersand(const struct mp_script *s, const char *text)
{
	if (s->style.picture == MP_PICTURE_SVG && text[1] == '#' &&
	    text[2] == 'x')
		fputs("&#x26;", s->out);
	else
		putc('&', s->out);
}

/*
 * Between double quotes gnuplot runs what stands in
 * backquotes, and may expand `@`; a constant between single quotes cannot begin
 * with one.
 */
void mp_script_put_string(const struct mp_script *s, const char *text)
{
	putc('"', s->out);
	for (; *text; text++) {
		if (*text == '"' || *text == '\\')
			fprintf(s->out, "\\%c", *text);
		else if (*text == '`' || *text == '@')
			fprintf(s->out, "\\%03o", (unsigned char)*text);
		else if (*text == '&')
			put_ampersand(s, text);
		else
			putc(*text, s->out);
	}
	putc('"', s->out);
}

/* ---- pages ---- */

const char *mp_script_grey(const struct mp_script *s)
{
	return s->style.picture == MP_PICTURE_TEXT
		       ? "with dots"
		       : "with lines lw 1.3 lc rgb '" MP_SCRIPT_GREY "'";
}

const char *mp_script_page_colour(const struct mp_script *s,
				  const struct mp_course *page)
{
	for (size_t i = 0; i < s->page_count; i++)
		if (s->pages[i] == page)
			return mp_script_colours[i];
	return MP_SCRIPT_GREY;
}

const char *mp_script_growth(const struct mp_script *s)
{
	static const struct {
		const char *wide, *narrow;
	} names[] = {
		[MP_RANK_RETAINED] = { "retained heap", "retained heap" },
		[MP_RANK_CLEAN_RSS] = { "RSS growth of clean requests",
					"clean RSS growth" },
		[MP_RANK_RSS] = { "RSS growth, which others may share",
				  "RSS growth of all" },
	};

	return mp_script_is_narrow(s) ? names[s->rank].narrow
				      : names[s->rank].wide;
}
