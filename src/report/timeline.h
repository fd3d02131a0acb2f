#ifndef MP_TIMELINE_H
#define MP_TIMELINE_H

/*
 * timeline: the memory of processes over time, thinned to what can be drawn.
 *
 * Time is cut into buckets, and each keeps the readings that were the least and
 * the most in it, so that no spike is lost and no value made up.  Buckets grow
 * twice as long when the log turns out longer: memory does not grow with it.
 */

#include "core/record.h"

#include <stdbool.h>
#include <stdint.h>

#define MP_TIMELINE_BUCKETS   1024
#define MP_TIMELINE_PROCESSES 64
#define MP_TIMELINE_HOST_MAX  256

struct mp_reading {
	int64_t time_us;
	int64_t bytes; /* MP_UNKNOWN: there is no reading */
};

/* Invariant: both are readings, or neither is. */
struct mp_extremes {
	struct mp_reading least, most;
};

struct mp_process {
	int64_t pid; /* MP_UNKNOWN for all lines of Launchpad's forms */
	char host[MP_TIMELINE_HOST_MAX];
	uint64_t lines;
	struct mp_extremes rss[MP_TIMELINE_BUCKETS];
	struct mp_extremes vss[MP_TIMELINE_BUCKETS];
};

/*
 * Invariant: bucket i holds the times from (first + i) * bucket_us on, and
 * those behind `last` are empty.
 */
struct mp_timeline {
	int64_t bucket_us; /* 0: nothing has been added */
	int64_t first, last;
	struct mp_process *processes[MP_TIMELINE_PROCESSES];
	unsigned process_count;
	uint64_t left_out; /* lines of processes beyond those */
	struct mp_reading oops[MP_TIMELINE_BUCKETS]; /* the first of each */
	uint64_t oops_count;			     /* of all requests */
	bool has_utc, has_local; /* times of format 1, of Launchpad's forms */
};

void mp_timeline_init(struct mp_timeline *t);

/* Add a line, memprof's own ones too.  Fails with -ENOMEM. */
int mp_timeline_add(struct mp_timeline *t, const struct mp_record *r,
		    enum mp_record_form form);

/* Sort the processes, those with most lines first. */
void mp_timeline_sort(struct mp_timeline *t);

void mp_timeline_release(struct mp_timeline *t);

#endif
