#ifndef MP_REQUESTLOG_H
#define MP_REQUESTLOG_H

/* requestlog: an ended request's line, and what it counts as. */

#include "core/request.h"
#include "core/session.h"
#include "core/thread.h"

/* Log a measured request that ended at `now_ns` on this thread, or count it as
   left out. */
void mp_requestlog_add(struct memprof *mp, struct mp_request *r,
		       const struct mp_thread *t, const char *oops_id,
		       int64_t now_ns);

/* What its line says, but for the host, the oops id and the heap's totals. */
struct mp_record mp_requestlog_record(const struct mp_request *r, int32_t tid);

#endif
