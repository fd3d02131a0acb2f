/* plot_memory: RSS and VSS of the processes over time. */

#include "report/curves.h"
#include "report/panels.h"

#define LINES 18

struct mark {
	enum mp_quantity quantity;
	const char *name, *title;
	int point;   /* of gnuplot's */
	char letter; /* where it is drawn with letters */
	const char *colour;
};

static const struct mark marks[] = {
	{ MP_QUANTITY_STARTED, "started", "started", 9, 'S', "#000000" },
	{ MP_QUANTITY_STOPPED, "stopped", "stopped", 11, 'Z', "#000000" },
	{ MP_QUANTITY_KILLED, "killed", "killed: last seen", 13, 'K',
	  "#C00000" },
	{ MP_QUANTITY_OOPS, "oops", "with an oops id", 2, 'X', "#C00000" },
};

#define MARKS	  (sizeof(marks) / sizeof(*marks))
#define MARKS_FEW 100

static bool has_mark(const struct mp_curves *c, enum mp_quantity mark)
{
	for (size_t k = 0; k < c->coloured + c->others; k++)
		if (c->processes[k]->rows[mark].capacity > 0)
			return true;
	return false;
}

/* Time and bytes of what is drawn; returns whether there is anything. */
static bool put_axes(const struct mp_script *s, const struct mp_frame *frame,
		     const struct mp_curves *c, struct mp_unit *ret)
{
	struct mp_range bytes = mp_range_empty;

	mp_curves_widen(c, &bytes);
	if (c->coloured == 0 || !mp_axes_put_time(s, frame)) {
		mp_script_nothing(s, "no reading of memory");
		return false;
	}
	*ret = mp_axes_put_bytes(s, bytes);
	return true;
}

/* A mark stands on its line; where there are many, which would hide the lines,
   on the axis of time. */
static void plot_mark(const struct mp_script *s, const struct mark *mark,
		      size_t count)
{
	bool text = s->style.picture == MP_PICTURE_TEXT;
	const char *along = text ? "1:(0.06) axes x1y2" : "1:(0) axes x1y2";
	/* A point of an SVG is as large as two of another picture. */
	bool small = count > MARKS_FEW || s->style.picture == MP_PICTURE_SVG;
	int point = text ? mark->letter - 'A' + 1 : mark->point;

	if (count == 0)
		return;
	fprintf(s->out,
		"  $%s using %s with points pt %d ps %s lw 1.5 lc rgb "
		"'%s' title '%s%s', \\\n",
		mark->name, count > MARKS_FEW ? along : "1:2", point,
		small ? "0.5" : "0.9", mark->colour, mark->title,
		count > MARKS_FEW ? " (on the axis)" : "");
}

/* ---- RSS ---- */

static double memory_height(const struct mp_script *s)
{
	struct mp_curves c;
	size_t entries;

	mp_curves_choose(s, MP_QUANTITY_RSS, &c);
	entries = mp_curves_entries(&c);
	for (size_t i = 0; i < MARKS; i++)
		entries += has_mark(&c, marks[i].quantity);
	return mp_script_height(s, LINES, entries);
}

static void write_memory(const struct mp_script *s, double top)
{
	struct mp_frame frame = mp_script_frame(s, top, LINES);
	struct mp_curves c;
	struct mp_unit unit;
	size_t counts[MARKS];

	mp_curves_choose(s, MP_QUANTITY_RSS, &c);
	mp_script_begin(s, &frame, "RSS of the processes (shaded: spikes)");
	if (!put_axes(s, &frame, &c, &unit))
		return;
	mp_curves_put(s, &c, "rss", unit);
	for (size_t i = 0; i < MARKS; i++)
		counts[i] = mp_curves_put_marks(s, &c, marks[i].quantity,
						marks[i].name, unit);
	fputs("set y2range [0:1]\nplot \\\n", s->out);
	mp_curves_plot(s, &c, "rss");
	for (size_t i = 0; i < MARKS; i++)
		plot_mark(s, &marks[i], counts[i]);
	mp_script_end(s);
}

const struct mp_panel mp_panel_memory = { memory_height, write_memory };

/* ---- VSS ---- */

static double vss_height(const struct mp_script *s)
{
	struct mp_curves c;

	mp_curves_choose(s, MP_QUANTITY_VSS, &c);
	return mp_script_height(s, LINES, mp_curves_entries(&c));
}

static void write_vss(const struct mp_script *s, double top)
{
	struct mp_frame frame = mp_script_frame(s, top, LINES);
	struct mp_curves c;
	struct mp_unit unit;

	mp_curves_choose(s, MP_QUANTITY_VSS, &c);
	mp_script_begin(s, &frame, "VSS of the processes (shaded: spikes)");
	if (!put_axes(s, &frame, &c, &unit))
		return;
	mp_curves_put(s, &c, "vss", unit);
	fputs("plot \\\n", s->out);
	mp_curves_plot(s, &c, "vss");
	mp_script_end(s);
}

const struct mp_panel mp_panel_vss = { vss_height, write_vss };
