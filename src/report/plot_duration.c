/* plot_duration: how long requests took against how much memory. */

#include "report/axes.h"
#include "report/panels.h"

#include <math.h>

#define LINES	20
#define CLASSES 15 /* the last: from 10,000,000 requests on */

/* The least requests of a box of this class: 1, 3, 10, 30, and so on. */
static uint64_t least_of(unsigned class)
{
	uint64_t least = class % 2 ? 3 : 1;

	for (; class >= 2; class -= 2)
		least *= 10;
	return least;
}

static unsigned class_of(uint64_t count)
{
	unsigned class = 0;

	while (class + 1 < CLASSES && count >= least_of(class + 1))
		class ++;
	return class;
}

/* From light to dark, so that more is more to everybody; the first is light,
   yet to be seen on white. */
static unsigned colour_of(unsigned class, unsigned classes)
{
	static const unsigned char stops[3][3] = {
		{ 0xC6, 0xE0, 0xF2 },
		{ 0x2E, 0x86, 0xC1 },
		{ 0x06, 0x1A, 0x33 },
	};
	double at = classes > 1 ? 2.0 * class / (classes - 1) : 1;
	unsigned stop = at < 1 ? 0 : 1, colour = 0;

	for (unsigned i = 0; i < 3; i++) {
		double from = stops[stop][i], to = stops[stop + 1][i];

		colour = colour << 8 |
			 (unsigned)lround(from + (to - from) * (at - stop));
	}
	return colour;
}

/* What is used of an axis: bins, of which 0 has a room of its own. */
struct used {
	bool zero;
	unsigned low, high; /* of the others; low > high: none */
};

struct view {
	struct used x, y;
	unsigned classes; /* that there are */
};

static void use(struct used *u, unsigned bin)
{
	if (bin == 0) {
		u->zero = true;
		return;
	}
	u->low = bin < u->low ? bin : u->low;
	u->high = bin > u->high ? bin : u->high;
}

static struct view view_of(const struct mp_density *d)
{
	struct view v = {
		.x = { .low = MP_DENSITY_DURATIONS },
		.y = { .low = MP_DENSITY_SIZES },
	};

	for (unsigned x = 0; x < MP_DENSITY_DURATIONS; x++)
		for (unsigned y = 0; y < MP_DENSITY_SIZES; y++) {
			unsigned classes;

			if (d->counts[x][y] == 0)
				continue;
			use(&v.x, x);
			use(&v.y, y);
			classes = class_of(d->counts[x][y]) + 1;
			v.classes = v.classes > classes ? v.classes : classes;
		}
	/* An axis of nothing but zeros begins at 1. */
	if (v.x.low > v.x.high)
		v.x.low = v.x.high = 1;
	if (v.y.low > v.y.high)
		v.y.low = v.y.high = 1;
	return v;
}

/* Where a bin begins, and ends, as a power of two. */
static double begin_of(const struct used *u, unsigned bin)
{
	return bin ? mp_density_edge(bin) : mp_density_edge(u->low) - 0.75;
}

static double end_of(const struct used *u, unsigned bin)
{
	return bin ? mp_density_edge(bin + 1) : mp_density_edge(u->low) - 0.5;
}

static void put_class(const struct mp_script *s, const struct view *v,
		      unsigned class)
{
	const struct mp_density *d = &s->plots->density;

	fprintf(s->out, "$duration%u << EOD\n", class);
	for (unsigned x = 0; x < MP_DENSITY_DURATIONS; x++)
		for (unsigned y = 0; y < MP_DENSITY_SIZES; y++)
			if (d->counts[x][y] > 0 &&
			    class_of(d->counts[x][y]) == class)
				fprintf(s->out, "%.4f %.4f %.4f %.4f %llu\n",
					begin_of(&v->x, x), end_of(&v->x, x),
					begin_of(&v->y, y), end_of(&v->y, y),
					(unsigned long long)d->counts[x][y]);
	fputs("EOD\n", s->out);
}

/* gnuplot warns of what has nothing to draw. */
static bool has_class(const struct mp_density *d, unsigned class)
{
	for (unsigned x = 0; x < MP_DENSITY_DURATIONS; x++)
		for (unsigned y = 0; y < MP_DENSITY_SIZES; y++)
			if (d->counts[x][y] > 0 &&
			    class_of(d->counts[x][y]) == class)
				return true;
	return false;
}

/* An axis as it is shown, in powers of two. */
static struct mp_range shown(const struct used *u)
{
	double low = begin_of(u, u->zero ? 0 : u->low);
	double high = end_of(u, u->high);
	double air = fmax((high - low) * 0.03, high - low < 4 ? 2 : 0.5);

	return (struct mp_range){ low - air, high + air };
}

static void put_tic(const struct mp_script *s, const struct used *u, double at,
		    const char *text)
{
	struct mp_range r = shown(u);
	double zero = begin_of(u, 0) + 0.125;

	/* The label of 0 has its room. */
	if (at < r.low || at > r.high ||
	    (u->zero && at < zero + (r.high - r.low) / LINES))
		return;
	fprintf(s->out, "'%s' %.4f, ", text, at);
}

static void end_tics(const struct mp_script *s, const struct used *u,
		     const char *zero)
{
	fprintf(s->out, "'%s' %.4f)\n", zero,
		u->zero ? begin_of(u, 0) + 0.125 : shown(u).low - 1);
}

/* Powers of ten of a second; where there are few, doubled and halved too. */
static void put_durations(const struct mp_script *s, const struct used *u)
{
	static const char *const units[] = { "us", "ms", "s" };
	static const unsigned factors[] = { 1, 2, 5 };
	struct mp_range r = shown(u);
	size_t factor_count = r.high - r.low < 12 ? 3 : 1;
	double decade = 1;
	char text[MP_SHOW_MAX];

	fputs("set xtics nomirror (", s->out);
	for (unsigned i = 0; i < 14; i++, decade *= 10)
		for (size_t f = 0; f < factor_count; f++) {
			size_t unit = i / 3 < 2 ? i / 3 : 2;
			double us = decade * factors[f];

			snprintf(text, sizeof(text), "%g %s",
				 us / pow(1000, (double)unit), units[unit]);
			put_tic(s, u, log2(us), text);
		}
	end_tics(s, u, "0");
}

static void put_sizes(const struct mp_script *s, const struct used *u)
{
	double octaves = shown(u).high - shown(u).low;
	unsigned step = octaves < 8 ? 1 : octaves < 28 ? 5 : 10;
	char text[MP_SHOW_MAX];

	fputs("set ytics nomirror (", s->out);
	for (unsigned i = 0; i <= MP_DENSITY_SIZES / 4; i += step) {
		mp_axes_show_power(i, text);
		put_tic(s, u, i, text);
	}
	end_tics(s, u, s->plots->density.peak ? "0" : "<= 0");
}

static void put_axes(const struct mp_script *s, const struct view *v)
{
	struct mp_range x = shown(&v->x), y = shown(&v->y);

	fprintf(s->out, "set xrange [%.4f:%.4f]\nset yrange [%.4f:%.4f]\n",
		x.low, x.high, y.low, y.high);
	put_durations(s, &v->x);
	put_sizes(s, &v->y);
	fputs("set xlabel 'duration'\n", s->out);
}

static void plot_class(const struct mp_script *s, unsigned class,
		       unsigned classes)
{
	unsigned long long least = least_of(class), next = least_of(class + 1);

	fprintf(s->out, "  $duration%u using ", class);
	if (s->style.picture == MP_PICTURE_TEXT)
		fprintf(s->out, "(($1+$2)/2):(($3+$4)/2) with points pt %u",
			class + 1);
	else
		fputs("1:3:1:2:3:4 with boxxyerror fillstyle solid noborder",
		      s->out);
	fprintf(s->out, " lc rgb '#%06X' title '%llu",
		colour_of(class, classes), least);
	if (class + 1 == CLASSES)
		fputs(" requests and more", s->out);
	else if (next > least + 1)
		fprintf(s->out, " to %llu", next - 1);
	fputs(class == 0 ? " requests', \\\n" : "', \\\n", s->out);
}

static double height(const struct mp_script *s)
{
	struct view v = view_of(&s->plots->density);

	return mp_script_height(s, LINES, v.classes);
}

static void write_duration(const struct mp_script *s, double top)
{
	const struct mp_density *d = &s->plots->density;
	struct mp_frame frame = mp_script_frame(s, top, LINES);
	struct view v = view_of(d);

	mp_script_begin(s, &frame,
			d->peak ? "Duration of requests against their peak"
				: "Duration of requests against RSS growth");
	if (d->requests == 0) {
		mp_script_nothing(
			s, "no request whose duration and memory are known");
		return;
	}
	for (unsigned i = 0; i < v.classes; i++)
		put_class(s, &v, i);
	put_axes(s, &v);
	fputs("plot \\\n", s->out);
	for (unsigned i = 0; i < v.classes; i++)
		if (has_class(d, i))
			plot_class(s, i, v.classes);
	mp_script_end(s);
}

const struct mp_panel mp_panel_duration = { height, write_duration };
