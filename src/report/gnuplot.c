#include "report/gnuplot.h"

#include "report/show.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

#define WIDTH	      1200 /* pixels */
#define HEIGHT	      900
#define PROCESSES_MAX 8	 /* lines that can still be told apart */
#define PAGES_MAX     15 /* bars */
#define PAGES_MIN     5	 /* rooms for bars: a lone one is not a wall */
#define ID_COLUMNS    44
#define MIB	      1048576.0

/* Colours that the colour-blind tell apart, after Okabe and Ito. */
static const char *const colours[PROCESSES_MAX] = {
	"#0072B2", "#D55E00", "#009E73", "#CC79A7",
	"#E69F00", "#56B4E9", "#000000", "#7F7F7F",
};

/* What is being written, and to where. */
struct script {
	FILE *out;
	enum mp_picture picture;
	const struct mp_timeline *timeline;
	const struct mp_totals *totals;
	enum mp_rank rank;
	unsigned processes; /* that are drawn */
};

/* Write a character that a picture would take for the beginning of an entity:
   SVG only one of a hexadecimal number, PNG any. */
static void put_ampersand(const struct script *s, const char *text)
{
	if (s->picture == MP_PICTURE_PNG)
		fputs("&amp;", s->out);
	else if (text[1] == '#' && text[2] == 'x')
		fputs("&#x26;", s->out);
	else
		putc('&', s->out);
}

/*
 * Write a string constant.  Between double quotes gnuplot runs what stands in
 * backquotes, and may expand `@`; a constant between single quotes cannot begin
 * with one.
 */
static void put_string(const struct script *s, const char *text)
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
		widen(&r, (double)e[i].least.bytes / MIB);
		widen(&r, (double)e[i].most.bytes / MIB);
	}
	return r;
}

/* Seconds since 1970, from the first reading to the last. */
static struct range time_range(const struct script *s)
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
		(double)r.bytes / MIB);
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

static void put_readings(const struct script *s)
{
	const struct mp_timeline *t = s->timeline;

	for (unsigned i = 0; i < s->processes; i++) {
		put_extremes(s->out, "rss", i, t->processes[i]->rss);
		put_extremes(s->out, "vss", i, t->processes[i]->vss);
	}
	fputs("$oops << EOD\n", s->out);
	for (size_t i = 0; i < MP_TIMELINE_BUCKETS; i++)
		if (t->oops[i].bytes != MP_UNKNOWN)
			put_reading(s->out, t->oops[i]);
	fputs("EOD\n", s->out);
}

static void put_time_axis(const struct script *s)
{
	struct range r = time_range(s);
	struct range shown = padded(r, 0.001);
	double span = r.high - r.low;
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
	fprintf(s->out, "set xtics time format '%s'\n",
		span < 1	? "%.3S"
		: span < 600	? "%H:%M:%S"
		: span < 172800 ? "%H:%M"
				: "%Y-%m-%d");
	fprintf(s->out,
		"set xlabel strftime('%%Y-%%m-%%d %%H:%%M:%%S to ', %.0f)."
		"strftime('%%Y-%%m-%%d %%H:%%M:%%S, %s', %.0f)\n",
		floor(r.low), zone, ceil(r.high));
}

static void put_memory_axes(const struct script *s)
{
	struct range rss = empty_range, vss = empty_range;

	for (unsigned i = 0; i < s->processes; i++) {
		rss = extremes_range(s->timeline->processes[i]->rss, rss);
		vss = extremes_range(s->timeline->processes[i]->vss, vss);
	}
	for (size_t i = 0; i < MP_TIMELINE_BUCKETS; i++)
		if (s->timeline->oops[i].bytes != MP_UNKNOWN)
			widen(&rss, (double)s->timeline->oops[i].bytes / MIB);
	rss = padded(rss, 0.5);
	vss = padded(vss, 0.5);
	fprintf(s->out,
		"set ylabel 'RSS in MiB'\nset yrange [%.6f:%.6f]\n"
		"set y2label 'VSS in MiB (thin)'\nset y2range [%.6f:%.6f]\n"
		"set ytics nomirror\nset y2tics\n",
		fmax(rss.low, 0), rss.high, fmax(vss.low, 0), vss.high);
}

static void put_process_name(const struct script *s, const struct mp_process *p)
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
	put_string(s, name);
}

static void put_upper(const struct script *s)
{
	put_time_axis(s);
	put_memory_axes(s);
	fputs("set key outside top center horizontal\n", s->out);
	fputs("plot \\\n", s->out);
	for (unsigned i = 0; i < s->processes; i++)
		fprintf(s->out,
			"  $vss%u using 1:2 axes x1y2 with lines lw 1 "
			"lc rgb '#90%s' notitle, \\\n",
			i, colours[i] + 1);
	for (unsigned i = 0; i < s->processes; i++) {
		fprintf(s->out,
			"  $rss%u using 1:2 with lines lw 2 lc rgb '%s' title ",
			i, colours[i]);
		put_process_name(s, s->timeline->processes[i]);
		fputs(", \\\n", s->out);
	}
	if (s->timeline->oops_count > 0)
		fprintf(s->out,
			"  $oops using 1:2 with points pt 2 ps 1 lw 2 lc rgb "
			"'#C00000' title 'with an oops id', \\\n");
	/* Out of sight: gnuplot wants at least one thing to draw. */
	fputs("  -1 notitle\n", s->out);
}

/* ---- the lower panel ---- */

struct unit {
	const char *name;
	double bytes;
};

/* The largest unit that leaves `bytes` a whole part. */
static struct unit unit_for(double bytes)
{
	static const struct unit units[] = { { "GiB", MIB * 1024 },
					     { "MiB", MIB },
					     { "KiB", 1024 } };

	for (size_t i = 0; i < sizeof(units) / sizeof(*units); i++)
		if (bytes >= units[i].bytes)
			return units[i];
	return (struct unit){ "bytes", 1 };
}

static size_t bars(const struct script *s)
{
	size_t n = 0;

	while (n < s->totals->count && n < PAGES_MAX &&
	       mp_page_growth(s->totals->pages[n], s->rank)->lines > 0)
		n++;
	return n;
}

static void put_bar_label(const struct script *s, const struct mp_page *page,
			  size_t row, double end)
{
	const struct mp_sum *growth = mp_page_growth(page, s->rank);
	char id[MP_SHOW_ID_MAX], bytes[MP_SHOW_MAX], mean[MP_SHOW_MAX];

	mp_show_id(page->id, ID_COLUMNS, id);
	fputs("set label ", s->out);
	put_string(s, id);
	fprintf(s->out, " at graph 0, first %zu right offset -1,0\n", row);
	mp_show_bytes(growth->value, bytes);
	mp_show_mean(growth, mean);
	fprintf(s->out,
		"set label '%s (%s B a request)' at first %.9g, first %zu left "
		"offset 1,0\n",
		bytes, mean, fmax(end, 0), row);
}

/* Columns of the widest page id that is drawn. */
static size_t id_columns(const struct script *s, size_t n)
{
	size_t most = 0;

	for (size_t i = 0; i < n; i++) {
		size_t width = mp_show_width(s->totals->pages[i]->id);

		most = width > most ? width : most;
	}
	return most < ID_COLUMNS ? most : ID_COLUMNS;
}

static void put_bars(const struct script *s, size_t n, struct unit unit)
{
	fputs("$bars << EOD\n", s->out);
	for (size_t i = 0; i < n; i++) {
		const struct mp_page *page = s->totals->pages[i];
		const struct mp_sum *growth = mp_page_growth(page, s->rank);

		fprintf(s->out, "%.9g %zu\n",
			(double)growth->value / unit.bytes, i);
	}
	fputs("EOD\n", s->out);
	for (size_t i = 0; i < n; i++) {
		const struct mp_page *page = s->totals->pages[i];

		put_bar_label(s, page, i,
			      (double)mp_page_growth(page, s->rank)->value /
				      unit.bytes);
	}
}

static void put_lower(const struct script *s)
{
	static const char *const measures[] = {
		[MP_RANK_RETAINED] =
			"Retained heap by page (allocated minus freed)",
		[MP_RANK_CLEAN_RSS] = "RSS growth of clean requests by page",
		[MP_RANK_RSS] =
			"RSS growth by page (other requests may share it)",
	};
	size_t n = bars(s);
	struct range r = { 0, 0 };
	struct unit unit;

	for (size_t i = 0; i < n; i++)
		widen(&r, (double)mp_page_growth(s->totals->pages[i], s->rank)
				  ->value);
	unit = unit_for(fmax(r.high, -r.low));
	fputs("unset label\nunset key\nunset y2tics\nunset y2label\nunset "
	      "ylabel\n"
	      "unset ytics\nset xtics numeric format '%g'\n",
	      s->out);
	put_bars(s, n, unit);
	if (n == 0)
		fputs("set label 'no request whose growth is known' at graph "
		      "0.5, graph 0.5 center\n",
		      s->out);
	fprintf(s->out, "set lmargin at screen %.3f\n",
		fmax(0.08, 0.02 + 0.0085 * (double)id_columns(s, n)));
	fprintf(s->out, "set xlabel '%s, in %s", measures[s->rank], unit.name);
	if (s->totals->count > n)
		fprintf(s->out, ", the first %zu of %zu", n, s->totals->count);
	fputs("'\n", s->out);
	/* Room for the labels at the right. */
	r.high = fmax(r.high, unit.bytes) / unit.bytes;
	r.low /= unit.bytes;
	fprintf(s->out, "set xrange [%.9g:%.9g]\nset yrange [%.1f:-0.5]\n",
		r.low * 1.05, r.high + 0.55 * (r.high - r.low),
		(double)(n < PAGES_MIN ? PAGES_MIN : n) - 0.5);
	fputs(n ? "plot $bars using (0):2:(0):1:($2-0.35):($2+0.35) with "
		  "boxxyerror lc rgb '#0072B2' fillstyle solid 0.7 noborder "
		  "notitle\n"
		: "plot -1 notitle\n",
	      s->out);
}

/* ---- the whole ---- */

static void put_title(const struct script *s, const struct mp_page *all)
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
	struct script s = {
		.out = out,
		.picture = picture,
		.timeline = timeline,
		.totals = totals,
		.rank = mp_totals_sort(totals),
		.processes = timeline->process_count < PROCESSES_MAX
				     ? timeline->process_count
				     : PROCESSES_MAX,
	};
	/* pngcairo covers the picture with each character that no font has. */
	static const char *const terminals[] = {
		[MP_PICTURE_SVG] = "svg background rgb 'white' font 'sans,12'",
		[MP_PICTURE_PNG] = "png truecolor font 'sans,11'",
	};
	struct mp_page all;

	mp_timeline_sort(timeline);
	mp_totals_all(totals, &all);
	fprintf(out,
		"# A picture of memory: run this with gnuplot 5 or later.\n"
		"set encoding utf8\n"
		"set terminal %s size %d,%d noenhanced\n",
		terminals[picture], WIDTH, HEIGHT);
	if (output) {
		fputs("set output ", out);
		put_string(&s, output);
		putc('\n', out);
	}
	put_readings(&s);
	put_title(&s, &all);
	fputs("set border lw 0.5\nset grid lw 0.5 lc rgb '#DDDDDD' lt 1\n"
	      "set lmargin at screen 0.08\nset rmargin at screen 0.92\n",
	      out);
	put_upper(&s);
	put_lower(&s);
	fputs("unset multiplot\n", out);
}
