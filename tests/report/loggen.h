#ifndef MP_LOGGEN_H
#define MP_LOGGEN_H

/*
 * loggen: the log of a server that never ran.  Threads serve pages whose habits
 * are known, one heap holds what they keep, and each line says what memprof
 * would have seen: overlap, RSS that everybody shares, totals that are up to a
 * second old, what sampling or a threshold leaves out.
 *
 * The seed decides everything: the same seed, the same log.
 */

#include "core/record.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define LOGGEN_PAGES 16

enum loggen_habit {
	LOGGEN_CLEAN,	      /* keeps nothing */
	LOGGEN_THREAD_INIT,   /* keeps a buffer for each thread */
	LOGGEN_CACHE,	      /* fills a cache, key by random key */
	LOGGEN_CACHE_SEQ,     /* fills one in order */
	LOGGEN_CACHE_EVICT,   /* fills one that then replaces entries */
	LOGGEN_SPIKE,	      /* holds much for a moment */
	LOGGEN_HUGE_ONCE,     /* keeps much, once */
	LOGGEN_SESSIONS,      /* begins or ends sessions of others, at random */
	LOGGEN_GIVER,	      /* allocates what LOGGEN_TAKER frees */
	LOGGEN_TAKER,	      /* frees it, some of it at a time */
	LOGGEN_GIVER_OUT,     /* allocates what is freed outside requests */
	LOGGEN_LEAK,	      /* leaks in one of `one_in` requests */
	LOGGEN_LEAK_CACHE,    /* leaks, and fills a cache before */
	LOGGEN_CACHE_ENDLESS, /* its cache grows ever more slowly */
	LOGGEN_HABITS,
};

const char *loggen_habit_name(enum loggen_habit habit);

static inline bool loggen_leaks(enum loggen_habit h)
{
	return h == LOGGEN_LEAK || h == LOGGEN_LEAK_CACHE;
}

struct loggen_page {
	enum loggen_habit habit;
	char id[32];
	uint64_t requests; /* about so many */
	double bytes;	   /* of one event */
	double one_in;
	unsigned spread; /* of the bytes: 0 none, 1 by half, 2 exponential */
	uint64_t keys;	 /* of a cache, of sessions; or freed at a time */
	/* What happened. */
	uint64_t served, logged;
	uint64_t leaked; /* events that are in the log */
};

struct loggen {
	uint64_t seed;
	unsigned threads;
	double span_s;
	unsigned sample_one_in;
	int64_t threshold;
	bool heap; /* jemalloc's columns are known */
	size_t page_count;
	struct loggen_page pages[LOGGEN_PAGES];
};

/* Decide what the log of `seed` will be. */
void loggen_init(struct loggen *g, uint64_t seed);

/* Make it, and give every line to `put`. */
void loggen_run(struct loggen *g,
		void (*put)(const struct mp_record *r, void *arg), void *arg);

#endif
