#include "report/worst.h"

#include "report/own.h"
#include "report/text.h"

#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

/* ---- order ---- */

static int compare_numbers(int64_t a, int64_t b)
{
	return (a > b) - (a < b);
}

/* All numbers of a record but its timestamp. */
static const size_t numbers[] = {
	offsetof(struct mp_record, pid),
	offsetof(struct mp_record, tid),
	offsetof(struct mp_record, duration_us),
	offsetof(struct mp_record, start_vss),
	offsetof(struct mp_record, start_rss),
	offsetof(struct mp_record, end_vss),
	offsetof(struct mp_record, end_rss),
	offsetof(struct mp_record, vss_delta),
	offsetof(struct mp_record, rss_delta),
	offsetof(struct mp_record, allocated),
	offsetof(struct mp_record, freed),
	offsetof(struct mp_record, peak),
	offsetof(struct mp_record, overlap),
	offsetof(struct mp_record, heap_allocated),
	offsetof(struct mp_record, heap_active),
	offsetof(struct mp_record, heap_resident),
};

static int64_t number(const struct mp_record *r, size_t offset)
{
	int64_t ret;

	memcpy(&ret, (const char *)r + offset, sizeof(ret));
	return ret;
}

/* By what tells two lines of the same time apart: only those that are alike may
   come in the order in which they were read. */
static int compare_rest(const struct mp_record *a, const struct mp_record *b)
{
	int order;

	for (size_t i = 0; i < sizeof(numbers) / sizeof(*numbers); i++) {
		order = compare_numbers(number(a, numbers[i]),
					number(b, numbers[i]));
		if (order)
			return order;
	}
	order = mp_text_compare(a->page_id, b->page_id);
	if (!order)
		order = mp_text_compare(a->host, b->host);
	return order ? order : mp_text_compare(a->oops_id, b->oops_id);
}

/* Less than 0 where `a` comes before `b` in the list: the largest first. */
static int compare(const struct mp_worst_request *a, int64_t bytes,
		   const struct mp_record *b)
{
	int order = compare_numbers(bytes, a->bytes);

	if (!order)
		order = compare_numbers(a->record.timestamp_us,
					b->timestamp_us);
	return order ? order : compare_rest(&a->record, b);
}

static int compare_requests(const void *a, const void *b)
{
	const struct mp_worst_request *const *ra = a, *const *rb = b;

	return compare(*ra, (*rb)->bytes, &(*rb)->record);
}

/* ---- one list ---- */

static struct mp_text copy(struct mp_text text, char **at)
{
	struct mp_text ret = { *at, text.len };

	if (text.len)
		memcpy(*at, text.p, text.len);
	*at += text.len;
	return ret;
}

static void fill(struct mp_worst_request *ret, int64_t bytes,
		 const struct mp_record *r, enum mp_record_form form)
{
	char *at = ret->text;

	ret->bytes = bytes;
	ret->form = form;
	ret->record = *r;
	ret->record.page_id = copy(r->page_id, &at);
	ret->record.oops_id = copy(r->oops_id, &at);
	ret->record.host = copy(r->host, &at);
}

static void swap(struct mp_worst_list *l, size_t i, size_t j)
{
	struct mp_worst_request *request = l->requests[i];

	l->requests[i] = l->requests[j];
	l->requests[j] = request;
}

/* Whether the request at `i` would come behind that at `j` in the list. */
static bool is_less(const struct mp_worst_list *l, size_t i, size_t j)
{
	return compare_requests(&l->requests[i], &l->requests[j]) > 0;
}

static void rise(struct mp_worst_list *l, size_t i)
{
	for (; i > 0 && is_less(l, i, (i - 1) / 2); i = (i - 1) / 2)
		swap(l, i, (i - 1) / 2);
}

static void sink(struct mp_worst_list *l)
{
	size_t i = 0, least;

	for (;; i = least) {
		least = 2 * i + 1;
		if (least + 1 < l->count && is_less(l, least + 1, least))
			least++;
		if (least >= l->count || !is_less(l, least, i))
			return;
		swap(l, i, least);
	}
}

/* Lists grow as they fill: most logs have little to tell. */
static int append(struct mp_worst_list *l)
{
	struct mp_worst_request **requests;

	requests = reallocarray(l->requests, l->count + 1, sizeof(*requests));
	if (!requests)
		return -ENOMEM;
	l->requests = requests;
	requests[l->count] = malloc(sizeof(**requests));
	if (!requests[l->count])
		return -ENOMEM;
	l->count++;
	return 0;
}

/* The list is full. */
static void replace(struct mp_worst_list *l, int64_t bytes,
		    const struct mp_record *r, enum mp_record_form form)
{
	int64_t least = l->requests[0]->bytes;

	if (compare(l->requests[0], bytes, r) <= 0) {
		l->equal += bytes == least;
		return;
	}
	fill(l->requests[0], bytes, r, form);
	sink(l);
	l->equal = l->requests[0]->bytes == least ? l->equal + 1 : 0;
}

static int put(struct mp_worst_list *l, size_t most, int64_t bytes,
	       const struct mp_record *r, enum mp_record_form form)
{
	if (l->count == most) {
		replace(l, bytes, r, form);
	} else {
		if (append(l))
			return -ENOMEM;
		fill(l->requests[l->count - 1], bytes, r, form);
		rise(l, l->count - 1);
	}
	if (l->count == most)
		l->bar = l->requests[0]->bytes;
	return 0;
}

/* ---- all ---- */

void mp_worst_init(struct mp_worst *w, size_t most)
{
	*w = (struct mp_worst){ .most = most };
	for (unsigned i = 0; i < MP_WORST_LISTS; i++)
		w->lists[i].bar = most > 0 ? 1 : INT64_MAX;
}

int mp_worst_put(struct mp_worst *w, const struct mp_record *r,
		 enum mp_record_form form)
{
	bool known = r->allocated != MP_UNKNOWN && r->freed != MP_UNKNOWN;
	/* MP_UNKNOWN is less than any bar. */
	const int64_t bytes[MP_WORST_LISTS] = {
		[MP_WORST_RETAINED] =
			known ? r->allocated - r->freed : MP_UNKNOWN,
		[MP_WORST_PEAK] = r->peak,
		[MP_WORST_CLEAN_RSS] =
			r->overlap == 0 ? r->rss_delta : MP_UNKNOWN,
		[MP_WORST_RSS] = r->rss_delta,
	};
	int err = 0;

	if (w->most == 0 || mp_own_kind(r, form) != MP_OWN_NONE)
		return 0;
	for (unsigned i = 0; i < MP_WORST_LISTS && !err; i++)
		if (bytes[i] >= w->lists[i].bar)
			err = put(&w->lists[i], w->most, bytes[i], r, form);
	return err;
}

static int join_list(struct mp_worst_list *l, size_t most,
		     const struct mp_worst_list *from)
{
	for (size_t i = 0; i < from->count; i++) {
		const struct mp_worst_request *r = from->requests[i];

		if (put(l, most, r->bytes, &r->record, r->form))
			return -ENOMEM;
	}
	/* Those beyond a lower bar are less than all that is listed now. */
	if (from->bar == l->bar)
		l->equal += from->equal;
	return 0;
}

int mp_worst_join(struct mp_worst *w, const struct mp_worst *from)
{
	int err = 0;

	for (unsigned i = 0; i < MP_WORST_LISTS && !err; i++)
		err = join_list(&w->lists[i], w->most, &from->lists[i]);
	return err;
}

void mp_worst_sort(struct mp_worst *w)
{
	for (unsigned i = 0; i < MP_WORST_LISTS; i++)
		if (w->lists[i].count > 0)
			qsort(w->lists[i].requests, w->lists[i].count,
			      sizeof(*w->lists[i].requests), compare_requests);
}

void mp_worst_release(struct mp_worst *w)
{
	for (unsigned i = 0; i < MP_WORST_LISTS; i++) {
		for (size_t j = 0; j < w->lists[i].count; j++)
			free(w->lists[i].requests[j]);
		free(w->lists[i].requests);
	}
	mp_worst_init(w, w->most);
}
