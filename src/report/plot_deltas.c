/* plot_deltas: how many requests kept how much. */

#include "report/axes.h"
#include "report/panels.h"

#include <math.h>

#define LINES	    16
#define PAGES	    4  /* more would hide each other */
#define TIC_COLUMNS 10 /* between two tics */
#define SIZES	    64 /* powers of two, on each side of 0 */

/* Requests by size, from -SIZES to SIZES. */
struct sizes {
	int64_t counts[2 * SIZES + 1];
};

struct bounds {
	int low, high; /* sizes */
	int64_t most;  /* requests of one size */
};

static void add_page(const struct mp_course *page, struct sizes *ret)
{
	for (int i = -SIZES; i <= SIZES; i++) {
		const int64_t *count =
			mp_row_find(&page->sizes, &mp_cells_sums, i);

		if (count)
			ret->counts[SIZES + i] += *count;
	}
}

static struct sizes all_sizes(const struct mp_script *s)
{
	const struct mp_courses *c = &s->plots->courses;
	struct sizes all = { { 0 } };

	for (size_t i = 0; i < c->names.count; i++)
		if (c->pages[i]->rank == s->rank)
			add_page(c->pages[i], &all);
	return all;
}

/* At least a few sizes around 0. */
static struct bounds bounds_of(const struct sizes *sizes)
{
	struct bounds b = { -2, 2, 0 };

	for (int i = -SIZES; i <= SIZES; i++) {
		int64_t count = sizes->counts[SIZES + i];

		if (count == 0)
			continue;
		b.low = i < b.low ? i : b.low;
		b.high = i > b.high ? i : b.high;
		b.most = count > b.most ? count : b.most;
	}
	return b;
}

/* The lower bound of a size, where it is one of the tics. */
static void put_tics(const struct mp_script *s, const struct mp_frame *frame,
		     const struct bounds *b)
{
	static const int steps[] = { 1, 2, 5, 10, 20 };
	double room = (frame->right - frame->left) / (b->high - b->low + 1);
	size_t n = 0;
	int step;
	char text[MP_SHOW_MAX];

	while (room * steps[n] < TIC_COLUMNS &&
	       n + 1 < sizeof(steps) / sizeof(*steps))
		n++;
	step = steps[n];
	fputs("set xtics nomirror ('0' 0", s->out);
	for (int i = 1 + step; i <= b->high; i += step) {
		mp_axes_show_power((unsigned)i - 1, text);
		fprintf(s->out, ", '%s' %.1f", text, i - 0.5);
	}
	for (int i = 1 + step; i <= -b->low; i += step) {
		mp_axes_show_power((unsigned)i - 1, text);
		fprintf(s->out, ", '-%s' %.1f", text, -i + 0.5);
	}
	fputs(")\n", s->out);
}

static size_t page_count(const struct mp_script *s)
{
	return s->page_count < PAGES ? s->page_count : PAGES;
}

static void put_sizes(const struct mp_script *s, const char *name,
		      const struct sizes *sizes, const struct bounds *b)
{
	fprintf(s->out, "$%s << EOD\n", name);
	for (int i = b->low - 1; i <= b->high + 1; i++)
		if (i >= -SIZES && i <= SIZES)
			fprintf(s->out, "%d %lld\n", i,
				(long long)sizes->counts[SIZES + i]);
	fputs("EOD\n", s->out);
}

static double height(const struct mp_script *s)
{
	return mp_script_height(s, LINES, page_count(s) + 1);
}

static void plot(const struct mp_script *s)
{
	bool text = s->style.picture == MP_PICTURE_TEXT;
	char id[MP_SHOW_ID_MAX];

	fprintf(s->out,
		"plot \\\n  $deltas using 1:($2 > 0 ? $2 : NaN):(0.9) with "
		"%s title 'all requests', \\\n",
		text ? "boxes lc rgb '#808080'"
		     : "boxes lc rgb '#D0D0D0' fillstyle solid noborder");
	for (size_t i = page_count(s); i-- > 0 && !text;)
		fprintf(s->out,
			"  $deltas%zu using 1:($2 > 0 ? $2 : 0.7) with histeps "
			"lw 2 lc rgb '%s' notitle, \\\n",
			i, mp_script_colours[i]);
	for (size_t i = 0; i < page_count(s) && !text; i++) {
		mp_script_show_id(s, s->pages[i]->id,
				  mp_script_legend_columns(s), id);
		fprintf(s->out, "  NaN with lines lw 2 lc rgb '%s' title ",
			mp_script_colours[i]);
		mp_script_put_string(s, id);
		fputs(", \\\n", s->out);
	}
	mp_script_end(s);
}

static void write_deltas(const struct mp_script *s, double top)
{
	struct mp_frame frame = mp_script_frame(s, top, LINES);
	struct sizes all = all_sizes(s);
	struct bounds b = bounds_of(&all);
	char title[MP_SCRIPT_ROOM], name[32];

	snprintf(title, sizeof(title), "Requests by what each kept: %s",
		 mp_script_growth(s));
	mp_script_begin(s, &frame, title);
	if (b.most == 0) {
		mp_script_nothing(s, "no request whose growth is known");
		return;
	}
	put_sizes(s, "deltas", &all, &b);
	for (size_t i = 0; i < page_count(s); i++) {
		struct sizes sizes = { { 0 } };

		add_page(s->pages[i], &sizes);
		snprintf(name, sizeof(name), "deltas%zu", i);
		put_sizes(s, name, &sizes, &b);
	}
	put_tics(s, &frame, &b);
	/* The scale last: what the plot before left is no range of a
	   logarithm. */
	fprintf(s->out,
		"set xlabel 'bytes that a request kept'\n"
		"set xrange [%.1f:%.1f]\nset yrange [0.7:%.0f]\n"
		"set logscale y\nset ytics nomirror autofreq format '%%.0f'\n",
		b.low - 0.7, b.high + 0.7, fmax((double)b.most * 2, 10));
	plot(s);
}

const struct mp_panel mp_panel_deltas = { height, write_deltas };
