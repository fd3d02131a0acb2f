#include "report/order.h"

#include "report/text.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* ---- by growth ---- */

/* Known before unknown, and the larger first. */
static int compare_sums(const struct mp_sum *a, const struct mp_sum *b)
{
	if (!a->lines || !b->lines)
		return (a->lines == 0) - (b->lines == 0);
	return (a->value < b->value) - (a->value > b->value);
}

/* By the growth `*rank`, then by the coarser ones, then by name. */
static int compare_pages(const void *a, const void *b, void *rank)
{
	const struct mp_page *const *pa = a, *const *pb = b;

	for (unsigned by = *(enum mp_rank *)rank; by <= MP_RANK_RSS; by++) {
		enum mp_rank r = (enum mp_rank)by;
		int order = compare_sums(mp_page_growth(*pa, r),
					 mp_page_growth(*pb, r));

		if (order)
			return order;
	}
	return mp_text_compare((*pa)->id, (*pb)->id);
}

static bool is_known(const struct mp_totals *t, enum mp_rank rank)
{
	for (size_t i = 0; i < t->count; i++)
		if (mp_page_growth(t->pages[i], rank)->lines > 0)
			return true;
	return false;
}

enum mp_rank mp_order_by_growth(struct mp_totals *t)
{
	enum mp_rank rank = MP_RANK_RETAINED;

	if (!is_known(t, rank))
		rank = MP_RANK_CLEAN_RSS;
	if (!is_known(t, rank))
		rank = MP_RANK_RSS;
	if (t->count > 0)
		qsort_r(t->pages, t->count, sizeof(struct mp_page *),
			compare_pages, &rank);
	return rank;
}

/* ---- by name ---- */

static int compare_names(const void *a, const void *b)
{
	const struct mp_page *const *pa = a, *const *pb = b;

	return mp_text_compare((*pa)->id, (*pb)->id);
}

void mp_order_by_name(struct mp_totals *t)
{
	if (t->count > 0)
		qsort(t->pages, t->count, sizeof(struct mp_page *),
		      compare_names);
}

/* ---- by any column ---- */

struct place {
	struct mp_page *page;
	size_t before; /* where it was */
	bool known;
	double value;
};

static struct place place_of(struct mp_page *page, size_t before,
			     enum mp_column_id id)
{
	struct mp_sentence room;
	struct mp_cell cell = mp_column_get(id, page, &room);

	return (struct place){
		.page = page,
		.before = before,
		.known = cell.kind != MP_CELL_UNKNOWN,
		.value = cell.kind == MP_CELL_REAL ? cell.real
						   : (double)cell.whole,
	};
}

static int compare_places(const void *a, const void *b)
{
	const struct place *pa = a, *pb = b;

	if (pa->known != pb->known)
		return pb->known - pa->known;
	if (pa->known && pa->value != pb->value)
		return pa->value < pb->value ? 1 : -1;
	return pa->before < pb->before ? -1 : 1;
}

int mp_order_by_column(struct mp_totals *t, enum mp_column_id id)
{
	struct place *places;

	if (t->count == 0)
		return 0;
	places = calloc(t->count, sizeof(*places));
	if (!places)
		return -ENOMEM;
	for (size_t i = 0; i < t->count; i++)
		places[i] = place_of(t->pages[i], i, id);
	qsort(places, t->count, sizeof(*places), compare_places);
	for (size_t i = 0; i < t->count; i++)
		t->pages[i] = places[i].page;
	free(places);
	return 0;
}

/* ---- what people call them ---- */

static bool is_number(const struct mp_column *c)
{
	return c->key && c->unit != MP_UNIT_NONE && c->unit != MP_UNIT_FLAG;
}

/* As typed on a command line: blanks would have to be quoted. */
static bool is_heading(const char *heading, const char *name)
{
	for (; *heading; heading++, name++)
		if (strncasecmp(heading, name, 1) != 0 &&
		    !(*heading == ' ' && *name == '-'))
			return false;
	return !*name;
}

int mp_order_find(const char *name, enum mp_column_id *ret)
{
	if (!strcmp(name, "name")) {
		*ret = MP_COLUMN_PAGE_ID;
		return 0;
	}
	for (unsigned i = 0; i < MP_COLUMNS; i++) {
		const struct mp_column *c = &mp_columns[i];

		if (!is_number(c) ||
		    (strcmp(c->key, name) != 0 &&
		     !(c->heading && is_heading(c->heading, name))))
			continue;
		*ret = (enum mp_column_id)i;
		return 0;
	}
	return -EINVAL;
}
