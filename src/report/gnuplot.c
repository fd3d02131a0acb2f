#include "report/gnuplot.h"

#include "report/bars.h"
#include "report/order.h"
#include "report/script.h"
#include "report/show.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

#define PROCESSES_MAX 8 /* lines that can still be told apart */

/* Colours that the colour-blind tell apart, after Okabe and Ito. */
static const char *const colours[PROCESSES_MAX] = {
	"#0072B2", "#D55E00", "#009E73", "#CC79A7",
	"#E69F00", "#56B4E9", "#000000", "#7F7F7F",
};

/* In pixels; a PDF is as large as a sheet of paper, A4. */
static const char *const terminals[] = {
	[MP_PICTURE_SVG] = "svg size 1200,900 background rgb 'white' "
			   "font 'sans,12'",
	[MP_PICTURE_PNG] = "pngcairo size 1200,900 font 'sans,12'",
	[MP_PICTURE_PDF] = "pdfcairo size 29.7cm,21cm font 'sans,11'",
};

/* ---- ranges ---- */

struct range {
	double low, high;
};

static const struct range empty_range = { INFINITY, -INFINITY };

static void widen(struct range *r, double v)
{
	r->low = fmin(r->low, v);
	r->high = fmax(r->high, v);
}

/* Some air on both sides, and never nothing between them. */
static struct range padded(struct range r, double least)
{
	double pad = fmax((r.high - r.low) * 0.05, least);

	if (r.low > r.high)
		return (struct range){ 0, 1 };
	return (struct range){ r.low - pad, r.high + pad };
}

static struct range extremes_range(const struct mp_extremes *e, struct range r)
{
	for (size_t i = 0; i < MP_TIMELINE_BUCKETS; i++) {
		if (e[i].least.bytes == MP_UNKNOWN)
			continue;
		widen(&r, (double)e[i].least.bytes / MP_MIB);
		widen(&r, (double)e[i].most.bytes / MP_MIB);
	}
	return r;
}

/* Seconds since 1970, from the first reading to the last. */
static struct range time_range(const struct mp_script *s)
{
	struct range r = empty_range;

	for (unsigned p = 0; p < s->processes; p++)
		for (size_t i = 0; i < MP_TIMELINE_BUCKETS; i++) {
			const struct mp_extremes *e =
				&s->timeline->processes[p]->rss[i];

			if (e->least.bytes == MP_UNKNOWN)
				continue;
			widen(&r, (double)e->least.time_us / 1e6);
			widen(&r, (double)e->most.time_us / 1e6);
		}
	return r;
}

/* ---- the upper panel ---- */

static void put_reading(FILE *out, struct mp_reading r)
{
	fprintf(out, "%.6f %.6f\n", (double)r.time_us / 1e6,
		(double)r.bytes / MP_MIB);
}

static void put_extremes(FILE *out, const char *name, unsigned number,
			 const struct mp_extremes *e)
{
	fprintf(out, "$%s%u << EOD\n", name, number);
	for (size_t i = 0; i < MP_TIMELINE_BUCKETS; i++) {
		bool rises = e[i].least.time_us <= e[i].most.time_us;

		if (e[i].least.bytes == MP_UNKNOWN)
			continue;
		put_reading(out, rises ? e[i].least : e[i].most);
		if (e[i].least.time_us != e[i].most.time_us)
			put_reading(out, rises ? e[i].most : e[i].least);
	}
	fputs("EOD\n", out);
}

/* The least of each bucket as one line, and apart from it how far each bucket
   reached above: a line through both would hide all behind spikes. */
static void put_rss(FILE *out, unsigned number, const struct mp_extremes *e)
{
	fprintf(out, "$rss%u << EOD\n", number);
	for (size_t i = 0; i < MP_TIMELINE_BUCKETS; i++)
		if (e[i].least.bytes != MP_UNKNOWN)
			put_reading(out, e[i].least);
	fprintf(out, "EOD\n$reach%u << EOD\n", number);
	for (size_t i = 0; i < MP_TIMELINE_BUCKETS; i++) {
		struct mp_reading foot = { e[i].most.time_us,
					   e[i].least.bytes };

		if (e[i].most.bytes == e[i].least.bytes)
			continue;
		put_reading(out, foot);
		put_reading(out, e[i].most);
		putc('\n', out);
	}
	fputs("EOD\n", out);
}

static void put_readings(const struct mp_script *s)
{
	const struct mp_timeline *t = s->timeline;

	for (unsigned i = 0; i < s->processes; i++) {
		put_rss(s->out, i, t->processes[i]->rss);
		put_extremes(s->out, "vss", i, t->processes[i]->vss);
	}
	fputs("$oops << EOD\n", s->out);
	for (size_t i = 0; i < MP_TIMELINE_BUCKETS; i++)
		if (t->oops[i].bytes != MP_UNKNOWN)
			put_reading(s->out, t->oops[i]);
	fputs("EOD\n", s->out);
}

/* Tics that are 1, 2 or 5 of some decimal apart, as many as have room. */
static double tic_step(double span)
{
	double decimal = pow(10, floor(log10(span / 6)));
	double steps = span / 6 / decimal;

	return decimal * (steps <= 1   ? 1
			  : steps <= 2 ? 2
			  : steps <= 5 ? 5
				       : 10);
}

/* Where gnuplot's own tics would be less than a second apart, its labels would
   repeat. */
static void put_time_tics(const struct mp_script *s, double span)
{
	double step = tic_step(span);
	int decimals = (int)ceil(-log10(step) - 1e-9);

	if (span >= 8)
		fprintf(s->out, "set xtics time format '%s'\n",
			span < 600	? "%H:%M:%S"
			: span < 172800 ? "%H:%M"
			: span < 864000 ? "%m-%d %H:%M"
					: "%Y-%m-%d");
	else if (decimals < 1)
		fprintf(s->out, "set xtics %g time format '%%H:%%M:%%S'\n",
			step);
	else
		fprintf(s->out, "set xtics %g time format '%%H:%%M:%%.%dS'\n",
			step, decimals);
}

static void put_time_axis(const struct mp_script *s)
{
	struct range r = time_range(s);
	struct range shown = padded(r, 0.001);
	const char *zone = "UTC";

	if (r.low > r.high) {
		fputs("set xrange [0:1]\nunset xtics\nset label 'no reading of "
		      "memory' at graph 0.5, graph 0.5 center\n",
		      s->out);
		return;
	}
	if (s->timeline->has_utc && s->timeline->has_local)
		zone = "UTC, and local time in Launchpad''s lines";
	else if (s->timeline->has_local)
		zone = "local time";
	fprintf(s->out, "set xrange [%.6f:%.6f]\n", shown.low, shown.high);
	put_time_tics(s, shown.high - shown.low);
	fprintf(s->out,
		"set xlabel strftime('%%Y-%%m-%%d %%H:%%M:%%S to ', %.0f)."
		"strftime('%%Y-%%m-%%d %%H:%%M:%%S, %s', %.0f)\n",
		floor(r.low), zone, ceil(r.high));
}

static void put_memory_axes(const struct mp_script *s)
{
	struct range rss = empty_range, vss = empty_range;

	for (unsigned i = 0; i < s->processes; i++) {
		rss = extremes_range(s->timeline->processes[i]->rss, rss);
		vss = extremes_range(s->timeline->processes[i]->vss, vss);
	}
	for (size_t i = 0; i < MP_TIMELINE_BUCKETS; i++)
		if (s->timeline->oops[i].bytes != MP_UNKNOWN)
			widen(&rss,
			      (double)s->timeline->oops[i].bytes / MP_MIB);
	rss = padded(rss, 0.5);
	vss = padded(vss, 0.5);
	fprintf(s->out,
		"set ylabel 'RSS in MiB (shaded: up to the most)'\n"
		"set yrange [%.6f:%.6f]\n"
		"set y2label 'VSS in MiB'\nset y2range [%.6f:%.6f]\n"
		"set ytics nomirror\nset y2tics\n",
		fmax(rss.low, 0), rss.high, fmax(vss.low, 0), vss.high);
}

static void put_process_name(const struct mp_script *s,
			     const struct mp_process *p)
{
	char name[MP_SHOW_ID_MAX + 64];
	struct mp_text host = { p->host, strlen(p->host) };
	char shown[MP_SHOW_ID_MAX];

	mp_show_id(host, 16, shown);
	if (p->pid == MP_UNKNOWN)
		snprintf(name, sizeof(name), "RSS");
	else
		snprintf(name, sizeof(name), "RSS of %" PRId64 " on %s", p->pid,
			 shown);
	mp_script_put_string(s, name);
}

/* gnuplot warns of what has nothing to draw. */
static bool has_readings(const struct mp_extremes *e)
{
	for (size_t i = 0; i < MP_TIMELINE_BUCKETS; i++)
		if (e[i].least.bytes != MP_UNKNOWN)
			return true;
	return false;
}

static bool has_reach(const struct mp_extremes *e)
{
	for (size_t i = 0; i < MP_TIMELINE_BUCKETS; i++)
		if (e[i].most.bytes != e[i].least.bytes)
			return true;
	return false;
}

static bool has_marks(const struct mp_timeline *t)
{
	for (size_t i = 0; i < MP_TIMELINE_BUCKETS; i++)
		if (t->oops[i].bytes != MP_UNKNOWN)
			return true;
	return false;
}

static void put_upper(const struct mp_script *s)
{
	struct mp_process *const *p = s->timeline->processes;
	const char *vss_title = "title 'VSS (right)'";

	put_time_axis(s);
	put_memory_axes(s);
	fputs("set key outside top center horizontal\nplot \\\n", s->out);
	for (unsigned i = 0; i < s->processes; i++)
		if (has_reach(p[i]->rss))
			fprintf(s->out,
				"  $reach%u using 1:2 with lines lw 1 "
				"lc rgb '#90%s' notitle, \\\n",
				i, colours[i] + 1);
	for (unsigned i = 0; i < s->processes; i++) {
		if (!has_readings(p[i]->rss))
			continue;
		fprintf(s->out,
			"  $rss%u using 1:2 with lines lw 2 lc rgb '%s' title ",
			i, colours[i]);
		put_process_name(s, p[i]);
		fputs(", \\\n", s->out);
	}
	for (unsigned i = 0; i < s->processes; i++) {
		if (!has_readings(p[i]->vss))
			continue;
		fprintf(s->out,
			"  $vss%u using 1:2 axes x1y2 with lines lw 0.7 "
			"dt '-' lc rgb '%s' %s, \\\n",
			i, colours[i], vss_title);
		vss_title = "notitle";
	}
	if (has_marks(s->timeline))
		fprintf(s->out,
			"  $oops using 1:2 with points pt 2 ps 1 lw 2 lc rgb "
			"'#C00000' title 'with an oops id', \\\n");
	/* Out of sight: gnuplot wants at least one thing to draw. */
	fputs("  -1 notitle\n", s->out);
}

/* ---- the whole ---- */

static void put_title(const struct mp_script *s, const struct mp_page *all)
{
	const struct mp_timeline *t = s->timeline;

	fprintf(s->out,
		"set multiplot layout 2,1 title 'memprof: %" PRIu64
		" requests, %" PRIu64 " with an oops id",
		all->requests, all->errors);
	if (s->processes < t->process_count)
		fprintf(s->out,
			"; the busiest %u of %s%u processes are "
			"drawn",
			s->processes, t->left_out ? "more than " : "",
			t->process_count);
	fputs("'\n", s->out);
}

void mp_gnuplot_write(FILE *out, enum mp_picture picture, const char *output,
		      struct mp_timeline *timeline, struct mp_totals *totals)
{
	struct mp_script s = {
		.out = out,
		.picture = picture,
		.timeline = timeline,
		.totals = totals,
		.rank = mp_order_by_growth(totals),
		.processes = timeline->process_count < PROCESSES_MAX
				     ? timeline->process_count
				     : PROCESSES_MAX,
	};
	struct mp_page all;

	mp_timeline_sort(timeline);
	mp_totals_all(totals, &all);
	fprintf(out,
		"# A picture of memory: run this with gnuplot 5 or later.\n"
		"set encoding utf8\n"
		"set terminal %s noenhanced\n",
		terminals[picture]);
	if (output) {
		fputs("set output ", out);
		mp_script_put_string(&s, output);
		putc('\n', out);
	}
	put_readings(&s);
	put_title(&s, &all);
	fputs("set border lw 0.5\nset grid lw 0.5 lc rgb '#DDDDDD' lt 1\n"
	      "set lmargin at screen 0.08\nset rmargin at screen 0.92\n",
	      out);
	put_upper(&s);
	mp_bars_write(&s);
	mp_sketch_release(&all.durations_us);
	fputs("unset multiplot\n", out);
}
