#include "report/markdown.h"

#include "report/columns.h"
#include "report/explain.h"
#include "report/killedlist.h"
#include "report/notes.h"
#include "report/proclist.h"
#include "report/show.h"
#include "report/worstlist.h"

#include <stdbool.h>
#include <string.h>

#define WORTH_MIN 6 /* columns of less would not fit a page */

/* ---- text ---- */

static size_t longest_run(const char *text, char c)
{
	size_t longest = 0, run = 0;

	for (; *text; text++) {
		run = *text == c ? run + 1 : 0;
		longest = run > longest ? run : longest;
	}
	return longest;
}

static void put_times(FILE *out, char c, size_t n)
{
	while (n-- > 0)
		putc(c, out);
}

/*
 * Write an id as code, in which nothing is a mark, a link, a person or an
 * issue: between more backquotes than it has in a row.  Only a table's bar
 * still ends a cell there.
 */
static void put_code(FILE *out, const char *id, bool in_table)
{
	size_t fence = longest_run(id, '`') + 1;
	bool pad = *id == '`' || (*id && id[strlen(id) - 1] == '`');

	put_times(out, '`', fence);
	put_times(out, ' ', pad);
	for (; *id; id++) {
		if (in_table && *id == '|')
			putc('\\', out);
		putc(*id, out);
	}
	put_times(out, ' ', pad);
	put_times(out, '`', fence);
}

static void put_plain(FILE *out, const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		if (strchr("\\`*_[]<>|#&~", text[i]))
			putc('\\', out);
		putc(text[i], out);
	}
}

static void put_sentence(FILE *out, const struct mp_sentence *s)
{
	char id[MP_SHOW_ID_MAX];

	put_plain(out, s->p, s->id_at);
	if (s->id_len > 0) {
		snprintf(id, sizeof(id), "%.*s", (int)s->id_len,
			 s->p + s->id_at);
		put_code(out, id, false);
	}
	put_plain(out, s->p + s->id_at + s->id_len,
		  s->len - s->id_at - s->id_len);
}

/* ---- what is said ---- */

static void put_item(void *out, const struct mp_sentence *s)
{
	fputs("- ", out);
	put_sentence(out, s);
	putc('\n', out);
}

static void put_statement(void *out, const struct mp_statement *s)
{
	fputs("- ", out);
	put_sentence(out, &s->who);
	fprintf(out, ": **%s**: ", s->verdict);
	put_sentence(out, &s->why);
	putc('\n', out);
}

static void put_answer(const struct mp_report *r, FILE *out)
{
	struct mp_sentence s;
	size_t left;

	mp_explain_headline(r, &s);
	fputs("**", out);
	put_sentence(out, &s);
	fputs("**\n\n", out);
	mp_notes_facts(r, &s);
	put_sentence(out, &s);
	fputs("\n\n", out);
	left = mp_explain_each(r, put_statement, out);
	mp_explain_caution(r, &s);
	if (s.len > 0)
		put_item(out, &s);
	mp_explain_rest(r, left, &s);
	if (s.len > 0)
		put_item(out, &s);
	putc('\n', out);
}

/* ---- the table ---- */

static bool is_told(enum mp_view_by by, enum mp_column_id column)
{
	return mp_columns[column].heading && mp_column_is_of(column, by) &&
	       mp_columns[column].worth >= WORTH_MIN;
}

static void put_headings(FILE *out, enum mp_view_by by)
{
	putc('|', out);
	for (enum mp_column_id i = 0; i < MP_COLUMNS; i++)
		if (is_told(by, i))
			fprintf(out, " %s |", mp_column_heading(i, by));
	fputs("\n|", out);
	for (enum mp_column_id i = 0; i < MP_COLUMNS; i++)
		if (is_told(by, i))
			fputs(mp_columns[i].unit == MP_UNIT_NONE ? " --- |"
								 : " ---: |",
			      out);
	putc('\n', out);
}

static void put_numbers(FILE *out, enum mp_view_by by,
			const struct mp_page *page)
{
	char cell[MP_COLUMN_ROOM];

	for (enum mp_column_id i = MP_COLUMN_PAGE_ID + 1; i < MP_COLUMNS; i++) {
		if (!is_told(by, i))
			continue;
		mp_column_show(i, page, cell);
		fprintf(out, " %s |", cell);
	}
	putc('\n', out);
}

static void put_page(FILE *out, enum mp_view_by by, const struct mp_page *page)
{
	char id[MP_SHOW_ID_MAX];

	mp_show_id(page->id, mp_show_width(page->id), id);
	fputs("| ", out);
	put_code(out, id, true);
	fputs(" |", out);
	put_numbers(out, by, page);
}

/* A sum's name is ours. */
static void put_sum(FILE *out, enum mp_view_by by, const struct mp_page *page)
{
	fprintf(out, "| %.*s |", (int)page->id.len, page->id.p);
	put_numbers(out, by, page);
}

/* ---- small tables ---- */

static bool is_text(const struct mp_grid *g, size_t column)
{
	return g->columns[column].worth == 0;
}

static void put_grid(void *out, const char *heading, const struct mp_grid *g,
		     const char *below)
{
	char cell[MP_GRID_CELL_MAX];

	fprintf(out, "\n%s:\n\n|", heading);
	for (size_t c = 0; c < g->column_count; c++)
		fprintf(out, " %s |", g->columns[c].title);
	fputs("\n|", out);
	for (size_t c = 0; c < g->column_count; c++)
		fputs(is_text(g, c) ? " --- |" : " ---: |", out);
	for (size_t row = 0; row < g->row_count; row++) {
		fputs("\n|", out);
		for (size_t c = 0; c < g->column_count; c++) {
			g->put(g->rows, row, c, cell);
			putc(' ', out);
			if (is_text(g, c))
				put_code(out, cell, true);
			else
				fputs(cell, out);
			fputs(" |", out);
		}
	}
	fprintf(out, "%s%s\n", *below ? "\n\n" : "\n", below);
}

void mp_markdown_print(const struct mp_report *r, FILE *out)
{
	if (r->by == MP_VIEW_PAGE)
		put_answer(r, out);
	put_headings(out, r->by);
	for (size_t i = 0; i < r->shown; i++)
		put_page(out, r->by, r->totals.pages[i]);
	if (r->other.requests > 0)
		put_sum(out, r->by, &r->other);
	put_sum(out, r->by, &r->all);
	if (r->totals.outside.requests > 0)
		put_sum(out, r->by, &r->totals.outside);
	putc('\n', out);
	mp_notes_each(r, put_item, out);
	mp_killedlist_each(&r->killed, put_grid, out);
	mp_worstlist_each(&r->worst, put_grid, out);
	if (r->options.gaps) {
		putc('\n', out);
		mp_gaplist_each(&r->gaps, put_item, out);
		mp_gaplist_tell(&r->gaps, put_grid, out);
	}
	mp_proclist_tell(&r->procs, r->options.processes, put_grid, out);
}
