#ifndef MP_SLICE_H
#define MP_SLICE_H

/*
 * slice: a stretch of a request on one thread, between attach and detach.
 *
 * jemalloc counts by thread; what a request allocated is the sum over its
 * slices of what their threads allocated meanwhile.
 */

#include "core/request.h"
#include "core/thread.h"

/* Open a slice of `r`, which has none open, on this thread. */
void mp_slice_open(struct mp_request *r, struct mp_thread *t);

/*
 * Close the slice of `r`, which has one open, and add it up.  Where it is open
 * on another thread, what that thread counted is lost.
 *
 * Peaks are heights: what the slice reached above its start, on top of what
 * the slices before had kept.
 */
void mp_slice_close(struct mp_request *r, struct mp_thread *t);

#endif
