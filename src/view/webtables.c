#include "view/webtables.h"

#include "view/notegroups.h"
#include "view/palette.h"
#include "view/plain.h"
#include "view/sums.h"
#include "view/words.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>

#define NAME_SHOWN 500 /* characters: some of C++ fill pages; as in model.js */
#define OCCASIONS  20  /* of a repeated note, that are told one by one */

static size_t bounded(size_t count)
{
	return count < MP_WEBTABLES_ROWS ? count : MP_WEBTABLES_ROWS;
}

static void put_rest(FILE *out, size_t count, const char *what)
{
	if (count > MP_WEBTABLES_ROWS)
		fprintf(out, "<p class=\"dim\">and %zu more %s.</p>\n",
			count - MP_WEBTABLES_ROWS, what);
}

static void put_heading(FILE *out, const char *name, bool sorted)
{
	fprintf(out, "<th scope=\"col\"%s>%s</th>",
		sorted ? " aria-sort=\"descending\"" : "", name);
}

static void put_time(FILE *out, const char *heading, uint64_t ns)
{
	char text[MP_WORDS_MAX];

	mp_words_time(ns, text);
	fprintf(out, "<td data-h=\"%s\" data-v=\"%" PRIu64 "\">%s</td>",
		heading, ns, text);
}

static void put_count(FILE *out, const char *heading, uint64_t n)
{
	fprintf(out,
		"<td data-h=\"%s\" data-v=\"%" PRIu64 "\">%" PRIu64 "</td>",
		heading, n, n);
}

/* ---- functions ---- */

static void put_swatch(FILE *out, const char *class_name)
{
	fprintf(out,
		"<svg width=\"12\" height=\"12\" aria-hidden=\"true\">"
		"<rect width=\"12\" height=\"12\" class=\"%s\"/></svg> ",
		class_name);
}

static void put_colour(FILE *out, const struct mp_calls *c, uint32_t f)
{
	char hue = mp_palette_hue(c, f);
	char name[] = { 'h', hue, 's', mp_palette_shade(c, f), '\0' };

	put_swatch(out, hue == MP_PALETTE_UNKNOWN ? "hu" : name);
}

static void put_where(FILE *out, const struct mp_function *f)
{
	if (!*f->file && !*f->object)
		return;
	fputs(" <small class=\"dim\"><bdi>", out);
	if (*f->file) {
		mp_plain_put_markup_cut(out, f->file, NAME_SHOWN);
		if (f->line > 0)
			fprintf(out, ":%" PRIu32, f->line);
	} else {
		mp_plain_put_markup_cut(out, f->object, NAME_SHOWN);
	}
	fputs("</bdi></small>", out);
}

static void put_share(FILE *out, const char *heading, uint64_t ns, uint64_t all)
{
	fprintf(out, "<td data-h=\"%s\" data-v=\"%" PRIu64 "\">%.2f</td>",
		heading, ns, mp_words_percent(ns, all));
}

static void begin_row(FILE *out, uint32_t function)
{
	fprintf(out, "<tr data-id=\"%" PRIu32 "\"><th scope=\"row\">",
		function);
}

static void put_name(FILE *out, const struct mp_function *f)
{
	fputs("<span class=\"name\"><bdi>", out);
	mp_plain_put_markup_cut(out, f->name, NAME_SHOWN);
	fputs("</bdi></span>", out);
	put_where(out, f);
	fputs("</th>", out);
}

static void put_function(FILE *out, const struct mp_calls *c,
			 const struct mp_sums_row *rows, uint32_t function)
{
	const struct mp_function *f = &c->functions[function];
	const struct mp_sums_row *row = &rows[function];

	begin_row(out, function);
	put_colour(out, c, function);
	put_name(out, f);
	put_time(out, "Self", row->self);
	put_share(out, "Self %", row->self, c->total);
	put_time(out, "Total", row->total);
	put_share(out, "Total %", row->total, c->total);
	if (c->by_kind[MP_KIND_BLOCKED] > 0)
		put_time(out, "Self blocked", row->blocked);
	put_count(out, "Samples", row->samples);
	fputs("</tr>\n", out);
}

static int compare_self(const void *a, const void *b, void *user)
{
	const struct mp_sums_row *rows = user;
	uint32_t i = *(const uint32_t *)a, j = *(const uint32_t *)b;

	if (rows[i].self != rows[j].self)
		return rows[i].self > rows[j].self ? -1 : 1;
	if (rows[i].total != rows[j].total)
		return rows[i].total > rows[j].total ? -1 : 1;
	return (i > j) - (i < j);
}

static void begin_functions(FILE *out)
{
	fputs("<section>\n<h2>Functions</h2>\n"
	      "<p class=\"dim\" id=\"roots\" hidden>Choose a function to see "
	      "all calls of it as one.</p>\n"
	      "<table id=\"functions\">\n<thead><tr>",
	      out);
	put_heading(out, "Function", false);
}

static void end_functions(FILE *out, size_t count)
{
	fputs("</tbody>\n</table>\n", out);
	put_rest(out, count, "functions");
	fputs("</section>\n", out);
}

static void put_functions(FILE *out, const struct mp_calls *c,
			  const struct mp_sums_row *rows, const uint32_t *order,
			  size_t count)
{
	begin_functions(out);
	put_heading(out, "Self", true);
	put_heading(out, "Self %", false);
	put_heading(out, "Total", false);
	put_heading(out, "Total %", false);
	if (c->by_kind[MP_KIND_BLOCKED] > 0)
		put_heading(out, "Self blocked", false);
	put_heading(out, "Samples", false);
	fputs("</tr></thead>\n<tbody>\n", out);
	for (size_t i = 0; i < bounded(count); i++)
		put_function(out, c, rows, order[i]);
	end_functions(out, count);
}

int mp_webtables_put_functions(FILE *out, const struct mp_calls *c)
{
	struct mp_sums_row *rows = mp_sums(c, MP_SUMS_ALL);
	uint32_t *order = calloc(c->function_count + 1, sizeof(*order));
	int err = rows && order ? 0 : -ENOMEM;
	size_t count = 0;

	for (uint32_t i = 0; !err && i < c->function_count; i++)
		if (rows[i].total > 0)
			order[count++] = i;
	if (!err) {
		if (count > 0)
			qsort_r(order, count, sizeof(*order), compare_self,
				rows);
		put_functions(out, c, rows, order, count);
	}
	free(rows);
	free(order);
	return err;
}

/* ---- functions of two profiles ---- */

struct changed {
	struct mp_change self, total;
	double by; /* ns, for each request: by itself, without its sign */
	uint32_t function;
};

static int compare_changed(const void *a, const void *b)
{
	const struct changed *x = a, *y = b;

	if (x->by > y->by || x->by < y->by)
		return x->by > y->by ? -1 : 1;
	return (x->function > y->function) - (x->function < y->function);
}

/* Those that took any time, sorted, for free(3). */
static struct changed *find_changed(const struct mp_calldiff *d,
				    size_t *ret_count)
{
	const struct mp_calls *c = &d->both;
	struct changed *ret = calloc(c->function_count + 1, sizeof(*ret));
	struct mp_sums_row *rows[MP_SIDES] = { mp_sums(c, MP_BEFORE),
					       mp_sums(c, MP_AFTER) };
	size_t count = 0;

	for (uint32_t i = 0; i < c->function_count; i++) {
		struct changed row = { .function = i };

		if (!ret || !rows[MP_BEFORE] || !rows[MP_AFTER])
			break;
		for (unsigned j = 0; j < MP_SIDES; j++) {
			row.self.ns[j] = rows[j][i].self;
			row.self.samples[j] = rows[j][i].self_samples;
			row.total.ns[j] = rows[j][i].total;
		}
		row.by = fabs(mp_calldiff_change(d, &row.self));
		if (row.total.ns[MP_BEFORE] > 0 || row.total.ns[MP_AFTER] > 0)
			ret[count++] = row;
	}
	if (!rows[MP_BEFORE] || !rows[MP_AFTER]) {
		free(ret);
		ret = NULL;
	}
	free(rows[MP_BEFORE]);
	free(rows[MP_AFTER]);
	if (count > 0)
		qsort(ret, count, sizeof(*ret), compare_changed);
	*ret_count = count;
	return ret;
}

static void put_change(FILE *out, const struct changed *row, double change)
{
	char text[MP_WORDS_MAX];

	mp_words_time((uint64_t)llround(row->by), text);
	fprintf(out, "<td data-h=\"Self changed\" data-v=\"%.0f\">%s%s</td>",
		row->by,
		change < 0   ? "-"
		: change > 0 ? "+"
			     : "",
		text);
}

static void put_changed(FILE *out, const struct mp_calldiff *d,
			const struct changed *row)
{
	static const char *const headings[][MP_SIDES] = {
		{ "Self before", "Self after" },
		{ "Total before", "Total after" },
	};
	double change = mp_calldiff_change(d, &row->self);
	const char *colour = change < 0 ? "fell4" : "grew4";

	begin_row(out, row->function);
	put_swatch(out, mp_calldiff_is_noise(d, &row->self) ? "same" : colour);
	put_name(out, &d->both.functions[row->function]);
	put_change(out, row, change);
	for (unsigned i = 0; i < 2 * MP_SIDES; i++) {
		const struct mp_change *c =
			i < MP_SIDES ? &row->self : &row->total;
		enum mp_side side = i % MP_SIDES;

		put_time(out, headings[i / MP_SIDES][side],
			 (uint64_t)llround(mp_calldiff_ns(d, c, side)));
	}
	fputs("</tr>\n", out);
}

int mp_webtables_put_changes(FILE *out, const struct mp_calldiff *d)
{
	size_t count;
	struct changed *rows = find_changed(d, &count);

	if (!rows)
		return -ENOMEM;
	begin_functions(out);
	put_heading(out, "Self changed", true);
	put_heading(out, "Self before", false);
	put_heading(out, "Self after", false);
	put_heading(out, "Total before", false);
	put_heading(out, "Total after", false);
	fputs("</tr></thead>\n<tbody>\n", out);
	for (size_t i = 0; i < bounded(count); i++)
		put_changed(out, d, &rows[i]);
	end_functions(out, count);
	free(rows);
	return 0;
}

/* ---- notes ---- */

static void put_caller(FILE *out, const struct mp_calls *c,
		       const struct mp_view_note *note)
{
	const struct mp_place *p;

	if (note->depth == 0)
		return;
	p = &c->places[note->places[note->depth - 1]];
	fputs(" <small class=\"dim\">from <bdi>", out);
	mp_plain_put_markup(out, c->functions[p->function].name);
	if (p->line > 0)
		fprintf(out, ":%" PRIu32, p->line);
	fputs("</bdi></small>", out);
}

/* When each of them began, and how long it took. */
static void put_occasions(FILE *out, const struct mp_calls *c,
			  const struct mp_notegroup *g)
{
	fputs("<td data-h=\"At\">", out);
	for (size_t i = 0; i < g->count && i < OCCASIONS; i++) {
		const struct mp_view_note *n = &c->notes[g->notes[i]];
		int64_t start = n->start_ns > 0 ? n->start_ns : 0;
		char at[MP_WORDS_MAX], time[MP_WORDS_MAX];

		mp_words_time((uint64_t)start, at);
		mp_words_time(mp_notegroups_time(n), time);
		fprintf(out, "%s<span>%s (%s)</span>", i > 0 ? ", " : "", at,
			time);
	}
	if (g->count > OCCASIONS)
		fprintf(out, " and %zu more", g->count - OCCASIONS);
	fputs("</td>", out);
}

static void put_note(FILE *out, const struct mp_calls *c,
		     const struct mp_notegroup *g)
{
	const struct mp_view_note *note = &c->notes[g->notes[0]];

	fputs("<tr><th scope=\"row\"><b><bdi>", out);
	mp_plain_put_markup(out, note->kind);
	fputs("</bdi></b> <code><bdi>", out);
	mp_plain_put_markup(out, note->text);
	fputs("</bdi></code>", out);
	put_caller(out, c, note);
	fputs("</th>", out);
	put_count(out, "Times", g->count);
	put_time(out, "Total", g->total_ns);
	put_time(out, "Slowest", g->slowest_ns);
	put_occasions(out, c, g);
	fputs("</tr>\n", out);
}

int mp_webtables_put_notes(FILE *out, const struct mp_calls *c)
{
	struct mp_notegroups notes;
	int err;

	if (c->note_count == 0)
		return 0;
	err = mp_notegroups_build(c, &notes);
	if (err)
		return err;
	fputs("<section>\n<h2>Notes</h2>\n"
	      "<table id=\"notes\">\n<thead><tr>",
	      out);
	put_heading(out, "Note", false);
	put_heading(out, "Times", false);
	put_heading(out, "Total", true);
	put_heading(out, "Slowest", false);
	put_heading(out, "At, since the request began (and how long)", false);
	fputs("</tr></thead>\n<tbody>\n", out);
	for (size_t i = 0; i < bounded(notes.count); i++)
		put_note(out, c, &notes.groups[i]);
	fputs("</tbody>\n</table>\n", out);
	put_rest(out, notes.count, "notes");
	fputs("</section>\n", out);
	mp_notegroups_release(&notes);
	return 0;
}
