#include "loggen.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define THREADS_MAX 64
#define KEYS_MAX    20000
#define SECOND	    1000000.0
#define START_US    INT64_C(1795000000000000)
#define BASE_HEAP   20e6
/* What is freed outside requests shows in the process's size alone: where it is
   less, nothing tells it from a leak. */
#define GIVEN_OUT 32e6

/* A request of one thread: the one it serves, or the next one. */
struct thread {
	bool busy;
	double at; /* when this ends, or that begins */
	double begin;
	struct loggen_page *page;
	int64_t start_rss, temporary, net, peak;
	bool event;
	uint64_t begun_before; /* requests begun before this one */
	uint64_t in_flight;    /* others, when this one began */
};

/* What a page keeps between requests: the sizes of what is in its cache. */
struct store {
	int32_t *sizes;
	uint64_t count, next;
};

struct world {
	struct loggen *g;
	uint64_t random;
	struct thread threads[THREADS_MAX];
	struct store stores[LOGGEN_PAGES];
	double heap, rss, seen_heap, seen_at;
	uint64_t begun, in_flight;
	/* Handed over and not yet freed. */
	double queued, queued_out;
	uint64_t queue_length;
	uint64_t sampled_out, below;
	double told_at;
	void (*put)(const struct mp_record *, void *);
	void *arg;
};

const char *loggen_habit_name(enum loggen_habit habit)
{
	static const char *const names[LOGGEN_HABITS] = {
		"clean",     "thread-init", "cache",	  "cache-seq", "evict",
		"spike",     "huge-once",   "sessions",	  "giver",     "taker",
		"giver-out", "leak",	    "leak+cache", "endless",
	};

	return names[habit];
}

/* ---- chance ---- */

/* SplitMix64: Steele, Lea and Flood, OOPSLA 2014. */
static uint64_t next(uint64_t *state)
{
	uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
	return z ^ (z >> 31);
}

static double uniform(uint64_t *state)
{
	return ((double)(next(state) >> 11) + 0.5) / 9007199254740992.0;
}

static double log_uniform(uint64_t *state, double low, double high)
{
	return low * pow(high / low, uniform(state));
}

static uint64_t below(uint64_t *state, uint64_t n)
{
	return next(state) % n;
}

static bool once_in(uint64_t *state, double n)
{
	return uniform(state) * n < 1;
}

/* ---- what the log will be ---- */

static void init_page(struct loggen *g, uint64_t *s, enum loggen_habit habit)
{
	struct loggen_page *p = &g->pages[g->page_count];

	*p = (struct loggen_page){
		.habit = habit,
		.requests = (uint64_t)log_uniform(s, 100, 10000),
		.bytes = floor(log_uniform(s, 16, 1 << 20)),
		.one_in = 1,
		.spread = (unsigned)below(s, 3),
	};
	snprintf(p->id, sizeof(p->id), "%s-%zu", loggen_habit_name(habit),
		 g->page_count);
	g->page_count++;
	switch (habit) {
	case LOGGEN_LEAK:
	case LOGGEN_LEAK_CACHE:
		p->one_in = log_uniform(s, 1, 1000);
		p->requests =
			(uint64_t)(log_uniform(s, 35, 400) * p->one_in) + 100;
		p->keys = 10 + p->requests / 10;
		if (p->keys > KEYS_MAX)
			p->keys = KEYS_MAX;
		break;
	case LOGGEN_THREAD_INIT:
		p->requests += 20 * g->threads;
		break;
	case LOGGEN_CACHE:
		p->keys = (uint64_t)((double)p->requests /
				     log_uniform(s, 12, 100)) +
			  1;
		break;
	case LOGGEN_CACHE_SEQ:
	case LOGGEN_CACHE_EVICT:
		p->keys = (uint64_t)((double)p->requests *
				     log_uniform(s, 0.01, 0.5)) +
			  1;
		p->one_in = habit == LOGGEN_CACHE_EVICT ? 1 : 1.05;
		break;
	case LOGGEN_CACHE_ENDLESS:
		p->one_in = 0.5 + 0.3 * uniform(s);
		break;
	case LOGGEN_SPIKE:
		p->bytes = log_uniform(s, 4e6, 64e6);
		p->one_in = log_uniform(s, 1, 100);
		break;
	case LOGGEN_HUGE_ONCE:
		p->bytes = log_uniform(s, 4e6, 256e6);
		break;
	case LOGGEN_SESSIONS:
		p->keys = 5 + below(s, 200);
		break;
	case LOGGEN_GIVER:
	case LOGGEN_GIVER_OUT:
		p->one_in = log_uniform(s, 1, 30);
		p->requests = (uint64_t)log_uniform(s, 500, 20000);
		if (habit == LOGGEN_GIVER_OUT)
			p->bytes = fmax(p->bytes, GIVEN_OUT * p->one_in /
							  (double)p->requests);
		break;
	case LOGGEN_TAKER:
		p->keys = (uint64_t)log_uniform(s, 1, 30);
		break;
	default:
		break;
	}
}

/* All givers hand the same kind of thing to one taker. */
static void add_taker(struct loggen *g, uint64_t *s)
{
	struct loggen_page *first = NULL, *taker;
	double given = 0;

	for (size_t i = 0; i < g->page_count; i++) {
		struct loggen_page *p = &g->pages[i];

		if (p->habit != LOGGEN_GIVER)
			continue;
		if (!first)
			first = p;
		p->bytes = first->bytes;
		p->spread = first->spread;
		p->one_in = first->one_in;
		p->requests = first->requests / (1 + below(s, 3));
		given += (double)p->requests / p->one_in;
	}
	if (!first)
		return;
	init_page(g, s, LOGGEN_TAKER);
	taker = &g->pages[g->page_count - 1];
	taker->requests = first->requests;
	if ((double)taker->keys > given / 20)
		taker->keys = (uint64_t)(given / 20);
}

void loggen_init(struct loggen *g, uint64_t seed)
{
	static const unsigned samples[] = { 1, 1, 1, 1, 1, 1, 10, 100 };
	static const int64_t thresholds[] = { 0, 0,    0,     0,     0,
					      0, 1024, 16384, 262144 };
	uint64_t s = seed;
	size_t habits = 4 + below(&s, 8);

	*g = (struct loggen){
		.seed = seed,
		.threads = 1u << below(&s, 7),
		.span_s = log_uniform(&s, 40, 86400),
		.sample_one_in = samples[below(&s, 8)],
		.threshold = thresholds[below(&s, 9)],
		.heap = true,
	};
	init_page(g, &s, LOGGEN_CLEAN);
	for (size_t i = 0; i < habits; i++) {
		enum loggen_habit h =
			(enum loggen_habit)below(&s, LOGGEN_CACHE_ENDLESS + 1);

		if (h == LOGGEN_TAKER)
			h = LOGGEN_LEAK;
		init_page(g, &s, h);
	}
	add_taker(g, &s);
}

/* ---- what pages do ---- */

static double size_of(struct world *w, const struct loggen_page *p)
{
	double bytes = p->bytes;

	if (p->spread == 1)
		bytes *= 0.5 + uniform(&w->random);
	else if (p->spread == 2)
		bytes *= -log(uniform(&w->random));
	return bytes < 16 ? 16 : floor(bytes);
}

/* Put something into a place of a cache; returns by how much it grew. */
static int64_t store_put(struct world *w, const struct loggen_page *p,
			 struct store *s, uint64_t key, bool replace)
{
	int32_t old = s->sizes[key];

	if (old && !replace)
		return 0;
	s->count += old == 0;
	s->sizes[key] = (int32_t)size_of(w, p);
	return s->sizes[key] - old;
}

static int64_t visit_session(struct world *w, const struct loggen_page *p,
			     struct store *s)
{
	uint64_t key = below(&w->random, p->keys);
	int32_t old = s->sizes[key];

	s->sizes[key] = old ? 0 : (int32_t)size_of(w, p);
	return s->sizes[key] - old;
}

static int64_t give(struct world *w, const struct loggen_page *p)
{
	double bytes;

	if (!once_in(&w->random, p->one_in))
		return 0;
	bytes = size_of(w, p);
	if (p->habit == LOGGEN_GIVER_OUT) {
		w->queued_out += bytes;
	} else {
		w->queued += bytes;
		w->queue_length++;
	}
	return (int64_t)bytes;
}

/* Free everything that is queued, once enough of it is. */
static int64_t take(struct world *w, const struct loggen_page *p)
{
	double bytes = w->queued;

	if (w->queue_length < p->keys)
		return 0;
	w->queued = 0;
	w->queue_length = 0;
	return -(int64_t)bytes;
}

/* The probability that request n of a cache that follows Heaps' law misses. */
static bool misses(struct world *w, const struct loggen_page *p)
{
	double n = (double)p->served + 1;

	return uniform(&w->random) < p->one_in * pow(n, p->one_in - 1);
}

/* What the request keeps; `*ret_leaks` says whether for ever. */
static int64_t serve(struct world *w, struct loggen_page *p, unsigned thread,
		     bool *ret_leaks)
{
	struct store *s = &w->stores[p - w->g->pages];
	int64_t net = 0;

	*ret_leaks = false;
	switch (p->habit) {
	case LOGGEN_THREAD_INIT:
		return store_put(w, p, s, thread, false);
	case LOGGEN_CACHE:
		return store_put(w, p, s, below(&w->random, p->keys), false);
	case LOGGEN_CACHE_SEQ:
		return store_put(w, p, s, s->next++ % p->keys, false);
	case LOGGEN_CACHE_EVICT:
		return store_put(w, p, s, s->next++ % p->keys, true);
	case LOGGEN_SESSIONS:
		return visit_session(w, p, s);
	case LOGGEN_HUGE_ONCE:
		return p->served == p->requests / 3 ? (int64_t)p->bytes : 0;
	case LOGGEN_GIVER:
	case LOGGEN_GIVER_OUT:
		return give(w, p);
	case LOGGEN_TAKER:
		return take(w, p);
	case LOGGEN_LEAK_CACHE:
		net = store_put(w, p, s, s->next++ % p->keys, false);
		/* fall through */
	case LOGGEN_LEAK:
		*ret_leaks = once_in(&w->random, p->one_in);
		return net + (*ret_leaks ? (int64_t)size_of(w, p) : 0);
	case LOGGEN_CACHE_ENDLESS:
		return misses(w, p) ? (int64_t)size_of(w, p) : 0;
	default:
		return 0;
	}
}

/* ---- time ---- */

static struct loggen_page *choose_page(struct world *w)
{
	uint64_t all = 0, pick;

	for (size_t i = 0; i < w->g->page_count; i++)
		all += w->g->pages[i].requests;
	pick = below(&w->random, all);
	for (size_t i = 0;; i++) {
		if (pick < w->g->pages[i].requests)
			return &w->g->pages[i];
		pick -= w->g->pages[i].requests;
	}
}

/* RSS is what the heap ever was at most, by pages. */
static void touch(struct world *w, double bytes)
{
	double rss = ceil((w->heap + bytes) / 4096) * 4096 + 8e6;

	w->heap += bytes;
	if (rss > w->rss)
		w->rss = rss;
}

static void begin_request(struct world *w, unsigned i)
{
	struct thread *t = &w->threads[i];
	struct loggen_page *p = choose_page(w);

	t->busy = true;
	t->begin = t->at;
	t->page = p;
	t->start_rss = (int64_t)w->rss;
	t->in_flight = w->in_flight++;
	t->begun_before = ++w->begun;
	t->temporary = (int64_t)log_uniform(&w->random, 500, 50000);
	t->peak = t->temporary;
	t->net = serve(w, p, i, &t->event);
	p->served++;
	if (p->habit == LOGGEN_SPIKE && once_in(&w->random, p->one_in))
		t->peak = t->temporary = (int64_t)p->bytes;
	if (t->net > t->peak)
		t->peak = t->net;
	touch(w, (double)(t->temporary + t->net));
	t->at += -log(uniform(&w->random)) * 0.02 * SECOND;
}

static struct mp_text text(const char *s)
{
	return (struct mp_text){ s, strlen(s) };
}

static void tell_skipped(struct world *w, double now)
{
	char counts[96];
	struct mp_record r;

	if (w->sampled_out + w->below == 0)
		return;
	snprintf(counts, sizeof(counts), "sampled=%ju,threshold=%ju,one_in=%u",
		 (uintmax_t)w->sampled_out, (uintmax_t)w->below,
		 w->g->sample_one_in);
	r = mp_record_unknown;
	r.timestamp_us = START_US + (int64_t)w->told_at;
	r.page_id = text("(skipped)");
	r.oops_id = text(counts);
	r.duration_us = (int64_t)(now - w->told_at);
	r.pid = 100;
	r.tid = 100;
	r.host = text("host");
	w->put(&r, w->arg);
	w->sampled_out = w->below = 0;
	w->told_at = now;
}

static int64_t known(const struct world *w, int64_t v)
{
	return w->g->heap ? v : MP_UNKNOWN;
}

static void log_request(struct world *w, const struct thread *t, unsigned i)
{
	int64_t rss = (int64_t)w->rss, freed = t->temporary;
	int64_t allocated = t->temporary + t->net;
	uint64_t overlap = t->in_flight + w->begun - t->begun_before;
	struct mp_record r;

	if (allocated < 0) {
		freed -= allocated;
		allocated = 0;
	}
	r = (struct mp_record){
		.timestamp_us = START_US + (int64_t)t->begin,
		.page_id = text(t->page->id),
		.oops_id = text("-"),
		.duration_us = (int64_t)(t->at - t->begin),
		.start_vss = t->start_rss + (INT64_C(1) << 30),
		.start_rss = t->start_rss,
		.end_vss = rss + (INT64_C(1) << 30),
		.end_rss = rss,
		.vss_delta = rss - t->start_rss,
		.rss_delta = rss - t->start_rss,
		.allocated = known(w, allocated),
		.freed = known(w, freed),
		.peak = known(w, t->peak),
		.overlap = (int64_t)overlap,
		.heap_allocated = known(w, (int64_t)w->seen_heap),
		.heap_active = known(w, (int64_t)(w->seen_heap * 1.05)),
		.heap_resident = known(w, (int64_t)(w->seen_heap * 1.15)),
		.pid = 100,
		.tid = 100 + i,
		.host = text("host"),
	};
	w->put(&r, w->arg);
	t->page->logged++;
	t->page->leaked += t->event;
}

static void end_request(struct world *w, unsigned i, double gap)
{
	struct thread *t = &w->threads[i];

	touch(w, -(double)t->temporary);
	w->in_flight--;
	if (t->at - w->seen_at >= SECOND) {
		w->seen_heap = w->heap;
		w->seen_at = t->at;
		/* The thread in the background has its turn. */
		touch(w, -w->queued_out);
		w->queued_out = 0;
	}
	if (below(&w->random, w->g->sample_one_in))
		w->sampled_out++;
	else if (w->g->threshold && t->net <= w->g->threshold &&
		 (int64_t)w->rss - t->start_rss <= w->g->threshold)
		w->below++;
	else
		log_request(w, t, i);
	if (t->at - w->told_at >= 60 * SECOND)
		tell_skipped(w, t->at);
	t->busy = false;
	t->at += -log(uniform(&w->random)) * gap;
}

static unsigned next_thread(const struct world *w)
{
	unsigned first = 0;

	for (unsigned i = 1; i < w->g->threads; i++)
		if (w->threads[i].at < w->threads[first].at)
			first = i;
	return first;
}

static void open_stores(struct world *w)
{
	for (size_t i = 0; i < w->g->page_count; i++) {
		uint64_t keys = w->g->pages[i].keys;

		keys = keys < THREADS_MAX ? THREADS_MAX : keys;
		w->stores[i].sizes = calloc(keys, sizeof(int32_t));
		if (!w->stores[i].sizes)
			abort();
	}
}

void loggen_run(struct loggen *g,
		void (*put)(const struct mp_record *r, void *arg), void *arg)
{
	struct world w = { .g = g, .random = ~g->seed, .put = put, .arg = arg };
	uint64_t requests = 0, ended = 0;
	double gap;

	for (size_t i = 0; i < g->page_count; i++)
		requests += g->pages[i].requests;
	gap = g->span_s * SECOND * g->threads / (double)requests;
	open_stores(&w);
	touch(&w, BASE_HEAP);
	w.seen_heap = w.heap;
	for (unsigned i = 0; i < g->threads; i++)
		w.threads[i].at = uniform(&w.random) * gap;
	while (ended < requests) {
		unsigned i = next_thread(&w);

		if (w.threads[i].busy) {
			end_request(&w, i, gap);
			ended++;
		} else {
			begin_request(&w, i);
		}
	}
	tell_skipped(&w, w.threads[next_thread(&w)].at);
	for (size_t i = 0; i < g->page_count; i++)
		free(w.stores[i].sizes);
}
