#include "demo/pages.h"

#include "demo/busy.h"
#include "memprof.h"

#include <malloc.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SPIKE_BYTES ((size_t)32 << 20)
#define CACHE_KEYS  2000
#define CACHE_BYTES 1000

void *demo_allocate(size_t size)
{
	void *p = malloc(size);

	if (p)
		memset(p, 'x', size);
	/* The compiler must believe that somebody reads it. */
	__asm__ volatile("" : : "r"(p) : "memory");
	return p;
}

__attribute__((format(printf, 3, 4))) static void
say(struct demo_answer *a, unsigned status, const char *format, ...)
{
	va_list args;
	int n;

	va_start(args, format);
	n = vsnprintf(a->body, sizeof(a->body), format, args);
	va_end(args);
	a->status = status;
	a->len = n < 0 ? 0 : (size_t)n;
	if (a->len >= sizeof(a->body))
		a->len = sizeof(a->body) - 1;
}

static void serve_clean(struct demo_backend *b, struct demo_answer *ret)
{
	char *row = demo_allocate(20000);
	char *text = demo_allocate(300);

	(void)b;
	free(row);
	free(text);
	say(ret, 200, "What I took I gave back.\n");
}

/* What one request of the leaking page leaves behind. */
struct leaked {
	struct leaked *next;
	void *name;
	void *history;
	char rest[976];
};

static _Atomic(struct leaked *) leaks;
static atomic_uint_fast64_t leak_requests, leak_bytes;

static void serve_leaking(struct demo_backend *b, struct demo_answer *ret)
{
	struct leaked *l = demo_allocate(sizeof(*l));

	(void)b;
	if (!l) {
		say(ret, 503, "No memory left to leak.\n");
		return;
	}
	l->name = demo_allocate(40);
	l->history = demo_allocate(3000);
	l->next = atomic_load(&leaks);
	while (!atomic_compare_exchange_weak(&leaks, &l->next, l))
		;
	atomic_fetch_add(&leak_bytes, malloc_usable_size(l) +
					      malloc_usable_size(l->name) +
					      malloc_usable_size(l->history));
	atomic_fetch_add(&leak_requests, 1);
	say(ret, 200, "I keep a little of each visit.\n");
}

struct demo_leaked demo_pages_leaked(void)
{
	return (struct demo_leaked){ .requests = atomic_load(&leak_requests),
				     .bytes = atomic_load(&leak_bytes) };
}

static void serve_spike(struct demo_backend *b, struct demo_answer *ret)
{
	(void)b;
	free(demo_allocate(SPIKE_BYTES));
	say(ret, 200, "That was a lot, for a moment.\n");
}

static _Atomic(void *) cache[CACHE_KEYS];

static void serve_cached(struct demo_backend *b, struct demo_answer *ret)
{
	static atomic_uint visits;
	unsigned key = atomic_fetch_add(&visits, 1) % CACHE_KEYS;
	void *empty = NULL, *value;

	(void)b;
	if (!atomic_load(&cache[key])) {
		value = demo_allocate(CACHE_BYTES);
		if (!atomic_compare_exchange_strong(&cache[key], &empty, value))
			free(value);
	}
	say(ret, 200, "Key %u is in the cache.\n", key);
}

/* Memory on its way to the disposer. */
struct parcel {
	struct demo_job job; /* first: the disposer gets its address */
	struct memprof *mp;
	char rest[1400];
};

/* The disposer's work is a page of its own, so that the log shows where the
   memory went. */
static void dispose(struct demo_job *job)
{
	struct parcel *p = (struct parcel *)job;
	struct memprof_request req = { 0 };

	memprof_begin(p->mp, &req, "Demo:disposer");
	free(p);
	memprof_end(&req, NULL);
}

static void serve_handover(struct demo_backend *b, struct demo_answer *ret)
{
	struct parcel *p = demo_allocate(sizeof(*p));

	if (!p) {
		say(ret, 503, "Nothing to hand over.\n");
		return;
	}
	p->mp = b->mp;
	p->job.run = dispose;
	demo_worker_put(&b->disposer, &p->job);
	say(ret, 200, "Somebody else will free it.\n");
}

static void serve_failing(struct demo_backend *b, struct demo_answer *ret)
{
	static atomic_uint oopses;

	(void)b;
	snprintf(ret->oops_id, sizeof(ret->oops_id), "OOPS-%ld-%u",
		 (long)getpid(), atomic_fetch_add(&oopses, 1) + 1);
	say(ret, 500, "Oops!  Please tell us: %s\n", ret->oops_id);
}

static void serve_busy(struct demo_backend *b, struct demo_answer *ret)
{
	char table[512];
	size_t len = demo_busy_words(table, sizeof(table));

	(void)b;
	say(ret, 200,
	    "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n"
	    "<meta charset=\"utf-8\">\n<title>Words</title>\n</head>\n"
	    "<body>\n<table>\n%.*s</table>\n</body>\n</html>\n",
	    (int)len, table);
	ret->html = true;
}

static void serve_index(struct demo_backend *b, struct demo_answer *ret);

static void serve_not_found(struct demo_backend *b, struct demo_answer *ret)
{
	(void)b;
	say(ret, 404, "There is no such page.\n");
}

static const struct demo_page pages[] = {
	{ "/", "Demo:index", serve_index, DEMO_AT_ONCE },
	{ "/clean", "Demo:clean", serve_clean, DEMO_AT_ONCE },
	{ "/leaking", "Demo:leaking", serve_leaking, DEMO_AT_ONCE },
	{ "/spike", "Demo:spike", serve_spike, DEMO_AT_ONCE },
	{ "/cached", "Demo:cached", serve_cached, DEMO_AT_ONCE },
	{ "/handover", "Demo:handover", serve_handover, DEMO_AT_ONCE },
	{ "/busy", "Demo:busy", serve_busy, DEMO_AT_ONCE },
	{ "/slow", "Demo:slow", serve_clean, DEMO_AFTER_WAIT },
	{ "/stream", "Demo:stream", NULL, DEMO_STREAMED },
	{ "/failing", "Demo:failing", serve_failing, DEMO_AT_ONCE },
	{ "/cafe", "Straße & Café: page", serve_clean, DEMO_AT_ONCE },
};

static const struct demo_page not_found = { NULL, "NotFound", serve_not_found,
					    DEMO_AT_ONCE };

#define PAGES (sizeof(pages) / sizeof(*pages))

static void serve_index(struct demo_backend *b, struct demo_answer *ret)
{
	char list[512];
	size_t len = 0;

	(void)b;
	for (size_t i = 1; i < PAGES; i++) {
		int n = snprintf(list + len, sizeof(list) - len, "%s\n",
				 pages[i].url);

		if (n < 0 || (size_t)n >= sizeof(list) - len)
			break;
		len += (size_t)n;
	}
	say(ret, 200, "%.*s", (int)len, list);
}

const struct demo_page *demo_page_find(const char *url)
{
	for (size_t i = 0; i < PAGES; i++) {
		if (!strcmp(url, pages[i].url))
			return &pages[i];
	}
	return &not_found;
}
