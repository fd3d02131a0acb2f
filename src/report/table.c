#include "report/table.h"

#include "report/explain.h"
#include "report/show.h"

#include <inttypes.h>
#include <string.h>

#define PAGE_MIN 20 /* columns that a page id gets before a column goes */
#define GAP	 2  /* between two columns */

/* ---- the columns, from left to right ---- */

static void put_count(uint64_t n, char *ret)
{
	snprintf(ret, MP_SHOW_MAX, "%" PRIu64, n);
}

static int64_t sum_value(const struct mp_sum *sum)
{
	return sum->lines ? sum->value : MP_UNKNOWN;
}

static void put_requests(const struct mp_page *p, char *ret)
{
	put_count(p->requests, ret);
}

static void put_errors(const struct mp_page *p, char *ret)
{
	put_count(p->errors, ret);
}

static void put_time(const struct mp_page *p, char *ret)
{
	mp_show_time(sum_value(&p->duration_us), ret);
}

static void put_mean_time(const struct mp_page *p, char *ret)
{
	const struct mp_sum *sum = &p->duration_us;

	mp_show_time(sum->lines ? sum->value / (int64_t)sum->lines : MP_UNKNOWN,
		     ret);
}

static void put_max_time(const struct mp_page *p, char *ret)
{
	mp_show_time(p->duration_max_us, ret);
}

static void put_p95(const struct mp_page *p, char *ret)
{
	const struct mp_sketch *s = &p->durations_us;

	mp_show_time(s->count ? mp_sketch_quantile(s, 0.95) : MP_UNKNOWN, ret);
}

static void put_retained(const struct mp_page *p, char *ret)
{
	mp_show_bytes(sum_value(&p->retained), ret);
}

static void put_retained_mean(const struct mp_page *p, char *ret)
{
	mp_show_mean(&p->retained, ret);
}

static void put_clean_rss(const struct mp_page *p, char *ret)
{
	mp_show_bytes(sum_value(&p->clean_rss), ret);
}

static void put_clean_lines(const struct mp_page *p, char *ret)
{
	put_count(p->clean_rss.lines, ret);
}

static void put_rss(const struct mp_page *p, char *ret)
{
	mp_show_bytes(sum_value(&p->rss), ret);
}

static void put_allocated(const struct mp_page *p, char *ret)
{
	mp_show_bytes(sum_value(&p->allocated), ret);
}

static void put_freed(const struct mp_page *p, char *ret)
{
	mp_show_bytes(sum_value(&p->freed), ret);
}

static void put_peak(const struct mp_page *p, char *ret)
{
	mp_show_bytes(p->peak_max, ret);
}

static void put_verdict(const struct mp_page *p, char *ret)
{
	bool judged = p->verdict.kind != MP_VERDICT_NONE;

	strcpy(ret, judged ? mp_verdict_name(&p->verdict) : "-");
}

static void put_interval(const struct mp_page *p, char *ret)
{
	mp_explain_interval(&p->verdict, ret);
}

static const struct column {
	const char *title;
	unsigned worth; /* where room is short, the least goes first */
	void (*put)(const struct mp_page *page, char *ret);
} columns[] = {
	{ "requests", 12, put_requests },
	{ "errors", 8, put_errors },
	{ "time", 2, put_time },
	{ "mean", 7, put_mean_time },
	{ "p95", 6, put_p95 },
	{ "longest", 4, put_max_time },
	{ "retained", 13, put_retained },
	{ "B/request", 11, put_retained_mean },
	{ "95 %", 8, put_interval },
	{ "RSS", 10, put_rss },
	{ "RSS clean", 9, put_clean_rss },
	{ "clean", 5, put_clean_lines },
	{ "allocated", 3, put_allocated },
	{ "freed", 1, put_freed },
	{ "peak", 6, put_peak },
	{ "verdict", 14, put_verdict },
};

#define COLUMNS (sizeof(columns) / sizeof(*columns))

/* ---- layout ---- */

/* How wide each column is; 0 where it is left out. */
struct layout {
	size_t page;
	size_t width[COLUMNS];
};

static size_t larger(size_t a, size_t b)
{
	return a > b ? a : b;
}

static void measure(struct layout *layout, const struct mp_page *page)
{
	char cell[MP_SHOW_MAX];

	layout->page = larger(layout->page, mp_show_width(page->id));
	for (size_t i = 0; i < COLUMNS; i++) {
		columns[i].put(page, cell);
		layout->width[i] = larger(layout->width[i], strlen(cell));
	}
}

static size_t numbers_width(const struct layout *layout)
{
	size_t sum = 0;

	for (size_t i = 0; i < COLUMNS; i++)
		if (layout->width[i])
			sum += layout->width[i] + GAP;
	return sum;
}

/* Leave the least column out; false where none is left. */
static bool drop_column(struct layout *layout)
{
	size_t least = COLUMNS;

	for (size_t i = 0; i < COLUMNS; i++)
		if (layout->width[i] &&
		    (least == COLUMNS ||
		     columns[i].worth < columns[least].worth))
			least = i;
	if (least == COLUMNS)
		return false;
	layout->width[least] = 0;
	return true;
}

static void fit(struct layout *layout, size_t width)
{
	size_t page = layout->page < PAGE_MIN ? layout->page : PAGE_MIN;

	if (width == 0)
		return;
	while (numbers_width(layout) + page > width && drop_column(layout))
		;
	page = larger(page, width - numbers_width(layout));
	if (layout->page > page)
		layout->page = page;
}

/* ---- printing ---- */

static void put_spaces(FILE *out, size_t n)
{
	fprintf(out, "%*s", (int)n, "");
}

static void print_titles(FILE *out, const struct layout *layout, bool colour)
{
	fputs(colour ? "\033[1m" : "", out);
	fputs("page", out);
	put_spaces(out, layout->page - 4);
	for (size_t i = 0; i < COLUMNS; i++)
		if (layout->width[i])
			fprintf(out, "%*s", (int)(layout->width[i] + GAP),
				columns[i].title);
	fputs(colour ? "\033[0m\n" : "\n", out);
}

static void print_page(FILE *out, const struct layout *layout,
		       const struct mp_page *page)
{
	char cell[MP_SHOW_MAX], id[MP_SHOW_ID_MAX];
	size_t used = mp_show_id(page->id, layout->page, id);

	fputs(id, out);
	put_spaces(out, layout->page - used);
	for (size_t i = 0; i < COLUMNS; i++) {
		if (!layout->width[i])
			continue;
		columns[i].put(page, cell);
		fprintf(out, "%*s", (int)(layout->width[i] + GAP), cell);
	}
	putc('\n', out);
}

static void print_skipped(FILE *out, const struct mp_totals *t)
{
	fprintf(out,
		"These totals are partial: %" PRId64 " requests were left out "
		"by sampling, %" PRId64 " by the threshold.\n",
		t->sampled.value, t->threshold.value);
	if (t->one_in_max <= 1)
		return;
	fprintf(out, "One request in %" PRId64, t->one_in_min);
	if (t->one_in_max != t->one_in_min)
		fprintf(out, " to %" PRId64, t->one_in_max);
	fputs(" was measured.\n", out);
}

static void print_notes(FILE *out, const struct mp_report *r)
{
	static const char *const ranked_by[] = {
		[MP_RANK_RETAINED] =
			"retained heap: what was allocated minus what was "
			"freed",
		[MP_RANK_CLEAN_RSS] =
			"the RSS growth of clean requests (overlap 0): nothing "
			"is known of the heap",
		[MP_RANK_RSS] = "RSS growth, which other requests may share: "
				"nothing is known of heap or overlap",
	};
	const struct mp_totals *t = &r->totals;
	const struct mp_page *all = &r->all;

	if (t->count == 0)
		fputs("\nThere are no requests.\n", out);
	else
		fprintf(out, "\nSorted by %s.\n", ranked_by[r->rank]);
	if (all->retained.lines > 0 && all->retained.lines < all->requests)
		fprintf(out,
			"Retained heap is known of %" PRIu64 " of %" PRIu64
			" requests.\n",
			all->retained.lines, all->requests);
	if (t->sampled.value > 0 || t->threshold.value > 0)
		print_skipped(out, t);
	if (t->started > 0 || t->stopped > 0)
		fprintf(out,
			"Processes: %" PRIu64 " started, %" PRIu64
			" stopped.\n",
			t->started, t->stopped);
	if (t->unknown_own > 0)
		fprintf(out,
			"Left out: %" PRIu64 " %s of memprof's own that this "
			"version does not know.\n",
			t->unknown_own, t->unknown_own == 1 ? "line" : "lines");
	if (t->saturated)
		fputs("A sum is too large for 63 bits; it stands at the "
		      "largest number instead.\n",
		      out);
}

void mp_table_print(const struct mp_report *r, FILE *out)
{
	const struct mp_show_style *style = &r->options.style;
	const struct mp_page *outside = &r->totals.outside;
	struct layout layout = { .page = strlen("page") };

	for (size_t i = 0; i < COLUMNS; i++)
		layout.width[i] = strlen(columns[i].title);
	for (size_t i = 0; i < r->shown; i++)
		measure(&layout, r->totals.pages[i]);
	if (r->other.requests > 0)
		measure(&layout, &r->other);
	measure(&layout, &r->all);
	measure(&layout, outside);
	fit(&layout, style->width);

	print_titles(out, &layout, style->colour);
	for (size_t i = 0; i < r->shown; i++)
		print_page(out, &layout, r->totals.pages[i]);
	if (r->other.requests > 0)
		print_page(out, &layout, &r->other);
	print_page(out, &layout, &r->all);
	if (outside->requests > 0)
		print_page(out, &layout, outside);
	print_notes(out, r);
}
