#include "report/gnuplot.h"

#include "report/axes.h"
#include "report/panels.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>
#include <time.h>

#define COLUMNS_MIN 40

static const struct mp_panel *const panels[MP_PLOT_COUNT] = {
	[MP_PLOT_MEMORY] = &mp_panel_memory,
	[MP_PLOT_VSS] = &mp_panel_vss,
	[MP_PLOT_HEAP] = &mp_panel_heap,
	[MP_PLOT_RETAINED] = &mp_panel_retained,
	[MP_PLOT_PAGES] = &mp_panel_pages,
	[MP_PLOT_DELTAS] = &mp_panel_deltas,
	[MP_PLOT_DURATION] = &mp_panel_duration,
};

/* How large a letter is, in pixels, in centimetres, or one.  A PDF is as wide as
   a sheet of paper, A4. */
static const struct medium {
	unsigned columns; /* that are usual */
	double column, line;
	const char *terminal, *unit, *options;
} media[] = {
	[MP_PICTURE_SVG] = { 160, 7.5, 17, "svg", "",
			     "background rgb 'white' name 'memprof' "
			     "font 'sans-serif,12'" },
	[MP_PICTURE_PNG] = { 160, 9, 20, "pngcairo", "", "font 'sans,12'" },
	[MP_PICTURE_PDF] = { 120, 0.175, 0.395, "pdfcairo", "cm",
			     "font 'sans,9'" },
	[MP_PICTURE_TEXT] = { 80, 1, 1, "dumb", "", "nofeed " },
};

/* The pages that grew or shrank most; those that did neither need no colour,
   unless there are no others. */
static void choose_pages(struct mp_script *s)
{
	const struct mp_courses *c = &s->plots->courses;
	size_t first = 0, last = 0;

	while (last < c->names.count && c->pages[last]->growth.lines > 0 &&
	       c->pages[last]->rank == s->rank)
		last++;
	/* They are sorted: of the rest, it is one of the two at the ends. */
	while (first < last && s->page_count < MP_SCRIPT_COLOURS) {
		int64_t top = c->pages[first]->growth.value;
		int64_t bottom = c->pages[last - 1]->growth.value;
		bool shrank = bottom < 0 && -bottom > top;

		if (!shrank && top == 0 && s->page_count > 0)
			break;
		s->pages[s->page_count++] = c->pages[shrank ? --last : first++];
	}
}

/* ---- the head ---- */

static void put_when(const struct mp_script *s, char *ret, size_t size)
{
	struct mp_range r = mp_axes_times(s);
	time_t first, last;
	struct tm from, to;
	size_t n;

	*ret = '\0';
	/* Infinite, where there are no times. */
	if (r.low > r.high)
		return;
	first = (time_t)floor(r.low);
	last = (time_t)floor(r.high);
	if (!gmtime_r(&first, &from) || !gmtime_r(&last, &to))
		return;
	n = strftime(ret, size, "%Y-%m-%d %H:%M:%S to ", &from);
	strftime(ret + n, size - n,
		 from.tm_yday == to.tm_yday && from.tm_year == to.tm_year
			 ? "%H:%M:%S"
			 : "%Y-%m-%d %H:%M:%S",
		 &to);
}

/* A number of things, of which several are named with `ending`. */
static void show_count(uint64_t count, const char *name, const char *ending,
		       char *ret)
{
	snprintf(ret, MP_SCRIPT_ROOM, "%" PRIu64 " %s%s", count, name,
		 count == 1 ? "" : ending);
}

static double head_lines(const struct mp_script *s)
{
	return mp_script_is_narrow(s) ? 4 : 3;
}

static void put_head(const struct mp_script *s)
{
	const struct mp_plots *p = s->plots;
	const struct mp_frame frame = { 0, s->columns - 1, 0, head_lines(s), 0,
					0 };
	bool narrow = mp_script_is_narrow(s);
	char requests[MP_SCRIPT_ROOM], pages[MP_SCRIPT_ROOM];
	char processes[MP_SCRIPT_ROOM], when[128], text[4 * MP_SCRIPT_ROOM];

	mp_script_begin(s, &frame, NULL);
	show_count(p->courses.requests, "request", "s", requests);
	show_count(p->courses.names.count, "page", "s", pages);
	show_count(mp_timeline_count(&p->timeline), "process", "es", processes);
	put_when(s, when, sizeof(when));
	snprintf(text, sizeof(text), "memprof: %s", requests);
	if (!narrow)
		snprintf(text, sizeof(text),
			 "memprof: %s, %" PRIu64 " with an oops id", requests,
			 p->timeline.oops_count);
	mp_script_put_text(s, 1, 1, true, text);
	snprintf(text, sizeof(text), "%s, %s%s%s", pages, processes,
		 *when ? "; " : "", when);
	if (narrow)
		snprintf(text, sizeof(text),
			 "%" PRIu64 " with an oops id, %s, %s",
			 p->timeline.oops_count, pages, processes);
	mp_script_put_text(s, 1, 2, false, text);
	if (narrow)
		mp_script_put_text(s, 1, 3, false, when);
	fputs("unset border\nunset xtics\nunset ytics\nplot [0:1][0:1] -1 "
	      "notitle\n",
	      s->out);
}

/* ---- the whole ---- */

static void put_terminal(const struct mp_script *s, const char *output)
{
	const struct medium *m = &media[s->style.picture];

	fprintf(s->out,
		"# A picture of memory: run this with gnuplot 5.4 or later.\n"
		"set encoding utf8\nset terminal %s size %.6g%s,%.6g%s %s%s "
		"noenhanced\n",
		m->terminal, s->columns * m->column, m->unit,
		s->lines * m->line, m->unit, m->options,
		s->style.picture != MP_PICTURE_TEXT ? ""
		: s->style.colour		    ? "ansi256"
						    : "mono");
	if (output) {
		fputs("set output ", s->out);
		mp_script_put_string(s, output);
		putc('\n', s->out);
	}
}

static double height_of(const struct mp_script *s,
			const struct mp_page_plots *page)
{
	double lines = head_lines(s);

	for (size_t i = 0; i < page->count; i++)
		lines += panels[page->plots[i]]->height(s);
	return ceil(lines);
}

void mp_gnuplot_write(FILE *out, const struct mp_picture_style *style,
		      const struct mp_page_plots *page, const char *output,
		      struct mp_plots *plots)
{
	struct mp_script s = {
		.out = out,
		.style = *style,
		.plots = plots,
		.rank = mp_courses_sort(&plots->courses),
		.columns = style->columns ? fmax(style->columns, COLUMNS_MIN)
					  : media[style->picture].columns,
	};
	double top;

	mp_timeline_sort(&plots->timeline);
	choose_pages(&s);
	s.lines = height_of(&s, page);
	top = head_lines(&s);
	put_terminal(&s, output);
	fputs("set multiplot\n", out);
	put_head(&s);
	fputs("set border 3\n", out);
	if (style->picture != MP_PICTURE_TEXT)
		fputs("set border 3 lw 0.5 lc rgb '#808080'\n"
		      "set grid lw 0.5 lc rgb '#E4E4E4' lt 1\n",
		      out);
	for (size_t i = 0; i < page->count; i++) {
		const struct mp_panel *panel = panels[page->plots[i]];

		panel->write(&s, top);
		top += panel->height(&s);
	}
	fputs("unset multiplot\n", out);
}
