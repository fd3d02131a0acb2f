#ifndef MP_SHARED_H
#define MP_SHARED_H

/*
 * shared: readings that are too dear for each request, and so serve several.
 *
 * Who finds one too old takes it anew and publishes it; nobody waits for it.
 */

#include "core/heap.h"
#include "core/seq.h"
#include "core/statm.h"

#include <stdatomic.h>
#include <stdint.h>

/* One reading of statm that several requests may use (`statm_max_age`). */
struct mp_shared_statm {
	struct mp_seq seq;
	_Atomic int64_t read_ns; /* by the monotonic clock; INT64_MIN: none */
	_Atomic int64_t vss;
	_Atomic int64_t rss;
};

/* jemalloc's totals (`heap_stats_interval`). */
struct mp_shared_totals {
	struct mp_seq seq;
	_Atomic int64_t due_ns; /* when the next refresh is due */
	_Atomic int64_t allocated;
	_Atomic int64_t active;
	_Atomic int64_t resident;
	_Atomic uint64_t refreshes;
	_Atomic uint64_t refresh_ns;
};

/* Nothing read yet. */
void mp_shared_init(struct mp_shared_statm *statm,
		    struct mp_shared_totals *totals);

/*
 * The process's size, from a reading no older than `max_age_ns`.  Stores in
 * `*ret_read_ns` when it was read: at `now_ns`, if it was read for this.
 */
struct mp_statm mp_shared_statm_get(struct mp_shared_statm *s,
				    int64_t max_age_ns, int64_t now_ns,
				    int64_t *ret_read_ns);

/*
 * jemalloc's totals, refreshed where that is due: after `interval_ns`, or
 * after a thousand times what the last refresh took, so that refreshing costs
 * a thousandth of the time at most.  An interval of 0 means each time, and of
 * -1 never.
 */
struct mp_heap_totals mp_shared_totals_get(struct mp_shared_totals *t,
					   int64_t interval_ns, int64_t now_ns);

#endif
