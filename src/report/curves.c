#include "report/curves.h"

#include <inttypes.h>

#define HOST_COLUMNS 16

const struct mp_extremes *mp_curves_at(const struct mp_process *p,
				       enum mp_quantity quantity, int64_t i)
{
	const struct mp_extremes *e =
		mp_row_find(&p->rows[quantity], &mp_cells_extremes, i);

	return e && e->least.bytes != MP_UNKNOWN ? e : NULL;
}

void mp_curves_choose(const struct mp_script *s, enum mp_quantity quantity,
		      struct mp_curves *ret)
{
	const struct mp_timeline *t = &s->plots->timeline;
	size_t count = 0;

	*ret = (struct mp_curves){ .quantity = quantity };
	for (size_t i = 0; i < mp_timeline_count(t); i++) {
		if (t->processes[i]->rows[quantity].capacity == 0)
			continue;
		if (count == MP_SCRIPT_COLOURS + MP_SCRIPT_OTHERS)
			ret->left_out++;
		else
			ret->processes[count++] = t->processes[i];
	}
	ret->coloured = count < MP_SCRIPT_COLOURS ? count : MP_SCRIPT_COLOURS;
	ret->others = count - ret->coloured;
}

void mp_curves_widen(const struct mp_curves *c, struct mp_range *r)
{
	for (size_t k = 0; k < c->coloured + c->others; k++) {
		const struct mp_process *p = c->processes[k];
		const struct mp_row *row = &p->rows[c->quantity];

		for (int64_t i = row->low; i <= row->high; i++) {
			const struct mp_extremes *e =
				mp_curves_at(p, c->quantity, i);

			if (!e)
				continue;
			mp_range_add(r, (double)e->least.bytes);
			mp_range_add(r, (double)e->most.bytes);
		}
	}
}

/* ---- data ---- */

static void put_reading(const struct mp_script *s, struct mp_reading r,
			struct mp_unit unit)
{
	fprintf(s->out, "%.6f %.6f\n", (double)r.time_us / 1e6,
		(double)r.bytes / unit.bytes);
}

static void put_least(const struct mp_script *s, const struct mp_process *p,
		      enum mp_quantity quantity, struct mp_unit unit)
{
	const struct mp_row *row = &p->rows[quantity];

	for (int64_t i = row->low; i <= row->high; i++) {
		const struct mp_extremes *e = mp_curves_at(p, quantity, i);

		if (!e)
			continue;
		if (i > row->low && mp_curves_at(p, MP_QUANTITY_STARTED, i))
			putc('\n', s->out);
		put_reading(s, e->least, unit);
	}
}

/* Apart from the line of the least readings, as one through both would hide
   all behind spikes. */
static void put_reach(const struct mp_script *s, const struct mp_process *p,
		      enum mp_quantity quantity, struct mp_unit unit)
{
	const struct mp_row *row = &p->rows[quantity];

	for (int64_t i = row->low; i <= row->high; i++) {
		const struct mp_extremes *e = mp_curves_at(p, quantity, i);

		if (!e || e->least.bytes == e->most.bytes)
			continue;
		put_reading(
			s,
			(struct mp_reading){ e->most.time_us, e->least.bytes },
			unit);
		put_reading(s, e->most, unit);
		putc('\n', s->out);
	}
}

void mp_curves_put(const struct mp_script *s, const struct mp_curves *c,
		   const char *name, struct mp_unit unit)
{
	for (size_t k = 0; k < c->coloured; k++) {
		fprintf(s->out, "$%s%zu << EOD\n", name, k);
		put_least(s, c->processes[k], c->quantity, unit);
		fprintf(s->out, "EOD\n$%s_reach%zu << EOD\n", name, k);
		put_reach(s, c->processes[k], c->quantity, unit);
		fputs("EOD\n", s->out);
	}
	fprintf(s->out, "$%s_others << EOD\n", name);
	for (size_t k = c->coloured; k < c->coloured + c->others; k++) {
		put_least(s, c->processes[k], c->quantity, unit);
		putc('\n', s->out);
	}
	fputs("EOD\n", s->out);
}

size_t mp_curves_put_marks(const struct mp_script *s, const struct mp_curves *c,
			   enum mp_quantity mark, const char *name,
			   struct mp_unit unit)
{
	size_t count = 0;

	fprintf(s->out, "$%s << EOD\n", name);
	for (size_t k = 0; k < c->coloured + c->others; k++) {
		const struct mp_process *p = c->processes[k];
		const struct mp_row *row = &p->rows[mark];

		for (int64_t i = row->low; i <= row->high; i++) {
			const struct mp_extremes *e = mp_curves_at(p, mark, i);

			if (!e)
				continue;
			put_reading(s, e->least, unit);
			count++;
			if (e->least.time_us == e->most.time_us)
				continue;
			put_reading(s, e->most, unit);
			count++;
		}
	}
	fputs("EOD\n", s->out);
	return count;
}

/* ---- commands ---- */

void mp_curves_name(const struct mp_script *s, const struct mp_process *p,
		    char *ret)
{
	char host[MP_SHOW_ID_MAX];

	if (p->pid == MP_UNKNOWN) {
		snprintf(ret, MP_SCRIPT_ROOM, "all processes");
		return;
	}
	mp_script_show_id(s, p->host, HOST_COLUMNS, host);
	snprintf(ret, MP_SCRIPT_ROOM, "%" PRId64 " on %s", p->pid, host);
}

const char *mp_curves_style(const struct mp_process *p,
			    enum mp_quantity quantity)
{
	const struct mp_row *row = &p->rows[quantity];

	return row->low < row->high ? "lines" : "points pt 7 ps 0.5";
}

/* gnuplot warns of what has nothing to draw. */
static bool has_reach(const struct mp_process *p, enum mp_quantity quantity)
{
	const struct mp_row *row = &p->rows[quantity];

	for (int64_t i = row->low; i <= row->high; i++) {
		const struct mp_extremes *e = mp_curves_at(p, quantity, i);

		if (e && e->least.bytes != e->most.bytes)
			return true;
	}
	return false;
}

static void plot_others_title(const struct mp_script *s,
			      const struct mp_curves *c)
{
	fprintf(s->out, "  NaN %s title '%zu other%s", mp_script_grey(s),
		c->others, c->others == 1 ? "" : "s");
	if (c->left_out > 0)
		fprintf(s->out, "; %zu not drawn", c->left_out);
	fputs("', \\\n", s->out);
}

void mp_curves_plot(const struct mp_script *s, const struct mp_curves *c,
		    const char *name)
{
	char title[MP_SCRIPT_ROOM];

	if (c->others > 0)
		fprintf(s->out, "  $%s_others using 1:2 %s notitle, \\\n", name,
			mp_script_grey(s));
	for (size_t k = 0; k < c->coloured; k++)
		if (has_reach(c->processes[k], c->quantity))
			fprintf(s->out,
				"  $%s_reach%zu using 1:2 with lines lw 1 lc "
				"rgb '#90%s' notitle, \\\n",
				name, k, mp_script_colours[k] + 1);
	for (size_t k = c->coloured; k-- > 0;)
		fprintf(s->out,
			"  $%s%zu using 1:2 with %s lt %zu lw 2 lc rgb '%s' "
			"notitle, \\\n",
			name, k, mp_curves_style(c->processes[k], c->quantity),
			k + 1, mp_script_colours[k]);
	for (size_t k = 0; k < c->coloured; k++) {
		mp_curves_name(s, c->processes[k], title);
		fprintf(s->out,
			"  NaN with lines lt %zu lw 2 lc rgb '%s' title ",
			k + 1, mp_script_colours[k]);
		mp_script_put_string(s, title);
		fputs(", \\\n", s->out);
	}
	if (c->others > 0)
		plot_others_title(s, c);
}
