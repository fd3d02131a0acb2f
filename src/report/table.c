#include "report/table.h"

#include "report/columns.h"
#include "report/notes.h"
#include "report/show.h"

#include <limits.h>
#include <string.h>

#define PAGE_MIN 20 /* columns that a page id gets before a column goes */
#define GAP	 2  /* between two columns */

/* ---- layout ---- */

/* The columns of numbers come behind the page's id. */
#define NUMBERS (MP_COLUMN_PAGE_ID + 1)

/* How wide each column is; 0 where it is left out. */
struct layout {
	size_t page;
	size_t width[MP_COLUMNS];
	size_t asked; /* the column to sort by, or the page */
};

static size_t larger(size_t a, size_t b)
{
	return a > b ? a : b;
}

static void measure(struct layout *layout, const struct mp_page *page)
{
	char cell[MP_COLUMN_ROOM];

	layout->page = larger(layout->page, mp_show_width(page->id));
	for (enum mp_column_id i = NUMBERS; i < MP_COLUMNS; i++) {
		if (!layout->width[i])
			continue;
		mp_column_show(i, page, cell);
		layout->width[i] = larger(layout->width[i], strlen(cell));
	}
}

static size_t numbers_width(const struct layout *layout)
{
	size_t sum = 0;

	for (enum mp_column_id i = NUMBERS; i < MP_COLUMNS; i++)
		if (layout->width[i])
			sum += layout->width[i] + GAP;
	return sum;
}

/* Nobody wants to be without the column that was asked for. */
static unsigned worth_of(const struct layout *layout, size_t column)
{
	return column == layout->asked ? UINT_MAX : mp_columns[column].worth;
}

/* Leave the least column out; false where none is left. */
static bool drop_column(struct layout *layout)
{
	size_t least = MP_COLUMNS;

	for (enum mp_column_id i = NUMBERS; i < MP_COLUMNS; i++)
		if (layout->width[i] &&
		    (least == MP_COLUMNS ||
		     worth_of(layout, i) < worth_of(layout, least)))
			least = i;
	if (least == MP_COLUMNS)
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

static void print_titles(FILE *out, const struct layout *layout,
			 const char *title, bool colour)
{
	fputs(colour ? "\033[1m" : "", out);
	fputs(title, out);
	put_spaces(out, layout->page - strlen(title));
	for (enum mp_column_id i = NUMBERS; i < MP_COLUMNS; i++)
		if (layout->width[i])
			fprintf(out, "%*s", (int)(layout->width[i] + GAP),
				mp_columns[i].heading);
	fputs(colour ? "\033[0m\n" : "\n", out);
}

static void print_page(FILE *out, const struct layout *layout,
		       const struct mp_page *page)
{
	char cell[MP_COLUMN_ROOM], id[MP_SHOW_ID_MAX];
	size_t used = mp_show_id(page->id, layout->page, id);

	fputs(id, out);
	put_spaces(out, layout->page - used);
	for (enum mp_column_id i = NUMBERS; i < MP_COLUMNS; i++) {
		if (!layout->width[i])
			continue;
		mp_column_show(i, page, cell);
		fprintf(out, "%*s", (int)(layout->width[i] + GAP), cell);
	}
	putc('\n', out);
}

static void print_note(void *out, const struct mp_sentence *note)
{
	fprintf(out, "%s\n", note->p);
}

void mp_table_print(const struct mp_report *r, FILE *out)
{
	const struct mp_show_style *style = &r->options.style;
	const struct mp_page *outside = &r->totals.outside;
	const char *title = mp_column_heading(MP_COLUMN_PAGE_ID, r->by);
	struct layout layout = { .page = strlen(title) };

	if (r->options.sorted)
		layout.asked = r->sorted_by;
	for (enum mp_column_id i = NUMBERS; i < MP_COLUMNS; i++)
		if (mp_columns[i].heading && mp_column_is_of(i, r->by))
			layout.width[i] = strlen(mp_columns[i].heading);
	for (size_t i = 0; i < r->shown; i++)
		measure(&layout, r->totals.pages[i]);
	if (r->other.requests > 0)
		measure(&layout, &r->other);
	measure(&layout, &r->all);
	measure(&layout, outside);
	fit(&layout, style->width);

	print_titles(out, &layout, title, style->colour);
	for (size_t i = 0; i < r->shown; i++)
		print_page(out, &layout, r->totals.pages[i]);
	if (r->other.requests > 0)
		print_page(out, &layout, &r->other);
	print_page(out, &layout, &r->all);
	if (outside->requests > 0)
		print_page(out, &layout, outside);
	putc('\n', out);
	mp_notes_each(r, print_note, out);
}
