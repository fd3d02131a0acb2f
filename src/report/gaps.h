#ifndef MP_GAPS_H
#define MP_GAPS_H

/*
 * gaps: what a process grew by between its requests, while none was in flight,
 * as far as the lines of requests tell.
 *
 * Lines come in the order of their ends, so that a request which takes long is
 * known last, and may fill many gaps.  Times with a request in flight are
 * joined as their lines come; the last MP_GAPS_WINDOW of them are kept, and
 * what lies between those before is counted for good.  A request that lasted
 * longer than that window is counted as late.
 *
 * An estimate: requests that have no line fill no gap, and the time of a line
 * is only as exact as its form.
 */

#include "core/record.h"

#include <stdbool.h>
#include <stddef.h>

#define MP_GAPS_WINDOW	4096 /* a power of two */
#define MP_GAPS_LARGEST 5

struct mp_gap {
	int64_t from_us, until_us;
	int64_t growth;
};

/* A time with a request in flight; the size at its ends. */
struct mp_busy {
	int64_t from_us, until_us;
	int64_t from_rss, until_rss;
};

/* Invariant: `busy` is sorted and none touches another. */
struct mp_gaps {
	uint64_t count; /* gaps */
	int64_t growth; /* of all, what shrank subtracted */
	struct mp_gap largest[MP_GAPS_LARGEST]; /* the largest first; growth
						   0: there is none */
	uint64_t late;	   /* requests that may have filled gaps counted */
	uint64_t unusable; /* requests without times or sizes */

	struct mp_busy *busy;
	size_t busy_count, busy_capacity;
	bool counted; /* what lies before them */
};

void mp_gaps_init(struct mp_gaps *g);

/* Add a request.  Fails with -ENOMEM. */
int mp_gaps_add(struct mp_gaps *g, const struct mp_record *r);

/* Add a reading of the size, taken while no request need be in flight; as
   above. */
int mp_gaps_add_reading(struct mp_gaps *g, int64_t us, int64_t rss);

/* Count all gaps: what comes now is of another process, or nothing. */
void mp_gaps_end(struct mp_gaps *g);

/* Add what `other` counted; both are ended. */
void mp_gaps_merge(struct mp_gaps *g, const struct mp_gaps *other);

void mp_gaps_release(struct mp_gaps *g);

#endif
