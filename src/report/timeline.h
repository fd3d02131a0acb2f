#ifndef MP_TIMELINE_H
#define MP_TIMELINE_H

/*
 * timeline: the memory of processes over time, thinned to what can be drawn.
 *
 * Time is cut into buckets, and each keeps the readings that were the least and
 * the most in it, so that no spike is lost and no value made up.  Buckets grow
 * twice as long when the log turns out longer, or has very many processes:
 * memory does not grow with the lines.
 *
 * It depends on which lines were added, never on their order: parts of a log
 * may be added apart and merged.
 */

#include "core/record.h"
#include "report/names.h"
#include "report/row.h"

#include <stdbool.h>
#include <stdint.h>

#define MP_TIMELINE_BUCKETS 1024
#define MP_TIMELINE_CELLS   (512 * 1024) /* of all processes; 16 MiB */

struct mp_reading {
	int64_t time_us;
	int64_t bytes; /* MP_UNKNOWN: there is no reading */
};

/* Invariant: both are readings, or neither is.  Of equal ones the earliest. */
struct mp_extremes {
	struct mp_reading least, most;
};

extern const struct mp_cells mp_cells_extremes;

/* What a process has a row of `struct mp_extremes` for. */
enum mp_quantity {
	MP_QUANTITY_RSS,
	MP_QUANTITY_VSS,
	MP_QUANTITY_ALLOCATED, /* jemalloc's totals, as the two below */
	MP_QUANTITY_ACTIVE,
	MP_QUANTITY_RESIDENT,
	MP_QUANTITY_OOPS,    /* RSS where requests with an oops id ended */
	MP_QUANTITY_STARTED, /* RSS when the process was started */
	MP_QUANTITY_STOPPED, /* and when it was stopped */
	MP_QUANTITY_KILLED,  /* or last seen, as it was killed */
	MP_QUANTITIES
};

struct mp_process {
	int64_t pid; /* MP_UNKNOWN for all lines of Launchpad's forms */
	struct mp_text host;
	uint64_t lines;
	int64_t rise; /* once sorted: how far the least RSS of each bucket rose
			 above where it began */
	struct mp_row rows[MP_QUANTITIES]; /* by bucket */
};

/* Invariant: bucket i holds the times from i << shift microseconds on; no
   bucket before `low` or behind `high` has a reading. */
struct mp_timeline {
	struct mp_names names; /* of processes[], in their first order */
	struct mp_process **processes;
	size_t capacity;
	unsigned shift;
	int64_t low, high;	   /* low > high: there are none */
	int64_t first_us, last_us; /* of all readings; the first is greater
				      where there are none */
	size_t cells;		   /* room of all rows */
	uint64_t oops_count;	   /* requests with an oops id */
	bool has_utc, has_local;   /* times of format 1, of Launchpad's forms */
};

void mp_timeline_init(struct mp_timeline *t);

/* Add a line, memprof's own ones too.  Fails with -ENOMEM. */
int mp_timeline_add(struct mp_timeline *t, const struct mp_record *r,
		    enum mp_record_form form);

/* Add all of `from`.  Fails with -ENOMEM. */
int mp_timeline_merge(struct mp_timeline *t, const struct mp_timeline *from);

/* Sort the processes, those that rose most first.  Nothing can be added
   then. */
void mp_timeline_sort(struct mp_timeline *t);

static inline size_t mp_timeline_count(const struct mp_timeline *t)
{
	return t->names.count;
}

void mp_timeline_release(struct mp_timeline *t);

#endif
