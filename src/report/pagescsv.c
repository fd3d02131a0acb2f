#include "report/pagescsv.h"

#include "report/columns.h"
#include "report/csv.h"

#include <string.h>

/* How fields are written. */
struct dialect {
	FILE *out;
	enum mp_view_by by;
	char between;
	const char *unknown;
	char *(*put_string)(char *p, struct mp_text t);
};

/* A text has no tab and no end of a line. */
static char *put_escaped(char *p, struct mp_text t)
{
	for (size_t i = 0; i < t.len; i++) {
		if (t.p[i] == '\\')
			*p++ = '\\';
		*p++ = t.p[i];
	}
	return p;
}

static void put_string(const struct dialect *d, struct mp_text t)
{
	char string[2 * sizeof(((struct mp_sentence *)0)->p) + 2];
	const char *end = d->put_string(string, t);

	fwrite(string, 1, (size_t)(end - string), d->out);
}

static void put_cell(const struct dialect *d, enum mp_column_id id,
		     const struct mp_cell *cell)
{
	char number[MP_COLUMN_ROOM];

	switch (cell->kind) {
	case MP_CELL_UNKNOWN:
		fputs(d->unknown, d->out);
		break;
	case MP_CELL_TEXT:
		put_string(d, cell->text);
		break;
	case MP_CELL_FLAG:
		fputs(cell->whole ? "true" : "false", d->out);
		break;
	default:
		mp_column_number(id, cell, number);
		fputs(number, d->out);
		break;
	}
}

static bool has_column(const struct dialect *d, enum mp_column_id id)
{
	return mp_columns[id].key && mp_column_is_of(id, d->by);
}

static void put_names(const struct dialect *d)
{
	fputs("kind", d->out);
	for (enum mp_column_id i = 0; i < MP_COLUMNS; i++)
		if (has_column(d, i))
			fprintf(d->out, "%c%s", d->between,
				mp_column_key(i, d->by));
	fprintf(d->out, "%csorted_by\n", d->between);
}

static void put_page(const struct dialect *d, const char *kind,
		     const struct mp_page *page, enum mp_column_id sorted_by)
{
	struct mp_sentence room;

	fputs(kind, d->out);
	for (enum mp_column_id i = 0; i < MP_COLUMNS; i++) {
		struct mp_cell cell;

		if (!has_column(d, i))
			continue;
		cell = mp_column_get(i, page, &room);
		putc(d->between, d->out);
		put_cell(d, i, &cell);
	}
	fprintf(d->out, "%c%s\n", d->between, mp_column_key(sorted_by, d->by));
}

/* Requests, lines or processes of which nothing but their number is known. */
static void put_count(const struct dialect *d, const char *kind, uint64_t n)
{
	const struct mp_cell cell = { .kind = MP_CELL_WHOLE,
				      .whole = (int64_t)n };

	fputs(kind, d->out);
	for (enum mp_column_id i = 0; i < MP_COLUMNS; i++) {
		if (!has_column(d, i))
			continue;
		putc(d->between, d->out);
		if (i == MP_COLUMN_REQUESTS)
			put_cell(d, i, &cell);
		else
			fputs(d->unknown, d->out);
	}
	fprintf(d->out, "%c%s\n", d->between, d->unknown);
}

static void print(const struct dialect *d, const struct mp_report *r)
{
	const struct mp_totals *t = &r->totals;

	put_names(d);
	for (size_t i = 0; i < r->shown; i++)
		put_page(d, mp_view_name(r->by), t->pages[i], r->sorted_by);
	if (r->other.requests > 0)
		put_page(d, "other", &r->other, r->sorted_by);
	put_page(d, "total", &r->all, r->sorted_by);
	if (t->outside.requests > 0)
		put_page(d, "outside", &t->outside, r->sorted_by);
	put_count(d, "sampled", (uint64_t)t->sampled.value);
	put_count(d, "threshold", (uint64_t)t->threshold.value);
	put_count(d, "paused", (uint64_t)t->paused.value);
	put_count(d, "left_out", r->left_out);
	put_count(d, "faults", r->faults);
}

void mp_pagescsv_print(const struct mp_report *r, FILE *out)
{
	const struct dialect csv = { out, r->by, ',', "", mp_csv_put_string };

	print(&csv, r);
}

void mp_pagescsv_print_tabs(const struct mp_report *r, FILE *out)
{
	const struct dialect tabs = { out, r->by, '\t', "\\N", put_escaped };

	print(&tabs, r);
}
