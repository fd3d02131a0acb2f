#ifndef MP_EVIDENCE_H
#define MP_EVIDENCE_H

/*
 * evidence: what the lines of one page tell about its growth, over time.
 *
 * Growth is the retained heap (allocated minus freed) of each request; where
 * no line of the page knows that, it is the RSS growth of clean requests
 * (overlap 0).  What neither tells is only counted.
 *
 * Time is cut into stretches of a power of two microseconds, which begin at
 * its multiples; their width doubles as the log grows, and memory is bounded.
 * So evidence depends on which lines were added, never on their order: parts of
 * a log may be added apart and merged.  (Only the sums of squares may differ,
 * in their last digit.)
 */

#include "core/record.h"

#include <stdbool.h>
#include <stdint.h>

#define MP_STRETCHES 32 /* a power of two */

/* All requests of one stretch of time. */
struct mp_stretch {
	uint32_t requests; /* whose growth is known */
	uint32_t grew;	   /* those that grew */
	int64_t net;	   /* growth of all, minus what others shrank by */
	double squares;	   /* of each one's growth, summed */
};

/*
 * Invariant: where `low <= high`, stretch number s, from `low` to `high`, is
 * stretches[s % MP_STRETCHES] and holds the requests that began at
 * s << shift microseconds and until the next; there are at most MP_STRETCHES
 * of them, and no smaller shift had as few.  All others are zero.
 */
struct mp_evidence {
	int64_t low, high;
	uint8_t shift;
	bool heap;	  /* growth is retained heap, else clean RSS */
	uint64_t lines;	  /* whether their growth is known or not */
	uint64_t shrank;  /* those that shrank */
	int64_t most;	  /* the largest growth of one request, or 0 */
	int64_t least;	  /* the largest shrinking of one, or 0; negative */
	uint64_t spikes;  /* requests with a large peak */
	int64_t peak;	  /* the largest, or MP_UNKNOWN */
	int64_t first_us; /* when the first request began whose growth is
			      known; INT64_MAX where there is none */
	int64_t last_us;  /* and the last; INT64_MIN */
	struct mp_stretch stretches[MP_STRETCHES];
};

void mp_evidence_init(struct mp_evidence *e);

/* Add a line of the page. */
void mp_evidence_add(struct mp_evidence *e, const struct mp_record *r);

/* Fetch what adding a line of that time will need. */
void mp_evidence_expect(const struct mp_evidence *e, int64_t us);

/* Add a line of `(outside)`: its RSS growth, which is always clean. */
void mp_evidence_add_outside(struct mp_evidence *e, const struct mp_record *r);

/* Add what was told to `other`; either may hold the earlier lines. */
void mp_evidence_merge(struct mp_evidence *e, const struct mp_evidence *other);

/* The `i`th stretch from the first one on. */
static inline const struct mp_stretch *
mp_evidence_at(const struct mp_evidence *e, size_t i)
{
	return &e->stretches[((uint64_t)e->low + i) % MP_STRETCHES];
}

/* How many there are. */
static inline size_t mp_evidence_count(const struct mp_evidence *e)
{
	return e->low > e->high ? 0 : (size_t)(e->high - e->low) + 1;
}

#endif
