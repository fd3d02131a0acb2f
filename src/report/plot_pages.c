/* plot_pages: what each page kept in all, as bars. */

#include "report/axes.h"
#include "report/panels.h"

#include <math.h>

#define BARS_MAX    15
#define BARS_MIN    4 /* rooms for bars: a lone one is not a wall */
#define ZEROS_MAX   3 /* bars of pages that kept nothing */
#define ID_COLUMNS  44
#define END_COLUMNS 30 /* of the text behind a bar */
#define END_NARROW  12 /* of that without the mean */
#define NARROW	    64 /* columns of a picture without room for it */
#define TIC_COLUMNS 12 /* between two tics */

/* The pages that are drawn, and how many are not. */
struct bars {
	const struct mp_course *pages[BARS_MAX];
	size_t count;
	size_t zeros;  /* left out, as they neither grew nor shrank */
	size_t others; /* left out */
};

static struct bars choose(const struct mp_script *s)
{
	const struct mp_courses *c = &s->plots->courses;
	struct bars b = { .count = 0 };
	size_t zeros = 0;

	for (size_t i = 0; i < c->names.count; i++) {
		const struct mp_course *page = c->pages[i];
		bool known = page->growth.lines > 0 && page->rank == s->rank;

		if (known && page->growth.value == 0 && ++zeros > ZEROS_MAX)
			b.zeros++;
		else if (known && b.count < BARS_MAX)
			b.pages[b.count++] = page;
		else
			b.others++;
	}
	return b;
}

static size_t rooms(const struct bars *b)
{
	return b->count < BARS_MIN ? BARS_MIN : b->count;
}

/* With letters alone a bar is a line, and so is the axis. */
static double bar_lines(const struct mp_script *s, const struct bars *b)
{
	return s->style.picture == MP_PICTURE_TEXT ? (double)rooms(b) + 1
						   : (double)rooms(b) * 1.3;
}

/* Room before the first bar and behind the last, in bars. */
static double bar_room(const struct mp_script *s)
{
	return s->style.picture == MP_PICTURE_TEXT ? 1 : 0.5;
}

static bool is_narrow(const struct mp_script *s)
{
	return s->columns < NARROW;
}

static size_t id_columns(const struct mp_script *s)
{
	return (size_t)fmin(ID_COLUMNS, s->columns / 3);
}

/* Room for the longest id. */
static double left_of(const struct mp_script *s, const struct bars *b)
{
	char id[MP_SHOW_ID_MAX];
	size_t most = 8;

	for (size_t i = 0; i < b->count; i++) {
		size_t n = mp_script_show_id(s, b->pages[i]->id, id_columns(s),
					     id);

		most = n > most ? n : most;
	}
	return (double)most + 3;
}

static void put_bar(const struct mp_script *s, const struct mp_course *page,
		    size_t row, struct mp_unit unit)
{
	char id[MP_SHOW_ID_MAX], bytes[MP_SHOW_MAX], mean[MP_SHOW_MAX];
	double end = (double)page->growth.value / unit.bytes;

	mp_script_show_id(s, page->id, id_columns(s), id);
	fputs("set label ", s->out);
	mp_script_put_string(s, id);
	fprintf(s->out, " at graph 0, first %zu right offset -1,0\n", row);
	mp_show_bytes(page->growth.value, bytes);
	mp_show_mean(&page->growth, mean);
	fprintf(s->out, "set label '%s", bytes);
	if (!is_narrow(s))
		fprintf(s->out, " (%s B a request)", mean);
	fprintf(s->out, "' at first %.9g, first %zu left offset 1,0 front\n",
		fmax(end, 0), row);
}

static void put_bars(const struct mp_script *s, const struct bars *b,
		     struct mp_unit unit)
{
	fputs("$bars << EOD\n", s->out);
	for (size_t i = 0; i < b->count; i++)
		fprintf(s->out, "%.9g %zu 0x%s\n",
			(double)b->pages[i]->growth.value / unit.bytes, i,
			mp_script_page_colour(s, b->pages[i]) + 1);
	fputs("EOD\n", s->out);
	for (size_t i = 0; i < b->count; i++)
		put_bar(s, b->pages[i], i, unit);
}

/* The unit of the longest bar; the axis has room for the texts behind it. */
static struct mp_unit put_axis(const struct mp_script *s,
			       const struct mp_frame *frame,
			       const struct bars *b)
{
	double text = (is_narrow(s) ? END_NARROW : END_COLUMNS) /
		      (frame->right - frame->left);
	double low = 0, high = 0;
	struct mp_unit unit;

	for (size_t i = 0; i < b->count; i++) {
		low = fmin(low, (double)b->pages[i]->growth.value);
		high = fmax(high, (double)b->pages[i]->growth.value);
	}
	unit = mp_axes_unit(fmax(high, -low));
	high = fmax(high, low < 0 ? 0 : 10);
	high += (high - low) * text / (1 - text);
	fprintf(s->out,
		"set xrange [%.9g:%.9g]\nset yrange [%.1f:%.1f]\n"
		"unset ytics\nset xtics nomirror %.9g format '%%g %s'\n",
		low * 1.02 / unit.bytes, high / unit.bytes,
		(double)rooms(b) - 1 + bar_room(s), -bar_room(s),
		mp_axes_step((high - low) / unit.bytes * TIC_COLUMNS /
			     (frame->right - frame->left)),
		unit.name);
	if (b->zeros > 0 || b->others > 0) {
		fputs("set xlabel '", s->out);
		if (b->zeros > 0)
			fprintf(s->out, "%zu more at 0%s", b->zeros,
				b->others > 0 ? "; " : "");
		if (b->others > 0)
			fprintf(s->out, "not drawn: %zu", b->others);
		fputs("'\n", s->out);
	}
	return unit;
}

static double height(const struct mp_script *s)
{
	struct bars b = choose(s);

	return mp_script_height(s, bar_lines(s, &b), 0);
}

static void write_pages(const struct mp_script *s, double top)
{
	struct bars b = choose(s);
	struct mp_frame frame = mp_script_frame(s, top, bar_lines(s, &b));
	char title[MP_SCRIPT_ROOM];

	frame.left = left_of(s, &b);
	frame.right = s->columns - 4; /* half of the last tic */
	snprintf(title, sizeof(title), "Kept by page, in all: %s",
		 mp_script_growth(s));
	mp_script_begin(s, &frame, title);
	if (b.count == 0) {
		mp_script_nothing(s, "no request whose growth is known");
		return;
	}
	put_bars(s, &b, put_axis(s, &frame, &b));
	fputs(s->style.picture == MP_PICTURE_TEXT
		      ? "plot $bars using (0):2:1:(0) with vectors nohead lt 1 "
			"lc rgb '#0072B2' notitle\n"
		      : "plot $bars using (0):2:(0):1:($2-0.35):($2+0.35):"
			"3 with boxxyerror lc rgb variable "
			"fillstyle solid 0.85 noborder notitle\n",
	      s->out);
}

const struct mp_panel mp_panel_pages = { height, write_pages };
