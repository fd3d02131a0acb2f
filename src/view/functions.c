#include "view/functions.h"

#include "view/sums.h"
#include "view/words.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define NUMBERS_WIDTH 47 /* columns before the name */
#define NAME_MIN      16

struct list {
	const struct mp_calls *c;
	const struct mp_view_style *style;
	struct mp_sums_row *rows;
	uint32_t *order; /* of the functions that are listed */
	size_t count;
};

static uint64_t key(const struct list *l, uint32_t function)
{
	const struct mp_sums_row *row = &l->rows[function];

	switch (l->style->sort) {
	case MP_VIEW_BY_TOTAL:
		return row->total;
	case MP_VIEW_BY_SAMPLES:
		return row->samples;
	case MP_VIEW_BY_NAME:
		return 0;
	default:
		return row->self;
	}
}

/* The largest first, then by the total, then by name. */
static int compare(const void *a, const void *b, void *user)
{
	const struct list *l = user;
	uint32_t i = *(const uint32_t *)a, j = *(const uint32_t *)b;
	uint64_t x = key(l, i), y = key(l, j);
	int by_name;

	if (x == y && l->style->sort != MP_VIEW_BY_NAME) {
		x = l->rows[i].total;
		y = l->rows[j].total;
	}
	if (x != y)
		return x > y ? -1 : 1;
	by_name = strcmp(l->c->functions[i].name, l->c->functions[j].name);
	return by_name ? by_name : (i > j) - (i < j);
}

static void choose(struct list *l)
{
	const regex_t *match = l->style->match;

	for (uint32_t i = 0; i < l->c->function_count; i++)
		if (l->rows[i].total > 0 &&
		    (!match ||
		     !regexec(match, l->c->functions[i].name, 0, NULL, 0)))
			l->order[l->count++] = i;
	if (l->count > 0)
		qsort_r(l->order, l->count, sizeof(*l->order), compare, l);
}

static void put_share(FILE *out, const struct list *l, uint64_t ns)
{
	double percent = mp_words_percent(ns, l->c->total);
	char text[MP_WORDS_MAX];

	mp_words_time(ns, text);
	mp_words_colour(out, l->style, percent);
	fprintf(out, "%9s %5.1f %%", text, percent);
	mp_words_plain(out, l->style);
}

static void put_row(FILE *out, const struct list *l, uint32_t function)
{
	const struct mp_function *f = &l->c->functions[function];
	const struct mp_sums_row *row = &l->rows[function];
	struct mp_place place = { .function = function };
	size_t room = 0;

	if (l->style->width)
		room = l->style->width > NUMBERS_WIDTH + NAME_MIN
			       ? l->style->width - NUMBERS_WIDTH
			       : NAME_MIN;
	put_share(out, l, row->self);
	fputs("  ", out);
	put_share(out, l, row->total);
	fprintf(out, " %8" PRIu64 "  ", row->samples);
	if (mp_words_put(out, f->name, room) < room || !room)
		mp_words_where(l->c, &place, out);
	putc('\n', out);
}

static void put_rest(FILE *out, const struct list *l, size_t from)
{
	uint64_t self = 0;
	char text[MP_WORDS_MAX];

	if (from == l->count)
		return;
	for (size_t i = from; i < l->count; i++)
		self += l->rows[l->order[i]].self;
	mp_words_time(self, text);
	fprintf(out, "%9s %5.1f %%  in %zu more\n", text,
		mp_words_percent(self, l->c->total), l->count - from);
}

int mp_show_functions(FILE *out, const struct mp_calls *c,
		      const struct mp_view_style *style)
{
	size_t rows = style->count ? style->count : MP_FUNCTIONS_COUNT;
	struct list l = { .c = c, .style = style };
	int err = 0;

	l.rows = mp_sums(c, MP_SUMS_ALL);
	l.order = calloc(c->function_count + 1, sizeof(*l.order));
	if (!l.rows || !l.order) {
		err = -ENOMEM;
		goto release;
	}
	choose(&l);
	if (rows > l.count)
		rows = l.count;
	mp_words_heading(out, c);
	fputs("             self              total  samples  function\n", out);
	for (size_t i = 0; i < rows; i++)
		put_row(out, &l, l.order[i]);
	put_rest(out, &l, rows);
release:
	free(l.rows);
	free(l.order);
	return err;
}
