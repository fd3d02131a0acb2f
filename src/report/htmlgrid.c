#include "report/htmlgrid.h"

#include "report/htmltext.h"

#include <string.h>

static bool is_text(const struct mp_grid *g, size_t column)
{
	return g->columns[column].worth == 0;
}

/* The text comes first: it is what a row is called. */
static size_t column_at(const struct mp_grid *g, size_t i)
{
	size_t text = 0;

	while (!is_text(g, text))
		text++;
	return i == 0 ? text : i <= text ? i - 1 : i;
}

static void put_headings(FILE *out, const struct mp_grid *g)
{
	fputs("<thead><tr>", out);
	for (size_t i = 0; i < g->column_count; i++) {
		size_t c = column_at(g, i);

		fprintf(out, "<th scope=\"col\"%s>%s</th>",
			is_text(g, c) ? " class=\"text\"" : "",
			g->columns[c].title);
	}
	fputs("</tr></thead>\n", out);
}

static void put_cell(FILE *out, const struct mp_grid *g, size_t row,
		     size_t column)
{
	char cell[MP_GRID_CELL_MAX];

	g->put(g->rows, row, column, cell);
	if (is_text(g, column)) {
		fputs("<th scope=\"row\" class=\"text\"><bdi>", out);
		mp_htmltext_put_word(out, cell);
		fputs("</bdi></th>", out);
		return;
	}
	fprintf(out, "<td data-h=\"%s\">", g->columns[column].title);
	if (strcmp(cell, "\\N") != 0)
		mp_htmltext_put_word(out, cell);
	else
		fputs("&mdash;", out);
	fputs("</td>", out);
}

void mp_htmlgrid_print(void *out, const char *heading,
		       const struct mp_grid *grid, const char *below)
{
	fputs("<h3>", out);
	mp_htmltext_put_word(out, heading);
	fputs("</h3>\n<div class=\"scroll\"><table class=\"list\">\n", out);
	put_headings(out, grid);
	fputs("<tbody>\n", out);
	for (size_t row = 0; row < grid->row_count; row++) {
		fputs("<tr>", out);
		for (size_t i = 0; i < grid->column_count; i++)
			put_cell(out, grid, row, column_at(grid, i));
		fputs("</tr>\n", out);
	}
	fputs("</tbody>\n</table></div>\n", out);
	if (!*below)
		return;
	fputs("<p class=\"dim\">", out);
	mp_htmltext_put_word(out, below);
	fputs("</p>\n", out);
}
