#include "report/difftable.h"

#include "report/show.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

#define PAGE_MIN 20 /* columns that a page id gets, however narrow it is */
#define CELL_MAX 32

enum column { WHAT, BEFORE, AFTER, CHANGE, CHANCE, COLUMNS };

static const char *const titles[COLUMNS] = {
	[WHAT] = "what",     [BEFORE] = "before",    [AFTER] = "after",
	[CHANGE] = "change", [CHANCE] = "by chance",
};

struct row {
	const struct mp_diff_page *page;
	bool first; /* of its page */
	char cells[COLUMNS][CELL_MAX];
};

/* ---- cells ---- */

/* A small mean may well have a fraction. */
static void put_number(enum mp_measure m, double v, char *ret)
{
	bool time = m == MP_MEASURE_DURATION;

	if (fabs(v) < 100 && v != floor(v))
		snprintf(ret, CELL_MAX, "%.2f %s", v, time ? "us" : "B");
	else if (time)
		mp_show_time(llround(v), ret);
	else
		mp_show_bytes(llround(v), ret);
}

static void put_change(double before, double after, char *ret)
{
	double percent = (after - before) / fabs(before) * 100;

	if (before == after)
		strcpy(ret, "0 %");
	else if (before == 0)
		strcpy(ret, after > 0 ? "from 0" : "below 0");
	else
		snprintf(ret, CELL_MAX,
			 fabs(percent) < 1e4 ? "%+.1f %%" : "%+.0e %%",
			 percent);
}

static void put_chance(const struct mp_change *c, char *ret)
{
	static const char *const words[] = {
		[MP_CERTAINTY_FEW] = "too few",
		[MP_CERTAINTY_ERROR] = "< 64 KiB",
		[MP_CERTAINTY_SAME] = "same",
		[MP_CERTAINTY_EXACT] = "exact",
	};

	if (c->certainty != MP_CERTAINTY_TEST &&
	    c->certainty != MP_CERTAINTY_NOISE)
		strcpy(ret, words[c->certainty]);
	else if (c->p < 0.0001)
		strcpy(ret, "< 0.0001");
	else
		snprintf(ret, CELL_MAX, "%.4f", c->p);
}

/* ---- rows: one walk over them measures, a second one prints ---- */

typedef void do_row(const struct row *row, void *data);

static bool is_told(const struct mp_change *c, bool all)
{
	return all ? c->certainty != MP_CERTAINTY_NONE
		   : c->certainty >= MP_CERTAINTY_TEST;
}

static void walk_page(const struct mp_diff_page *page, bool all, do_row *fn,
		      void *data)
{
	struct row row = { .page = page, .first = true };

	for (unsigned m = 0; m < MP_MEASURES; m++) {
		const struct mp_change *c = &page->changes[m];

		if (!is_told(c, all))
			continue;
		strcpy(row.cells[WHAT], mp_measure_name((enum mp_measure)m));
		put_number((enum mp_measure)m, c->before, row.cells[BEFORE]);
		put_number((enum mp_measure)m, c->after, row.cells[AFTER]);
		put_change(c->before, c->after, row.cells[CHANGE]);
		put_chance(c, row.cells[CHANCE]);
		fn(&row, data);
		row.first = false;
	}
}

static bool is_one_sided(const struct mp_diff_page *page)
{
	return !page->requests[MP_BEFORE] || !page->requests[MP_AFTER];
}

static void walk_one_sided(const struct mp_diff_page *page, do_row *fn,
			   void *data)
{
	struct row row = { .page = page, .first = true };

	strcpy(row.cells[WHAT], "requests");
	snprintf(row.cells[BEFORE], CELL_MAX, "%" PRIu64,
		 page->requests[MP_BEFORE]);
	snprintf(row.cells[AFTER], CELL_MAX, "%" PRIu64,
		 page->requests[MP_AFTER]);
	strcpy(row.cells[CHANGE], page->requests[MP_BEFORE] ? "gone" : "new");
	fn(&row, data);
}

static void walk(const struct mp_diff *d, bool all, do_row *fn, void *data)
{
	for (size_t i = 0; i < d->count; i++)
		if (!is_one_sided(d->pages[i]))
			walk_page(d->pages[i], all, fn, data);
	for (size_t i = 0; i < d->count; i++)
		if (is_one_sided(d->pages[i]))
			walk_one_sided(d->pages[i], fn, data);
}

/* ---- the table ---- */

struct layout {
	size_t page;
	size_t width[COLUMNS];
	size_t rows;
	FILE *out;
};

static size_t larger(size_t a, size_t b)
{
	return a > b ? a : b;
}

static void measure(const struct row *row, void *data)
{
	struct layout *l = data;

	l->rows++;
	l->page = larger(l->page, mp_show_width(row->page->id));
	for (unsigned i = 0; i < COLUMNS; i++)
		l->width[i] = larger(l->width[i], strlen(row->cells[i]));
}

static void print_cells(const struct layout *l, const char *id, size_t used,
			const char *(*cell)(const struct row *, unsigned),
			const struct row *row)
{
	fprintf(l->out, "%s%*s", id, (int)(l->page - used), "");
	for (unsigned i = 0; i < COLUMNS; i++) {
		const char *text = cell(row, i);
		int width = (int)l->width[i];

		/* Words stand left, numbers right; only the last is empty. */
		if (*text)
			fprintf(l->out, "  %*s", i == WHAT ? -width : width,
				text);
	}
	putc('\n', l->out);
}

static const char *cell_of(const struct row *row, unsigned i)
{
	return row->cells[i];
}

static const char *title_of(const struct row *row, unsigned i)
{
	(void)row;
	return titles[i];
}

static void print_row(const struct row *row, void *data)
{
	const struct layout *l = data;
	char id[MP_SHOW_ID_MAX] = "";
	size_t used = 0;

	if (row->first)
		used = mp_show_id(row->page->id, l->page, id);
	print_cells(l, id, used, cell_of, row);
}

static void fit(struct layout *l, size_t width)
{
	size_t numbers = 0, room;

	for (unsigned i = 0; i < COLUMNS; i++)
		numbers += 2 + l->width[i];
	room = width > numbers + PAGE_MIN ? width - numbers : PAGE_MIN;
	if (width > 0 && l->page > room)
		l->page = room;
}

static void print_notes(const struct mp_diff *d, bool all, FILE *out)
{
	uint64_t both = 0, changed = 0, few = 0;

	for (size_t i = 0; i < d->count; i++) {
		const uint64_t *requests = d->pages[i]->requests;
		bool told = false;
		bool unsure = !is_one_sided(d->pages[i]) &&
			      (requests[MP_BEFORE] <= d->warm_up ||
			       requests[MP_AFTER] <= d->warm_up);

		for (unsigned m = 0; m < MP_MEASURES; m++) {
			const struct mp_change *c = &d->pages[i]->changes[m];

			told = told || is_told(c, false);
			unsure = unsure || c->certainty == MP_CERTAINTY_FEW;
		}
		both += !is_one_sided(d->pages[i]);
		changed += told;
		few += unsure;
	}
	fprintf(out, "%" PRIu64 " of %" PRIu64 " pages changed%s.\n", changed,
		both, all || both == changed ? "" : "; --all shows the others");
	if (few > 0)
		fprintf(out,
			"%" PRIu64 " had a number that too few requests tell "
			"to judge.\n",
			few);
	for (unsigned side = 0; side < MP_SIDES; side++)
		if (d->below_threshold[side] > 0)
			fprintf(out,
				"%s, %" PRIu64 " requests below the threshold "
				"have no line: the means are of the rest.\n",
				side == MP_BEFORE ? "Before" : "After",
				d->below_threshold[side]);
}

void mp_difftable_print(const struct mp_diff *d, bool all,
			const struct mp_show_style *style, FILE *out)
{
	struct layout l = { .page = strlen("page"), .out = out };

	for (unsigned i = 0; i < COLUMNS; i++)
		l.width[i] = strlen(titles[i]);
	walk(d, all, measure, &l);
	fit(&l, style->width);
	if (l.rows > 0) {
		fputs(style->colour ? "\033[1m" : "", out);
		print_cells(&l, "page", strlen("page"), title_of, NULL);
		fputs(style->colour ? "\033[0m" : "", out);
		walk(d, all, print_row, &l);
		putc('\n', out);
	}
	print_notes(d, all, out);
}

/* ---- the gate ---- */

static void print_over(const struct mp_diff_page *page, enum mp_measure m,
		       FILE *out)
{
	const struct mp_change *c = &page->changes[m];
	char before[CELL_MAX], after[CELL_MAX], change[CELL_MAX];
	char id[MP_SHOW_ID_MAX];

	put_number(m, c->before, before);
	put_number(m, c->after, after);
	put_change(c->before, c->after, change);
	mp_show_id(page->id, mp_show_width(page->id), id);
	fprintf(out, "%s: %s for each request from %s to %s: %s\n", id,
		mp_measure_name(m), before, after, change);
}

size_t mp_difftable_print_over(const struct mp_diff *d, FILE *out)
{
	size_t n = 0;

	for (size_t i = 0; i < d->count; i++)
		for (unsigned m = 0; m < MP_MEASURES; m++) {
			if (!d->pages[i]->changes[m].over)
				continue;
			print_over(d->pages[i], (enum mp_measure)m, out);
			n++;
		}
	return n;
}
