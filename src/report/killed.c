#include "report/killed.h"

#include "report/text.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define FIRST_ROOM 64

/* All that was in flight at one kill was last seen at one time, or began in the
   moment after. */
#define ONE_KILL_US 1000000

/* Who saw nine tenths of the growth may have caused it. */
#define NEARLY_ALL(growth) ((growth) / 10 * 9)

struct mp_killed_request {
	int64_t pid;
	int64_t began_us;
	int64_t last_us; /* when it, and its process, was last seen */
	int64_t took_us;
	int64_t growth;
	int64_t rss;
	bool is_local;
	bool suspect;
	struct mp_text host, page; /* in `text` */
	char *text;		   /* ours */
};

void mp_killed_init(struct mp_killed *k)
{
	*k = (struct mp_killed){ .count = 0 };
}

void mp_killed_release(struct mp_killed *k)
{
	for (size_t i = 0; i < k->request_count; i++)
		free(k->requests[i].text);
	free(k->requests);
	free(k->kills);
	free(k->pages);
}

static int make_room(struct mp_killed *k, size_t more)
{
	size_t room = k->room ? k->room : FIRST_ROOM;
	struct mp_killed_request *requests;

	if (k->room - k->request_count >= more)
		return 0;
	while (room - k->request_count < more)
		room *= 2;
	requests = realloc(k->requests, room * sizeof(*requests));
	if (!requests)
		return -ENOMEM;
	k->requests = requests;
	k->room = room;
	return 0;
}

int mp_killed_add(struct mp_killed *k, const struct mp_record *r,
		  enum mp_record_form form)
{
	struct mp_killed_request *q;
	size_t page = r->page_id.len, host = r->host.len;
	char *text;

	if (make_room(k, 1))
		return -ENOMEM;
	text = malloc(page + host + 1);
	if (!text)
		return -ENOMEM;
	memcpy(text, r->page_id.p, page);
	memcpy(text + page, r->host.p, host);
	q = &k->requests[k->request_count++];
	*q = (struct mp_killed_request){
		.pid = r->pid,
		.began_us = r->timestamp_us,
		.last_us = r->timestamp_us,
		.took_us = r->duration_us,
		.growth = r->rss_delta,
		.rss = r->end_rss,
		.is_local = form != MP_RECORD_FORMAT_1,
		.page = { text, page },
		.host = { text + page, host },
		.text = text,
	};
	if (r->duration_us != MP_UNKNOWN &&
	    r->duration_us < INT64_MAX / 2 - r->timestamp_us)
		q->last_us += r->duration_us;
	return 0;
}

int mp_killed_join(struct mp_killed *k, struct mp_killed *from)
{
	if (from->request_count == 0)
		return 0;
	if (make_room(k, from->request_count))
		return -ENOMEM;
	memcpy(k->requests + k->request_count, from->requests,
	       from->request_count * sizeof(*from->requests));
	k->request_count += from->request_count;
	from->request_count = 0;
	return 0;
}

/* ---- orders ---- */

static int compare_numbers(int64_t a, int64_t b)
{
	return (a > b) - (a < b);
}

static int compare_processes(const struct mp_killed_request *a,
			     const struct mp_killed_request *b)
{
	int c = mp_text_compare(a->host, b->host);

	return c ? c : compare_numbers(a->pid, b->pid);
}

static int by_kill(const void *a, const void *b)
{
	const struct mp_killed_request *x = a, *y = b;
	int c = compare_processes(x, y);

	return c ? c : compare_numbers(x->last_us, y->last_us);
}

static int by_page(const void *a, const void *b)
{
	const struct mp_killed_request *x = a, *y = b;

	return mp_text_compare(x->page, y->page);
}

/* Those that saw nearly all, the last to begin first; then the others, by what
   they saw. */
static int by_suspicion(const void *a, const void *b)
{
	const struct mp_killed_request *x = a, *y = b;
	int c = (int)y->suspect - (int)x->suspect;

	if (!c && x->suspect)
		c = compare_numbers(y->began_us, x->began_us);
	/* MP_UNKNOWN is less than every number. */
	if (!c)
		c = compare_numbers(y->growth, x->growth);
	return c ? c : by_page(a, b);
}

/* The last kill first. */
static int by_time(const void *a, const void *b)
{
	const struct mp_kill *x = a, *y = b;
	int c = compare_numbers(y->last_us, x->last_us);

	if (!c)
		c = mp_text_compare(x->host, y->host);
	return c ? c : compare_numbers(x->pid, y->pid);
}

/* ---- finding ---- */

static int64_t larger(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

static void suspect(struct mp_killed_request *requests, size_t count)
{
	int64_t most = 0;

	for (size_t i = 0; i < count; i++)
		most = larger(most, requests[i].growth);
	for (size_t i = 0; i < count; i++)
		requests[i].suspect =
			most > 0 && requests[i].growth >= NEARLY_ALL(most);
}

static struct mp_killed_page *page_of(struct mp_kill *kill, struct mp_text id)
{
	for (size_t i = 0; i < kill->count; i++)
		if (!mp_text_compare(kill->pages[i].id, id))
			return &kill->pages[i];
	return NULL;
}

/* The pages come in the order of their most suspect requests. */
static void find_pages(struct mp_kill *kill,
		       const struct mp_killed_request *requests)
{
	for (uint64_t i = 0; i < kill->requests; i++) {
		const struct mp_killed_request *q = &requests[i];
		struct mp_killed_page *page = page_of(kill, q->page);

		if (!page) {
			page = &kill->pages[kill->count++];
			*page = (struct mp_killed_page){
				.id = q->page,
				.growth = q->growth,
				.took_us = q->took_us,
				.oldest_us = q->took_us,
			};
		}
		page->requests++;
		page->unknown += q->growth == MP_UNKNOWN;
		page->oldest_us = larger(page->oldest_us, q->took_us);
		kill->last_us = larger(kill->last_us, q->last_us);
		kill->rss = larger(kill->rss, q->rss);
	}
}

/* How many of `count` requests, sorted by kill, are of the first one's. */
static size_t one_kill(const struct mp_killed_request *requests, size_t count)
{
	size_t n = 1;

	while (n < count &&
	       !compare_processes(&requests[n - 1], &requests[n]) &&
	       requests[n].last_us - requests[n - 1].last_us <= ONE_KILL_US)
		n++;
	return n;
}

int mp_killed_find(struct mp_killed *k)
{
	size_t left = k->request_count, n;
	struct mp_killed_request *at = k->requests;
	struct mp_killed_page *pages;

	if (left == 0)
		return 0;
	k->kills = calloc(left, sizeof(*k->kills));
	k->pages = pages = calloc(left, sizeof(*k->pages));
	if (!k->kills || !pages)
		return -ENOMEM;
	qsort(at, left, sizeof(*at), by_kill);
	for (; left > 0; left -= n, at += n) {
		struct mp_kill *kill = &k->kills[k->count++];

		n = one_kill(at, left);
		suspect(at, n);
		qsort(at, n, sizeof(*at), by_suspicion);
		*kill = (struct mp_kill){
			.pid = at->pid,
			.host = at->host,
			.last_us = at->last_us,
			.is_local = at->is_local,
			.rss = MP_UNKNOWN,
			.requests = n,
			.pages = pages,
		};
		find_pages(kill, at);
		pages += kill->count;
	}
	qsort(k->kills, k->count, sizeof(*k->kills), by_time);
	return 0;
}
