#include "report/htmltable.h"

#include "report/columns.h"
#include "report/htmltext.h"

#include <string.h>

#define WORTH_ALWAYS 8 /* columns of less go where there is no room */
#define WORTH_MORE   6 /* and of less are shown on demand */

/* The verdict comes behind the page, and then the others in their order. */
static enum mp_column_id column_at(size_t i)
{
	if (i == 0)
		return MP_COLUMN_PAGE_ID;
	return i == 1			? MP_COLUMN_VERDICT
	       : i <= MP_COLUMN_VERDICT ? (enum mp_column_id)(i - 1)
					: (enum mp_column_id)i;
}

/* With the blank before it. */
static const char *worth_class(enum mp_column_id id)
{
	unsigned worth = mp_columns[id].worth;

	return worth >= WORTH_ALWAYS ? ""
	       : worth >= WORTH_MORE ? " class=\"more\""
				     : " class=\"rest\"";
}

static bool is_told(enum mp_column_id id, enum mp_view_by by)
{
	return mp_columns[id].heading && mp_column_is_of(id, by);
}

static bool is_text(enum mp_column_id id)
{
	return mp_columns[id].unit == MP_UNIT_NONE;
}

/* ---- cells ---- */

/* Where pages are in order of their names, the first comes first. */
static void put_heading(FILE *out, enum mp_column_id id,
			const struct mp_report *r)
{
	const struct mp_column *column = &mp_columns[id];

	fprintf(out, "<th scope=\"col\"%s",
		is_text(id) ? " class=\"text\"" : worth_class(id));
	if (column->key)
		fprintf(out, " data-key=\"%s\"", mp_column_key(id, r->by));
	if (id == r->sorted_by)
		fprintf(out, " aria-sort=\"%s\"",
			is_text(id) ? "ascending" : "descending");
	fprintf(out, " title=\"%s\">%s</th>", column->help,
		mp_column_heading(id, r->by));
}

/* A colour says nothing that the word does not. */
static const char *verdict_class(const struct mp_verdict *v)
{
	if (v->kind == MP_VERDICT_LEAK)
		return v->unsure ? " care" : " leak";
	return "";
}

static void put_verdict(FILE *out, const struct mp_page *page)
{
	fprintf(out, "<td class=\"text%s\">%s</td>",
		verdict_class(&page->verdict), mp_verdict_name(&page->verdict));
}

/* What a column is sorted by. */
static void put_value(FILE *out, enum mp_column_id id,
		      const struct mp_page *page)
{
	struct mp_sentence room;
	struct mp_cell cell;
	char number[MP_COLUMN_ROOM] = "";

	if (id == MP_COLUMN_KEPT)
		id = MP_COLUMN_KEPT_LOW;
	cell = mp_column_get(id, page, &room);
	if (cell.kind != MP_CELL_UNKNOWN)
		mp_column_number(id, &cell, number);
	fprintf(out, " data-v=\"%s\">", number);
}

/* As people read a cell: what is not known is a dash. */
static void put_shown(FILE *out, enum mp_column_id id,
		      const struct mp_page *page)
{
	char shown[MP_COLUMN_ROOM];
	char *dots;

	mp_column_show(id, page, shown);
	dots = strstr(shown, "..");
	if (dots)
		fprintf(out, "%.*s to %s", (int)(dots - shown), shown,
			dots + 2);
	else if (!strcmp(shown, "\\N") || !strcmp(shown, "-"))
		fputs("&mdash;", out);
	else
		fputs(shown, out);
}

static void put_number(FILE *out, enum mp_column_id id,
		       const struct mp_page *page)
{
	fprintf(out, "<td%s data-h=\"%s\"", worth_class(id),
		mp_columns[id].heading);
	put_value(out, id, page);
	put_shown(out, id, page);
	fputs("</td>", out);
}

static void put_row(FILE *out, enum mp_view_by by, const struct mp_page *page)
{
	fputs("<tr><th scope=\"row\" class=\"text\">", out);
	mp_htmltext_put_id(out, page->id);
	fputs("</th>", out);
	for (size_t i = 1; i < MP_COLUMNS; i++) {
		enum mp_column_id id = column_at(i);

		if (!is_told(id, by))
			continue;
		if (id == MP_COLUMN_VERDICT)
			put_verdict(out, page);
		else
			put_number(out, id, page);
	}
	fputs("</tr>\n", out);
}

/* ---- the table ---- */

/* Without a script there is nothing to sort by, and no need to find. */
static void put_tools(FILE *out)
{
	fputs("<p class=\"tools\" id=\"tools\" hidden>"
	      "<label>Find <input type=\"search\" id=\"find\"></label>"
	      "<label class=\"sort\">Sort by <select id=\"by\"></select>"
	      "</label></p>\n"
	      "<input type=\"checkbox\" id=\"all\"><label for=\"all\">"
	      "<span class=\"show\">Show all columns</span>"
	      "<span class=\"hide\">Show fewer columns</span></label>\n",
	      out);
}

void mp_htmltable_print(const struct mp_report *r, FILE *out)
{
	put_tools(out);
	fputs("<div class=\"scroll\"><table id=\"pages\">\n<thead><tr>", out);
	for (size_t i = 0; i < MP_COLUMNS; i++) {
		enum mp_column_id id = column_at(i);

		if (is_told(id, r->by))
			put_heading(out, id, r);
	}
	fputs("</tr></thead>\n<tbody>\n", out);
	for (size_t i = 0; i < r->shown; i++)
		put_row(out, r->by, r->totals.pages[i]);
	fputs("</tbody>\n<tfoot>\n", out);
	if (r->other.requests > 0)
		put_row(out, r->by, &r->other);
	put_row(out, r->by, &r->all);
	if (r->totals.outside.requests > 0)
		put_row(out, r->by, &r->totals.outside);
	fputs("</tfoot>\n</table></div>\n", out);
}

void mp_htmltable_print_legend(const struct mp_report *r, FILE *out)
{
	fputs("<details><summary>What the columns are</summary>\n<dl>\n", out);
	for (size_t i = 0; i < MP_COLUMNS; i++) {
		enum mp_column_id id = column_at(i);

		if (is_told(id, r->by))
			fprintf(out, "<dt>%s</dt><dd>%s</dd>\n",
				mp_column_heading(id, r->by),
				mp_columns[id].help);
	}
	fputs("<dt>&mdash;</dt><dd>Not known to any line of the "
	      "log.</dd>\n</dl></details>\n",
	      out);
}
