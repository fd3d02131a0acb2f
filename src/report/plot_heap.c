/* plot_heap: what jemalloc held over time: the room between its curves is
   fragmentation. */

#include "report/curves.h"
#include "report/panels.h"

#include <math.h>

#define LINES 16

/* Of one bucket, where all three are known. */
struct totals {
	struct mp_reading allocated, active, resident;
};

static bool totals_at(const struct mp_process *p, int64_t i, struct totals *ret)
{
	const struct mp_extremes *allocated, *active, *resident;

	allocated = mp_curves_at(p, MP_QUANTITY_ALLOCATED, i);
	active = mp_curves_at(p, MP_QUANTITY_ACTIVE, i);
	resident = mp_curves_at(p, MP_QUANTITY_RESIDENT, i);
	if (!allocated || !active || !resident)
		return false;
	*ret = (struct totals){ allocated->least, active->least,
				resident->least };
	return true;
}

/* The process whose heap was the largest; null where none is known. */
static const struct mp_process *largest(const struct mp_curves *c)
{
	const struct mp_process *best = NULL;
	int64_t most = -1;
	struct totals t;

	for (size_t k = 0; k < c->coloured + c->others; k++) {
		const struct mp_process *p = c->processes[k];
		const struct mp_row *row = &p->rows[MP_QUANTITY_RESIDENT];

		for (int64_t i = row->low; i <= row->high; i++)
			if (totals_at(p, i, &t) && t.resident.bytes > most) {
				most = t.resident.bytes;
				best = p;
			}
	}
	return best;
}

/* What it held at the end. */
static struct totals last_of(const struct mp_process *p)
{
	const struct mp_row *row = &p->rows[MP_QUANTITY_RESIDENT];
	struct totals last = { { 0 }, { 0 }, { 0 } };

	for (int64_t i = row->low; i <= row->high; i++)
		totals_at(p, i, &last);
	return last;
}

static void put_totals(const struct mp_script *s, const struct mp_process *p,
		       struct mp_unit unit)
{
	const struct mp_row *row = &p->rows[MP_QUANTITY_RESIDENT];
	bool begun = false;
	struct totals t;

	fputs("$heap << EOD\n", s->out);
	for (int64_t i = row->low; i <= row->high; i++) {
		if (!totals_at(p, i, &t))
			continue;
		if (begun && mp_curves_at(p, MP_QUANTITY_STARTED, i))
			putc('\n', s->out);
		begun = true;
		fprintf(s->out, "%.6f %.6f %.6f %.6f\n",
			(double)t.allocated.time_us / 1e6,
			(double)t.allocated.bytes / unit.bytes,
			(double)t.active.bytes / unit.bytes,
			(double)t.resident.bytes / unit.bytes);
	}
	fputs("EOD\n", s->out);
}

/* The least readings of the other processes. */
static size_t put_others(const struct mp_script *s, const struct mp_curves *c,
			 const struct mp_process *but, struct mp_unit unit)
{
	size_t count = 0;
	struct totals t;

	fputs("$heap_others << EOD\n", s->out);
	for (size_t k = 0; k < c->coloured + c->others; k++) {
		const struct mp_process *p = c->processes[k];
		const struct mp_row *row = &p->rows[MP_QUANTITY_RESIDENT];

		if (p == but)
			continue;
		count++;
		for (int64_t i = row->low; i <= row->high; i++) {
			if (mp_curves_at(p, MP_QUANTITY_STARTED, i))
				putc('\n', s->out);
			if (totals_at(p, i, &t))
				fprintf(s->out, "%.6f %.6f\n",
					(double)t.resident.time_us / 1e6,
					(double)t.resident.bytes / unit.bytes);
		}
		putc('\n', s->out);
	}
	fputs("EOD\n", s->out);
	return count;
}

static double height(const struct mp_script *s)
{
	return mp_script_height(s, LINES, 5);
}

static void put_title(const struct mp_script *s, const struct mp_frame *frame,
		      const struct mp_process *p)
{
	char name[MP_SCRIPT_ROOM], title[MP_SCRIPT_ROOM + 32];

	if (p) {
		mp_curves_name(s, p, name);
		snprintf(title, sizeof(title), "Heap of %s, by jemalloc", name);
	} else {
		snprintf(title, sizeof(title), "Heap, by jemalloc");
	}
	mp_script_begin(s, frame, title);
}

static void plot(const struct mp_script *s, const char *style,
		 const struct totals *last, size_t others)
{
	static const struct {
		const char *name, *colour;
		int column;
	} lines[] = {
		{ "resident", "#D55E00", 4 },
		{ "active", "#E69F00", 3 },
		{ "allocated", "#0072B2", 2 },
	};
	const int64_t ends[] = { last->resident.bytes, last->active.bytes,
				 last->allocated.bytes };
	bool text = s->style.picture == MP_PICTURE_TEXT;
	char bytes[MP_SHOW_MAX];

	fputs("plot \\\n", s->out);
	if (!text)
		fputs("  $heap using 1:2:4 with filledcurves lc rgb '#FBE3D6' "
		      "notitle, "
		      "\\\n",
		      s->out);
	if (others > 0)
		fprintf(s->out, "  $heap_others using 1:2 %s notitle, \\\n",
			mp_script_grey(s));
	for (size_t i = 0; i < sizeof(lines) / sizeof(*lines); i++) {
		mp_show_bytes(ends[i], bytes);
		fprintf(s->out,
			"  $heap using 1:%d with %s lt %zu lw 2 lc rgb "
			"'%s' title '%s: %s at the end', \\\n",
			lines[i].column, style, i + 1, lines[i].colour,
			lines[i].name, bytes);
	}
	if (last->allocated.bytes > 0 && !text)
		fprintf(s->out,
			"  NaN with points pt 5 ps 1.5 lc rgb '#FBE3D6' title "
			"'resident / allocated: %.2f', \\\n",
			(double)last->resident.bytes /
				(double)last->allocated.bytes);
	if (others > 0)
		fprintf(s->out,
			"  NaN %s title 'resident of %zu other%s', \\\n",
			mp_script_grey(s), others, others == 1 ? "" : "s");
	mp_script_end(s);
}

static void write_heap(const struct mp_script *s, double top)
{
	struct mp_frame frame = mp_script_frame(s, top, LINES);
	struct mp_range bytes = mp_range_empty;
	const struct mp_process *p;
	struct totals last;
	struct mp_curves c;
	struct mp_unit unit;
	size_t others;

	mp_curves_choose(s, MP_QUANTITY_RESIDENT, &c);
	p = largest(&c);
	put_title(s, &frame, p);
	if (!p) {
		mp_script_nothing(s, "no line knows the heap");
		return;
	}
	mp_axes_put_time(s, &frame);
	mp_curves_widen(&c, &bytes);
	c.quantity = MP_QUANTITY_ALLOCATED;
	mp_curves_widen(&c, &bytes);
	unit = mp_axes_put_bytes(s, bytes);
	put_totals(s, p, unit);
	others = put_others(s, &c, p, unit);
	last = last_of(p);
	plot(s, mp_curves_style(p, MP_QUANTITY_RESIDENT), &last, others);
}

const struct mp_panel mp_panel_heap = { height, write_heap };
