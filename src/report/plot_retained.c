/* plot_retained: what the pages kept, added up over time. */

#include "report/axes.h"
#include "report/panels.h"

#include <math.h>

#define LINES	      16
#define BYTES_COLUMNS 13 /* of a number of bytes in the legend */

/* Growth of some pages, cumulated, at the end of each bucket. */
struct course {
	int64_t bytes[MP_COURSES_BUCKETS];
};

static size_t bucket_count(const struct mp_courses *c)
{
	return c->low > c->high ? 0 : (size_t)(c->high - c->low) + 1;
}

static void add_page(const struct mp_courses *c, const struct mp_course *page,
		     struct course *ret)
{
	int64_t sum = 0;

	for (size_t i = 0; i < bucket_count(c); i++) {
		const int64_t *growth = mp_row_find(
			&page->over_time, &mp_cells_sums, c->low + (int64_t)i);

		if (growth)
			mp_cells_sums.join(&sum, growth);
		mp_cells_sums.join(&ret->bytes[i], &sum);
	}
}

static bool is_coloured(const struct mp_script *s, const struct mp_course *page)
{
	for (size_t i = 0; i < s->page_count; i++)
		if (s->pages[i] == page)
			return true;
	return false;
}

static size_t add_others(const struct mp_script *s, struct course *ret)
{
	const struct mp_courses *c = &s->plots->courses;
	size_t count = 0;

	*ret = (struct course){ { 0 } };
	for (size_t i = 0; i < c->names.count; i++)
		if (c->pages[i]->growth.lines > 0 &&
		    c->pages[i]->rank == s->rank &&
		    !is_coloured(s, c->pages[i])) {
			add_page(c, c->pages[i], ret);
			count++;
		}
	return count;
}

static void widen(const struct mp_script *s, const struct course *course,
		  struct mp_range *r)
{
	for (size_t i = 0; i < bucket_count(&s->plots->courses); i++)
		mp_range_add(r, (double)course->bytes[i]);
}

static void put_point(const struct mp_script *s, double time, int64_t bytes,
		      struct mp_unit unit)
{
	fprintf(s->out, "%.6f %.9g\n", time, (double)bytes / unit.bytes);
}

/* From 0 at the begin of the first bucket on; a point where nothing changes
   needs none. */
static void put_course(const struct mp_script *s, const char *name,
		       const struct course *course, struct mp_unit unit)
{
	const struct mp_courses *c = &s->plots->courses;
	double width = ldexp(1e-6, (int)c->shift);
	double last = (double)c->last_us / 1e6;
	size_t count = bucket_count(c);
	int64_t before = 0;

	fprintf(s->out, "$%s << EOD\n%.6f 0\n", name,
		fmax((double)c->first_us / 1e6, (double)c->low * width));
	for (size_t i = 0; i < count; i++) {
		double end = ((double)c->low + (double)i + 1) * width;
		bool changes = course->bytes[i] != before ||
			       (i + 1 < count &&
				course->bytes[i + 1] != course->bytes[i]);

		if (changes && end < last)
			put_point(s, end, course->bytes[i], unit);
		before = course->bytes[i];
	}
	put_point(s, last, before, unit);
	fputs("EOD\n", s->out);
}

static double height(const struct mp_script *s)
{
	return mp_script_height(s, LINES, s->page_count + 1);
}

/* Name a curve that is drawn so, and tell where it ended. */
static void put_legend(const struct mp_script *s, const char *style,
		       const char *id, int64_t bytes)
{
	char value[MP_SHOW_MAX], text[MP_SCRIPT_ROOM];

	mp_show_bytes(bytes, value);
	snprintf(text, sizeof(text), "%s: %s", id, value);
	fprintf(s->out, "  NaN %s title ", style);
	mp_script_put_string(s, text);
	fputs(", \\\n", s->out);
}

static void put_style(size_t i, char *ret, size_t size)
{
	snprintf(ret, size, "with lines lt %zu lw 2 lc rgb '%s'", i + 1,
		 mp_script_colours[i]);
}

/* The first in the legend is in front. */
static void plot_pages(const struct mp_script *s)
{
	char id[MP_SHOW_ID_MAX], style[64];

	for (size_t i = s->page_count; i-- > 0;) {
		put_style(i, style, sizeof(style));
		fprintf(s->out, "  $retained%zu using 1:2 %s notitle, \\\n", i,
			style);
	}
	for (size_t i = 0; i < s->page_count; i++) {
		put_style(i, style, sizeof(style));
		mp_script_show_id(s, s->pages[i]->id,
				  mp_script_legend_columns(s) - BYTES_COLUMNS,
				  id);
		put_legend(s, style, id, s->pages[i]->growth.value);
	}
}

static void plot(const struct mp_script *s, const struct course *others,
		 size_t other_count)
{
	char text[MP_SHOW_MAX];

	fputs("plot \\\n", s->out);
	if (other_count > 0)
		fprintf(s->out, "  $retained_others using 1:2 %s notitle, \\\n",
			mp_script_grey(s));
	plot_pages(s);
	if (other_count > 0) {
		snprintf(text, sizeof(text), "%zu other%s", other_count,
			 other_count == 1 ? "" : "s");
		put_legend(s, mp_script_grey(s), text,
			   others->bytes[bucket_count(&s->plots->courses) - 1]);
	}
	mp_script_end(s);
}

static void write_retained(const struct mp_script *s, double top)
{
	struct mp_frame frame = mp_script_frame(s, top, LINES);
	struct course others, course;
	struct mp_range bytes = { 0, 0 };
	char title[MP_SCRIPT_ROOM], name[32];
	struct mp_unit unit;
	size_t other_count;

	snprintf(title, sizeof(title), "Kept by page, added up: %s",
		 mp_script_growth(s));
	mp_script_begin(s, &frame, title);
	if (s->page_count == 0) {
		mp_script_nothing(s, "no request whose growth is known");
		return;
	}
	other_count = add_others(s, &others);
	for (size_t i = 0; i < s->page_count; i++) {
		course = (struct course){ { 0 } };
		add_page(&s->plots->courses, s->pages[i], &course);
		widen(s, &course, &bytes);
	}
	widen(s, &others, &bytes);
	mp_axes_put_time(s, &frame);
	unit = mp_axes_put_bytes(s, bytes);
	for (size_t i = 0; i < s->page_count; i++) {
		course = (struct course){ { 0 } };
		add_page(&s->plots->courses, s->pages[i], &course);
		snprintf(name, sizeof(name), "retained%zu", i);
		put_course(s, name, &course, unit);
	}
	if (other_count > 0)
		put_course(s, "retained_others", &others, unit);
	plot(s, &others, other_count);
}

const struct mp_panel mp_panel_retained = { height, write_retained };
