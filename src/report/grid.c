#include "report/grid.h"

#include <assert.h>
#include <string.h>

#define TEXT_MIN 20 /* columns that the text gets before a column goes */
#define GAP	 2  /* between two columns */

/* How wide each column is; 0 where it is left out. */
struct layout {
	size_t width[MP_GRID_COLUMNS];
	size_t text; /* the column of text */
	size_t last; /* the last one that is not left out */
};

static size_t larger(size_t a, size_t b)
{
	return a > b ? a : b;
}

static size_t width_of(const char *cell)
{
	return mp_show_width((struct mp_text){ cell, strlen(cell) });
}

static void measure(const struct mp_grid *g, struct layout *ret)
{
	char cell[MP_GRID_CELL_MAX];

	for (size_t c = 0; c < g->column_count; c++) {
		if (g->columns[c].worth == 0)
			ret->text = c;
		ret->width[c] = strlen(g->columns[c].title);
		for (size_t row = 0; row < g->row_count; row++) {
			g->put(g->rows, row, c, cell);
			ret->width[c] = larger(ret->width[c], width_of(cell));
		}
	}
}

/* Of all but the text, with the gaps and the indent. */
static size_t other_width(const struct mp_grid *g, const struct layout *l)
{
	size_t sum = MP_GRID_INDENT;

	for (size_t c = 0; c < g->column_count; c++)
		if (c != l->text && l->width[c] > 0)
			sum += l->width[c] + GAP;
	return sum;
}

/* Leave the least column out; false where only the text is left. */
static bool drop_column(const struct mp_grid *g, struct layout *l)
{
	size_t least = l->text;

	for (size_t c = 0; c < g->column_count; c++)
		if (c != l->text && l->width[c] > 0 &&
		    (least == l->text ||
		     g->columns[c].worth < g->columns[least].worth))
			least = c;
	if (least == l->text)
		return false;
	l->width[least] = 0;
	return true;
}

static void fit(const struct mp_grid *g, size_t width, struct layout *l)
{
	size_t text =
		l->width[l->text] < TEXT_MIN ? l->width[l->text] : TEXT_MIN;

	if (width == 0)
		return;
	while (other_width(g, l) + text > width && drop_column(g, l))
		;
	if (width > other_width(g, l))
		text = larger(text, width - other_width(g, l));
	if (l->width[l->text] > text)
		l->width[l->text] = text;
}

/* Numbers stand to the right, text to the left. */
static void print_cell(const struct layout *l, size_t column, const char *cell,
		       FILE *out)
{
	struct mp_text text = { cell, strlen(cell) };
	char shown[MP_GRID_CELL_MAX];
	size_t used = mp_show_id(text, l->width[column], shown);
	int blanks = (int)(l->width[column] - used);

	if (column != l->text)
		fprintf(out, "%*s%s", blanks, "", shown);
	else
		fprintf(out, "%s%*s", shown, column == l->last ? 0 : blanks,
			"");
}

static void print_row(const struct mp_grid *g, const struct layout *l,
		      size_t row, FILE *out)
{
	char cell[MP_GRID_CELL_MAX];
	int gap = MP_GRID_INDENT;

	for (size_t c = 0; c < g->column_count; c++) {
		if (l->width[c] == 0)
			continue;
		fprintf(out, "%*s", gap, "");
		gap = GAP;
		if (row == SIZE_MAX)
			strcpy(cell, g->columns[c].title);
		else
			g->put(g->rows, row, c, cell);
		print_cell(l, c, cell, out);
	}
}

void mp_grid_print(const struct mp_grid *g, const struct mp_show_style *style,
		   FILE *out)
{
	struct layout l = { .text = 0 };

	assert(g->column_count <= MP_GRID_COLUMNS);

	measure(g, &l);
	fit(g, style->width, &l);
	for (size_t c = 0; c < g->column_count; c++)
		if (l.width[c] > 0)
			l.last = c;
	fputs(style->colour ? "\033[1m" : "", out);
	print_row(g, &l, SIZE_MAX, out);
	fputs(style->colour ? "\033[0m\n" : "\n", out);
	for (size_t row = 0; row < g->row_count; row++) {
		print_row(g, &l, row, out);
		putc('\n', out);
	}
}

void mp_grid_print_told(void *sink, const char *heading,
			const struct mp_grid *grid, const char *below)
{
	const struct mp_grid_sink *to = sink;

	fprintf(to->out, "\n%s:\n", heading);
	mp_grid_print(grid, to->style, to->out);
	if (*below)
		fprintf(to->out, "%*s%s\n", MP_GRID_INDENT, "", below);
}
