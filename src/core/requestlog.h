#ifndef MP_REQUESTLOG_H
#define MP_REQUESTLOG_H

/* requestlog: an ended request's line, and what it counts as. */

#include "core/process.h"
#include "core/request.h"
#include "core/session.h"
#include "core/thread.h"

/* Log a measured request that ended at `now_ns` on this thread, or count it as
   left out. */
void mp_requestlog_add(struct memprof *mp, struct mp_request *r,
		       const struct mp_thread *t, const char *oops_id,
		       int64_t now_ns);

/* What its line says, but for the host, the oops id and the heap's totals.  In
   the header: it is filled in where it is wanted, not copied there. */
static inline struct mp_record mp_requestlog_record(const struct mp_request *r,
						    int32_t tid)
{
	return (struct mp_record){
		.timestamp_us = r->begin_real_us,
		.page_id = { r->page, r->page_len },
		.duration_us = r->duration_us,
		.start_vss = r->start.vss,
		.start_rss = r->start.rss,
		.end_vss = r->end.vss,
		.end_rss = r->end.rss,
		.vss_delta = r->vss_delta,
		.rss_delta = r->rss_delta,
		.allocated = r->allocated,
		.freed = r->freed,
		.peak = r->peak,
		.overlap = r->overlap,
		.pid = atomic_load_explicit(&mp_process.pid,
					    memory_order_relaxed),
		.tid = tid,
	};
}

#endif
