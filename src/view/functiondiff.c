/* The part of calldiff.h that lists functions. */

#include "view/calldiff.h"
#include "view/functions.h"
#include "view/sums.h"
#include "view/words.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define NAME_MIN 16

struct row {
	struct mp_change change;
	double by; /* what it is sorted by, without its sign */
	uint32_t function;
};

struct list {
	const struct mp_calldiff *d;
	const struct mp_view_style *style;
	struct mp_sums_row *sums[MP_SIDES];
	struct row *rows;
	size_t count;
};

static struct mp_change change_of(const struct list *l, uint32_t function)
{
	struct mp_change c;

	for (unsigned i = 0; i < MP_SIDES; i++) {
		const struct mp_sums_row *row = &l->sums[i][function];
		bool total = l->style->sort == MP_VIEW_BY_TOTAL;

		c.ns[i] = total ? row->total : row->self;
		c.samples[i] = total ? row->samples : row->self_samples;
	}
	return c;
}

static int compare(const void *a, const void *b, void *user)
{
	const struct list *l = user;
	const struct row *x = a, *y = b;
	const struct mp_function *functions = l->d->both.functions;
	int by_name;

	if (l->style->sort != MP_VIEW_BY_NAME &&
	    (x->by > y->by || x->by < y->by))
		return x->by > y->by ? -1 : 1;
	by_name = strcmp(functions[x->function].name,
			 functions[y->function].name);
	return by_name ? by_name : x->function < y->function ? -1 : 1;
}

/* What took nothing in both is not there. */
static void choose(struct list *l)
{
	const struct mp_calls *both = &l->d->both;
	const regex_t *match = l->style->match;

	for (uint32_t i = 0; i < both->function_count; i++) {
		struct row row = { .change = change_of(l, i), .function = i };

		if (row.change.ns[MP_BEFORE] == 0 &&
		    row.change.ns[MP_AFTER] == 0)
			continue;
		if (match &&
		    regexec(match, both->functions[i].name, 0, NULL, 0))
			continue;
		row.by = fabs(mp_calldiff_change(l->d, &row.change));
		l->rows[l->count++] = row;
	}
	if (l->count > 0)
		qsort_r(l->rows, l->count, sizeof(*l->rows), compare, l);
}

static void put_row(const struct list *l, const struct row *row, FILE *out)
{
	size_t width = l->style->width, room = 0;

	if (width)
		room = width > MP_CALLDIFF_COLUMNS + NAME_MIN
			       ? width - MP_CALLDIFF_COLUMNS
			       : NAME_MIN;
	mp_calldiff_put(l->d, &row->change, l->style, out);
	putc(' ', out);
	mp_words_put(out, l->d->both.functions[row->function].name, room);
	putc('\n', out);
}

static void put_all(const struct list *l, FILE *out)
{
	size_t rows = l->style->count ? l->style->count : MP_FUNCTIONS_COUNT;

	mp_calldiff_heading(l->d, out);
	fprintf(out, "%s  %s\n", MP_CALLDIFF_HEAD,
		l->style->sort == MP_VIEW_BY_TOTAL ? "function, with its calls"
						   : "function, by itself");
	for (size_t i = 0; i < l->count && i < rows; i++)
		put_row(l, &l->rows[i], out);
	if (l->count > rows)
		fprintf(out, "%zu more changed less\n", l->count - rows);
}

int mp_show_functiondiff(FILE *out, const struct mp_calldiff *d,
			 const struct mp_view_style *style)
{
	struct list l = { .d = d, .style = style };
	int err = 0;

	l.sums[MP_BEFORE] = mp_sums(&d->both, MP_BEFORE);
	l.sums[MP_AFTER] = mp_sums(&d->both, MP_AFTER);
	l.rows = calloc(d->both.function_count + 1, sizeof(*l.rows));
	if (l.sums[MP_BEFORE] && l.sums[MP_AFTER] && l.rows) {
		choose(&l);
		put_all(&l, out);
	} else {
		err = -ENOMEM;
	}
	free(l.sums[MP_BEFORE]);
	free(l.sums[MP_AFTER]);
	free(l.rows);
	return err;
}
