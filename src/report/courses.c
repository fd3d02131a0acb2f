#include "report/courses.h"

#include "report/text.h"

#include <errno.h>
#include <stdlib.h>

#define FIRST_SHIFT  10		     /* buckets of about a millisecond */
#define LAST_TIME_US (INT64_MAX / 4) /* far beyond the year 9999 */
#define WORST	     MP_RANK_RSS

/* ---- buckets ---- */

static int64_t bucket_of(const struct mp_courses *c, int64_t time_us)
{
	int64_t width = INT64_C(1) << c->shift;

	return time_us / width - (time_us % width < 0);
}

/* Make each bucket twice as long. */
static int widen(struct mp_courses *c)
{
	c->cells = 0;
	for (size_t i = 0; i < c->names.count; i++) {
		struct mp_row *row = &c->pages[i]->over_time;

		if (mp_row_halve(row, &mp_cells_sums))
			return -ENOMEM;
		c->cells += row->capacity;
	}
	c->shift++;
	if (c->low <= c->high) {
		c->low = mp_row_half(c->low);
		c->high = mp_row_half(c->high);
	}
	return 0;
}

/* Widen the buckets until they cover `time_us`. */
static int cover(struct mp_courses *c, int64_t time_us)
{
	for (;;) {
		int64_t at = bucket_of(c, time_us);
		int64_t low = at < c->low ? at : c->low;
		int64_t high = at > c->high ? at : c->high;

		if (c->low > c->high)
			low = high = at;
		if (high - low < MP_COURSES_BUCKETS) {
			c->low = low;
			c->high = high;
			return 0;
		}
		if (widen(c))
			return -ENOMEM;
	}
}

static int put_growth(struct mp_courses *c, struct mp_course *page,
		      int64_t time_us, int64_t bytes)
{
	struct mp_row *row = &page->over_time;
	size_t capacity = row->capacity;
	void *cell;

	if (cover(c, time_us) ||
	    mp_row_at(row, &mp_cells_sums, bucket_of(c, time_us), &cell))
		return -ENOMEM;
	mp_cells_sums.join(cell, &bytes);
	c->cells += row->capacity - capacity;
	while (c->cells > MP_COURSES_CELLS && c->low < c->high)
		if (widen(c))
			return -ENOMEM;
	return 0;
}

/* ---- pages ---- */

static int grow_pages(struct mp_courses *c)
{
	size_t n = c->capacity ? 2 * c->capacity : 64;
	struct mp_course **pages = reallocarray(c->pages, n, sizeof(*pages));

	if (!pages)
		return -ENOMEM;
	c->pages = pages;
	c->capacity = n;
	return 0;
}

/* The page with that id, made where there is none; null where memory is
   short. */
static struct mp_course *page_of(struct mp_courses *c, struct mp_text id)
{
	size_t count = c->names.count;
	struct mp_course *page;
	int64_t i;

	if (count == c->capacity && grow_pages(c))
		return NULL;
	i = mp_names_add(&c->names, 0, id);
	if (i < 0)
		return NULL;
	if ((size_t)i < count)
		return c->pages[i];
	page = calloc(1, sizeof(*page));
	if (!page) {
		mp_names_drop(&c->names);
		return NULL;
	}
	page->id = c->names.names[i].text;
	page->rank = WORST;
	c->pages[i] = page;
	return page;
}

/* Begin anew with growth of a better kind. */
static void improve(struct mp_courses *c, struct mp_course *page,
		    enum mp_rank rank)
{
	c->cells -= page->over_time.capacity;
	mp_row_release(&page->over_time);
	mp_row_release(&page->sizes);
	page->growth = (struct mp_sum){ 0 };
	page->rank = rank;
}

/* ---- requests ---- */

void mp_courses_init(struct mp_courses *c)
{
	*c = (struct mp_courses){
		.shift = FIRST_SHIFT,
		.low = 0,
		.high = -1,
		.first_us = INT64_MAX,
		.last_us = INT64_MIN,
	};
}

int mp_courses_size(int64_t bytes)
{
	uint64_t size = bytes < 0 ? -(uint64_t)bytes : (uint64_t)bytes;
	int bits = size ? 64 - __builtin_clzll(size) : 0;

	return bytes < 0 ? -bits : bits;
}

/* The best growth that a line knows, MP_UNKNOWN where it knows none. */
static int64_t growth_of(const struct mp_record *r, enum mp_rank *ret)
{
	*ret = MP_RANK_RETAINED;
	if (r->allocated != MP_UNKNOWN && r->freed != MP_UNKNOWN)
		return r->allocated - r->freed;
	*ret = r->overlap == 0 ? MP_RANK_CLEAN_RSS : MP_RANK_RSS;
	return r->rss_delta;
}

static int64_t end_of(const struct mp_record *r)
{
	if (r->duration_us == MP_UNKNOWN || r->duration_us > LAST_TIME_US)
		return r->timestamp_us;
	return r->timestamp_us + r->duration_us;
}

static void add_sum(struct mp_sum *sum, int64_t v, uint64_t lines)
{
	mp_cells_sums.join(&sum->value, &v);
	sum->lines += lines;
}

static int count_size(struct mp_course *page, int size, int64_t requests)
{
	void *cell;

	if (mp_row_at(&page->sizes, &mp_cells_sums, size, &cell))
		return -ENOMEM;
	mp_cells_sums.join(cell, &requests);
	return 0;
}

static void note_times(struct mp_courses *c, int64_t first_us, int64_t last_us)
{
	if (first_us < c->first_us)
		c->first_us = first_us;
	if (last_us > c->last_us)
		c->last_us = last_us;
}

int mp_courses_add(struct mp_courses *c, const struct mp_record *r)
{
	struct mp_course *page = page_of(c, r->page_id);
	enum mp_rank rank;
	int64_t growth = growth_of(r, &rank);

	if (!page)
		return -ENOMEM;
	c->requests++;
	page->requests++;
	note_times(c, r->timestamp_us, end_of(r));
	if (growth == MP_UNKNOWN || rank > page->rank)
		return 0;
	if (rank < page->rank)
		improve(c, page, rank);
	add_sum(&page->growth, growth, 1);
	if (count_size(page, mp_courses_size(growth), 1))
		return -ENOMEM;
	return put_growth(c, page, end_of(r), growth);
}

/* ---- merging ---- */

static int merge_page(struct mp_courses *c, struct mp_course *page,
		      const struct mp_courses *from,
		      const struct mp_course *other)
{
	const struct mp_row *sizes = &other->sizes, *times = &other->over_time;

	page->requests += other->requests;
	if (other->growth.lines == 0 || other->rank > page->rank)
		return 0;
	if (other->rank < page->rank)
		improve(c, page, other->rank);
	add_sum(&page->growth, other->growth.value, other->growth.lines);
	for (int64_t i = sizes->low; i <= sizes->high; i++)
		if (count_size(
			    page, (int)i,
			    *(int64_t *)mp_row_find(sizes, &mp_cells_sums, i)))
			return -ENOMEM;
	for (int64_t i = times->low; i <= times->high; i++)
		if (put_growth(
			    c, page, i * (INT64_C(1) << from->shift),
			    *(int64_t *)mp_row_find(times, &mp_cells_sums, i)))
			return -ENOMEM;
	return 0;
}

int mp_courses_merge(struct mp_courses *c, const struct mp_courses *from)
{
	while (c->shift < from->shift)
		if (widen(c))
			return -ENOMEM;
	for (size_t i = 0; i < from->names.count; i++) {
		const struct mp_course *other = from->pages[i];
		struct mp_course *page = page_of(c, other->id);

		if (!page || merge_page(c, page, from, other))
			return -ENOMEM;
	}
	c->requests += from->requests;
	note_times(c, from->first_us, from->last_us);
	return 0;
}

/* ---- order ---- */

static int compare_pages(const void *a, const void *b)
{
	const struct mp_course *pa = *(struct mp_course *const *)a;
	const struct mp_course *pb = *(struct mp_course *const *)b;
	bool known_a = pa->growth.lines > 0, known_b = pb->growth.lines > 0;

	if (known_a != known_b)
		return known_a ? -1 : 1;
	if (pa->rank != pb->rank)
		return pa->rank < pb->rank ? -1 : 1;
	if (pa->growth.value != pb->growth.value)
		return pa->growth.value > pb->growth.value ? -1 : 1;
	return mp_text_compare(pa->id, pb->id);
}

enum mp_rank mp_courses_sort(struct mp_courses *c)
{
	if (c->names.count == 0)
		return WORST;
	qsort(c->pages, c->names.count, sizeof(*c->pages), compare_pages);
	return c->pages[0]->rank;
}

void mp_courses_release(struct mp_courses *c)
{
	for (size_t i = 0; i < c->names.count; i++) {
		mp_row_release(&c->pages[i]->over_time);
		mp_row_release(&c->pages[i]->sizes);
		free(c->pages[i]);
	}
	free(c->pages);
	mp_names_release(&c->names);
	mp_courses_init(c);
}
