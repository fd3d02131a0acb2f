#include "live/rows.h"

#include "core/clock.h"
#include "report/text.h"

#include <errno.h>
#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>

#define NO_RATE (-1.0)

bool mp_rows_match(const char *filter, struct mp_text page)
{
	char id[MP_RECORD_MAX + 1];

	if (!*filter)
		return true;
	if (page.len > MP_RECORD_MAX)
		return false;
	memcpy(id, page.p, page.len);
	id[page.len] = '\0';
	if (strpbrk(filter, "*?["))
		return !fnmatch(filter, id, 0);
	return strstr(id, filter) != NULL;
}

static const struct mp_live *find_in(const struct mp_live_list *list,
				     const struct mp_live *live)
{
	for (size_t i = 0; list && i < list->count; i++)
		if (!strcmp(list->items[i].path, live->path))
			return &list->items[i];
	return NULL;
}

/* Seconds from one look at a process to another. */
static double seconds_between(const struct mp_live *was,
			      const struct mp_live *now)
{
	return (double)(now->now_mono_ns - was->now_mono_ns) /
	       (double)MP_NS_PER_S;
}

/* By how much RSS grows in a minute. */
static int64_t growth(const struct mp_live *was, const struct mp_live *now)
{
	int64_t grown =
		mp_snapshot_minus(mp_live_size(now).rss, mp_live_size(was).rss);
	double s = seconds_between(was, now);

	if (grown == MP_UNKNOWN || s <= 0)
		return MP_UNKNOWN;
	return (int64_t)((double)grown / s * 60);
}

static struct mp_rows_process look_at(const struct mp_rows_view *view,
				      const struct mp_live *live)
{
	const struct mp_live *was = find_in(view->before, live);
	const struct mp_live *earlier = find_in(view->earlier, live);
	struct mp_rows_process p = {
		.live = live,
		.rss = mp_live_size(live).rss,
		.requests = NO_RATE,
		.cpu = NO_RATE,
		.grown = MP_UNKNOWN,
	};
	double s = was ? seconds_between(was, live) : 0;

	if (live->shot.count > 0)
		p.oldest_ns = mp_live_age_ns(live, &live->shot.requests[0]);
	if (earlier || was)
		p.grown = growth(earlier ? earlier : was, live);
	if (s <= 0)
		return p;
	p.requests =
		(double)(live->shot.ledger.begun - was->shot.ledger.begun) / s;
	if (live->seen && was->seen)
		p.cpu = 100 * (double)(live->proc.cpu_ns - was->proc.cpu_ns) /
			(double)MP_NS_PER_S / s;
	return p;
}

static void take_requests(const struct mp_rows_view *view,
			  const struct mp_live *live, struct mp_rows *t)
{
	for (size_t i = 0; i < live->shot.count; i++) {
		const struct mp_snapshot_request *r = &live->shot.requests[i];
		struct mp_text page = { r->page, r->page_len };

		if (!mp_rows_match(view->filter, page))
			continue;
		t->requests[t->request_count++] = (struct mp_rows_request){
			.live = live,
			.r = r,
			.age_ns = mp_live_age_ns(live, r),
			.kept = mp_snapshot_minus(r->allocated, r->freed),
			.grown = mp_snapshot_minus(mp_live_size(live).rss,
						   r->start.rss),
		};
	}
}

static int fill(const struct mp_rows_view *view, struct mp_rows *ret)
{
	size_t requests = 0;

	for (size_t i = 0; i < view->now->count; i++)
		requests += view->now->items[i].shot.count;
	*ret = (struct mp_rows){
		.processes =
			calloc(view->now->count + 1, sizeof(*ret->processes)),
		.requests = calloc(requests + 1, sizeof(*ret->requests)),
		.pages = calloc(view->page_count + 1, sizeof(*ret->pages)),
	};
	if (!ret->processes || !ret->requests || !ret->pages)
		return -ENOMEM;
	for (size_t i = 0; i < view->now->count; i++) {
		const struct mp_live *live = &view->now->items[i];

		ret->processes[ret->process_count++] = look_at(view, live);
		take_requests(view, live, ret);
	}
	for (size_t i = 0; i < view->page_count; i++)
		if (mp_rows_match(view->filter, view->pages[i].id))
			ret->pages[ret->page_count++] = view->pages[i];
	return 0;
}

void mp_rows_release(struct mp_rows *rows)
{
	free(rows->processes);
	free(rows->requests);
	free(rows->pages);
	*rows = (struct mp_rows){ 0 };
}

/* ---- in which order ---- */

/* The greater first. */
#define DOWN(a, b) (((a) < (b)) - ((a) > (b)))

static int compare_processes(const void *a, const void *b, void *view)
{
	const struct mp_rows_process *x = a, *y = b;
	int order = 0;

	switch (((const struct mp_rows_view *)view)->sort) {
	case MP_ROWS_BY_AGE:
		order = DOWN(x->oldest_ns, y->oldest_ns);
		break;
	case MP_ROWS_BY_MEMORY:
		order = DOWN(x->rss, y->rss);
		break;
	case MP_ROWS_BY_REQUESTS:
		order = DOWN(x->requests, y->requests);
		break;
	default:
		break;
	}
	return order ? order : DOWN(y->live->shot.pid, x->live->shot.pid);
}

struct mp_text mp_rows_page(const struct mp_rows_request *r)
{
	return (struct mp_text){ r->r->page, r->r->page_len };
}

static int compare_requests(const void *a, const void *b, void *view)
{
	const struct mp_rows_request *x = a, *y = b;
	int order = 0;

	switch (((const struct mp_rows_view *)view)->sort) {
	case MP_ROWS_BY_MEMORY:
		order = DOWN(x->kept, y->kept);
		if (!order)
			order = DOWN(x->grown, y->grown);
		break;
	case MP_ROWS_BY_NAME:
		order = mp_text_compare(mp_rows_page(x), mp_rows_page(y));
		break;
	default:
		break;
	}
	return order ? order : DOWN(x->age_ns, y->age_ns);
}

static int compare_pages(const void *a, const void *b, void *view)
{
	const struct mp_minute_page *x = a, *y = b;
	int order = 0;

	switch (((const struct mp_rows_view *)view)->sort) {
	case MP_ROWS_BY_REQUESTS:
		order = DOWN(x->requests, y->requests);
		break;
	case MP_ROWS_BY_NAME:
		order = mp_text_compare(x->id, y->id);
		break;
	default:
		break;
	}
	if (!order)
		order = DOWN(x->kept, y->kept);
	if (!order)
		order = DOWN(x->rss, y->rss);
	return order ? order : mp_text_compare(x->id, y->id);
}

static void sort(const struct mp_rows_view *view, struct mp_rows *t)
{
	struct mp_rows_view copy = *view;

	qsort_r(t->processes, t->process_count, sizeof(*t->processes),
		compare_processes, &copy);
	qsort_r(t->requests, t->request_count, sizeof(*t->requests),
		compare_requests, &copy);
	qsort_r(t->pages, t->page_count, sizeof(*t->pages), compare_pages,
		&copy);
}

int mp_rows_make(const struct mp_rows_view *view, struct mp_rows *ret)
{
	struct mp_rows rows;
	int err = fill(view, &rows);

	if (err) {
		mp_rows_release(&rows);
		return err;
	}
	sort(view, &rows);
	*ret = rows;
	return 0;
}
