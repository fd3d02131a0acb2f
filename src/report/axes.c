#include "report/axes.h"

#include "core/civil.h"

#include <math.h>

#define MINUTE 60
#define HOUR   3600
#define DAY    86400

/* ---- ranges and units ---- */

const struct mp_range mp_range_empty = { INFINITY, -INFINITY };

void mp_range_add(struct mp_range *r, double v)
{
	r->low = fmin(r->low, v);
	r->high = fmax(r->high, v);
}

struct mp_unit mp_axes_unit(double bytes)
{
	static const struct mp_unit units[] = {
		{ "TiB", 1024.0 * 1024 * 1024 * 1024 },
		{ "GiB", 1024.0 * 1024 * 1024 },
		{ "MiB", 1024.0 * 1024 },
		{ "KiB", 1024 },
	};

	for (size_t i = 0; i < sizeof(units) / sizeof(*units); i++)
		if (bytes >= units[i].bytes)
			return units[i];
	return (struct mp_unit){ "B", 1 };
}

void mp_axes_show_power(unsigned power, char *ret)
{
	static const char *const units[] = { "B",   "KiB", "MiB", "GiB",
					     "TiB", "PiB", "EiB" };

	snprintf(ret, MP_SHOW_MAX, "%u %s", 1U << power % 10,
		 units[power / 10]);
}

/* ---- time ---- */

struct mp_range mp_axes_times(const struct mp_script *s)
{
	const struct mp_timeline *t = &s->plots->timeline;
	const struct mp_courses *c = &s->plots->courses;
	struct mp_range r = mp_range_empty;

	if (c->first_us <= c->last_us) {
		mp_range_add(&r, (double)c->first_us / 1e6);
		mp_range_add(&r, (double)c->last_us / 1e6);
	}
	if (t->first_us <= t->last_us) {
		mp_range_add(&r, (double)t->first_us / 1e6);
		mp_range_add(&r, (double)t->last_us / 1e6);
	}
	return r;
}

/* The labels of a span of seconds: their format, and their length. */
struct labels {
	const char *format;
	double columns;
};

static struct labels labels_for(double span)
{
	if (span < 600)
		return (struct labels){ "%H:%M:%S", 8 };
	if (span < 2 * DAY)
		return (struct labels){ "%H:%M", 5 };
	if (span < 10 * DAY)
		return (struct labels){ "%m-%d %H:%M", 11 };
	return (struct labels){ "%Y-%m-%d", 10 };
}

double mp_axes_step(double step)
{
	double decimal = pow(10, floor(log10(step)));
	double steps = step / decimal;

	return decimal * (steps <= 1   ? 1
			  : steps <= 2 ? 2
			  : steps <= 5 ? 5
				       : 10);
}

/* Seconds between tics: at least `step`, as clocks and calendars have them. */
static double round_time(double step)
{
	static const double steps[] = {
		1,	     2,		  5,	      10,	  15,
		30,	     MINUTE,	  2 * MINUTE, 5 * MINUTE, 10 * MINUTE,
		15 * MINUTE, 30 * MINUTE, HOUR,	      2 * HOUR,	  3 * HOUR,
		6 * HOUR,    12 * HOUR,	  DAY,	      2 * DAY,	  7 * DAY,
		14 * DAY,
	};

	if (step <= 0.5)
		return mp_axes_step(step);
	for (size_t i = 0; i < sizeof(steps) / sizeof(*steps); i++)
		if (step <= steps[i])
			return steps[i];
	return DAY * mp_axes_step(step / DAY);
}

/* How many of them tell a step below 1 from 0. */
static int decimals_of(double step)
{
	return (int)ceil(-log10(step) - 1e-9);
}

static void put_time_tics(const struct mp_script *s,
			  const struct mp_frame *frame, double span)
{
	double columns = frame->right - frame->left;
	struct labels labels = labels_for(span);
	double step = round_time(span * (labels.columns + 4) / columns);

	/* gnuplot's own labels would repeat. */
	if (step < 1)
		step = mp_axes_step(span *
				    (labels.columns + decimals_of(step) + 5) /
				    columns);
	if (step < 1)
		fprintf(s->out,
			"set xtics nomirror %g time format '%%H:%%M:%%.%dS'\n",
			step, decimals_of(step));
	else
		fprintf(s->out, "set xtics nomirror %.0f time format '%s'\n",
			step, labels.format);
}

static const char *zone_of(const struct mp_timeline *t)
{
	if (t->has_utc && t->has_local)
		return "UTC, and local time in Launchpad''s lines";
	return t->has_local ? "local time" : "UTC";
}

static void put_date(const struct mp_script *s, int64_t day)
{
	struct mp_civil date = mp_civil_from_days(day);

	fprintf(s->out, "%04d-%02u-%02u", (int)date.year, date.month, date.day);
}

static void put_time_label(const struct mp_script *s, struct mp_range r)
{
	int64_t first = (int64_t)floor(r.low / DAY);
	int64_t last = (int64_t)floor(r.high / DAY);

	fputs("set xlabel 'time on ", s->out);
	put_date(s, first);
	if (last > first) {
		fputs(" to ", s->out);
		put_date(s, last);
	}
	fprintf(s->out, ", %s'\n", zone_of(&s->plots->timeline));
}

bool mp_axes_put_time(const struct mp_script *s, const struct mp_frame *frame)
{
	struct mp_range r = mp_axes_times(s);
	double air = fmax((r.high - r.low) * 0.01, 0.001);

	if (r.low > r.high)
		return false;
	fprintf(s->out, "set xrange [%.6f:%.6f]\n", r.low - air, r.high + air);
	put_time_tics(s, frame, r.high - r.low + 2 * air);
	put_time_label(s, r);
	return true;
}

/* ---- bytes ---- */

struct mp_unit mp_axes_put_bytes(const struct mp_script *s, struct mp_range r)
{
	struct mp_unit unit = mp_axes_unit(fmax(r.high, -r.low));
	double air = fmax((r.high - r.low) * 0.06,
			  unit.bytes > 1 ? unit.bytes / 2 : 8);
	double low = r.low - air, high = r.high + air;

	if (r.low >= 0 && (low < 0 || r.low < r.high / 2))
		low = 0;
	fprintf(s->out,
		"set yrange [%.9g:%.9g]\nset ytics nomirror autofreq format "
		"'%%g %s'\n",
		low / unit.bytes, high / unit.bytes, unit.name);
	return unit;
}
