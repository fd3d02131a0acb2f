#ifndef MP_INFLIGHT_H
#define MP_INFLIGHT_H

/*
 * inflight: what the recorder shows of a request, from its begin to its end.
 *
 * Each call does nothing where the request has no slot, or has it no more.
 */

#include "core/request.h"
#include "core/session.h"
#include "core/slot.h"
#include "core/thread.h"

/* Show a request that has begun, and what it read. */
void mp_inflight_begin(struct memprof *mp, struct mp_request *r,
		       const struct mp_thread *t);

/* Show its page, which has become another. */
void mp_inflight_page(struct mp_request *r);

/* Show what the slices that are over added up to. */
void mp_inflight_slices(struct mp_request *r);

/* Take away a request that leads to no line. */
static inline void mp_inflight_drop(struct mp_request *r)
{
	mp_slot_drop(r->session->recorder, r->slot);
}

/*
 * Show the whole record, just before it is written.  Returns the slot for
 * mp_slot_logged() and mp_inflight_done(), or null.
 */
struct mp_recorder_slot *mp_inflight_ending(struct memprof *mp,
					    const struct mp_request *r,
					    const struct mp_record *record,
					    int64_t now_ns);

/*
 * Leave a record to the writer thread; `r` is its request, or null for a line
 * of memprof's own.  False where no slot is free: it is lost then.
 */
bool mp_inflight_leave(struct memprof *mp, const struct mp_request *r,
		       const struct mp_record *record, int64_t now_ns);

/* Take away a request that is logged, and counted. */
static inline void mp_inflight_done(struct mp_request *r)
{
	mp_slot_release(r->session->recorder, r->slot.index);
}

#endif
