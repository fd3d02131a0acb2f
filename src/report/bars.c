#include "report/bars.h"

#include "report/show.h"

#include <math.h>

#define PAGES_MAX  15 /* bars */
#define PAGES_MIN  5  /* rooms for bars: a lone one is not a wall */
#define ZEROS_MAX  3  /* bars of pages that kept nothing */
#define ID_COLUMNS 44

struct unit {
	const char *name;
	double bytes;
};

/* The largest unit that leaves `bytes` a whole part. */
static struct unit unit_for(double bytes)
{
	static const struct unit units[] = { { "GiB", MP_MIB * 1024 },
					     { "MiB", MP_MIB },
					     { "KiB", 1024 } };

	for (size_t i = 0; i < sizeof(units) / sizeof(*units); i++)
		if (bytes >= units[i].bytes)
			return units[i];
	return (struct unit){ "bytes", 1 };
}

/* The pages that are drawn, and how many are not. */
struct bars {
	const struct mp_page *pages[PAGES_MAX];
	size_t count;
	size_t zeros;  /* left out, as they neither grew nor shrank */
	size_t others; /* left out */
};

static int64_t growth_of(const struct mp_script *s, const struct mp_page *page)
{
	return mp_page_growth(page, s->rank)->value;
}

static struct bars choose_bars(const struct mp_script *s)
{
	struct bars b = { .count = 0 };
	size_t zeros = 0;

	for (size_t i = 0; i < s->totals->count; i++) {
		const struct mp_page *page = s->totals->pages[i];
		bool known = mp_page_growth(page, s->rank)->lines > 0;

		if (known && growth_of(s, page) == 0 && ++zeros > ZEROS_MAX)
			b.zeros++;
		else if (known && b.count < PAGES_MAX)
			b.pages[b.count++] = page;
		else
			b.others++;
	}
	return b;
}

static void put_bar_label(const struct mp_script *s, const struct mp_page *page,
			  size_t row, double end)
{
	const struct mp_sum *growth = mp_page_growth(page, s->rank);
	char id[MP_SHOW_ID_MAX], bytes[MP_SHOW_MAX], mean[MP_SHOW_MAX];

	mp_script_show_id(s, page->id, ID_COLUMNS, id);
	fputs("set label ", s->out);
	mp_script_put_string(s, id);
	fprintf(s->out, " at graph 0, first %zu right offset -1,0\n", row);
	mp_show_bytes(growth->value, bytes);
	mp_show_mean(growth, mean);
	fprintf(s->out,
		"set label '%s (%s B a request)' at first %.9g, first %zu left "
		"offset 1,0\n",
		bytes, mean, fmax(end, 0), row);
}

/* Room for the longest id, as a part of the picture's width. */
static double left_margin(const struct mp_script *s, const struct bars *b)
{
	char id[MP_SHOW_ID_MAX];
	size_t most = 0;

	for (size_t i = 0; i < b->count; i++) {
		size_t w =
			mp_script_show_id(s, b->pages[i]->id, ID_COLUMNS, id);

		most = w > most ? w : most;
	}
	return fmax(0.08, 0.02 + 0.0085 * (double)most);
}

static void put_bars(const struct mp_script *s, const struct bars *b,
		     struct unit unit)
{
	fputs("$bars << EOD\n", s->out);
	for (size_t i = 0; i < b->count; i++)
		fprintf(s->out, "%.9g %zu\n",
			(double)growth_of(s, b->pages[i]) / unit.bytes, i);
	fputs("EOD\n", s->out);
	for (size_t i = 0; i < b->count; i++)
		put_bar_label(s, b->pages[i], i,
			      (double)growth_of(s, b->pages[i]) / unit.bytes);
}

void mp_bars_write(const struct mp_script *s)
{
	static const char *const measures[] = {
		[MP_RANK_RETAINED] =
			"Retained heap by page (allocated minus freed)",
		[MP_RANK_CLEAN_RSS] = "RSS growth of clean requests by page",
		[MP_RANK_RSS] =
			"RSS growth by page (other requests may share it)",
	};
	struct bars b = choose_bars(s);
	double low = 0, high = 0;
	struct unit unit;

	for (size_t i = 0; i < b.count; i++) {
		low = fmin(low, (double)growth_of(s, b.pages[i]));
		high = fmax(high, (double)growth_of(s, b.pages[i]));
	}
	unit = unit_for(fmax(high, -low));
	fputs("unset label\nunset key\nunset y2tics\nunset y2label\nunset "
	      "ylabel\n"
	      "unset ytics\nset xtics autofreq numeric format '%g'\n",
	      s->out);
	put_bars(s, &b, unit);
	if (b.count == 0)
		fputs("set label 'no request whose growth is known' at graph "
		      "0.5, graph 0.5 center\n",
		      s->out);
	fprintf(s->out, "set lmargin at screen %.3f\n", left_margin(s, &b));
	fprintf(s->out, "set xlabel '%s, in %s", measures[s->rank], unit.name);
	if (b.zeros > 0)
		fprintf(s->out, "; %zu more at 0", b.zeros);
	if (b.others > 0)
		fprintf(s->out, "; not drawn: %zu", b.others);
	fputs("'\n", s->out);
	/* Room for the labels at the right. */
	high = fmax(high, unit.bytes) / unit.bytes;
	low /= unit.bytes;
	fprintf(s->out, "set xrange [%.9g:%.9g]\nset yrange [%.1f:-0.5]\n",
		low * 1.05, high + 0.55 * (high - low),
		(double)(b.count < PAGES_MIN ? PAGES_MIN : b.count) - 0.5);
	fputs(b.count ? "plot $bars using (0):2:(0):1:($2-0.35):($2+0.35) with "
			"boxxyerror lc rgb '#0072B2' fillstyle solid 0.7 "
			"noborder "
			"notitle\n"
		      : "plot -1 notitle\n",
	      s->out);
}
