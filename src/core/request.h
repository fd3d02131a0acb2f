#ifndef MP_REQUEST_H
#define MP_REQUEST_H

/* request: what is behind `struct memprof_request`.  Values only: the caller
   may move it, and free it without an end. */

#include "core/escape.h"
#include "core/slot.h"
#include "core/statm.h"
#include "memprof.h"
#include "profile/profile.h"

#include <assert.h>
#include <stdint.h>

/* What `state` holds.  Large odd numbers: memory that was never ours, or was
   overwritten, is no request.  OFF was begun without a session, or by
   a parent process. */
#define MP_REQUEST_LIVE	 UINT64_C(0x6d70b1a7e4c35f01)
#define MP_REQUEST_OFF	 UINT64_C(0x6d70b1a7e4c35f03)
#define MP_REQUEST_ENDED UINT64_C(0x6d70b1a7e4c35f05)

enum {
	MP_REQUEST_ATTACHED = 1,    /* a slice is open, on `thread` */
	MP_REQUEST_MEASURED = 2,    /* not sampled out, and not paused */
	MP_REQUEST_NO_COUNTERS = 4, /* a slice's counters are lost */
	MP_REQUEST_NO_PEAK = 8,	    /* a slice's peak is lost */
	MP_REQUEST_LOST = MP_REQUEST_NO_COUNTERS | MP_REQUEST_NO_PEAK,
	/* A reading of statm had been taken before, for others. */
	MP_REQUEST_BORROWED = 16,
	MP_REQUEST_PAUSED = 32, /* begun while nothing was to be measured */
	MP_REQUEST_TIMED = 64,	/* our calls for it are themselves measured */
	MP_REQUEST_PROFILED = 128,
};

/* What is behind `struct memprof_request`. */
struct __attribute__((may_alias)) mp_request {
	uint64_t state;
	struct memprof *session;
	uint64_t number;
	uint32_t serial; /* of the session */
	uint32_t token;	 /* of the process */
	uint32_t thread; /* where it is attached */
	uint32_t flags;
	uint32_t others; /* in flight at begin, ancestors left out */
	uint32_t nested; /* requests begun on top of this one */
	int64_t begin_mono_ns;
	int64_t begin_real_us;
	int64_t start_read_ns; /* when `start` was read, see statm_max_age */
	struct mp_statm start;
	uint64_t slice_allocated; /* the thread's, when the slice began */
	uint64_t slice_freed;
	int64_t allocated; /* of the slices before */
	int64_t freed;
	int64_t peak;
	int64_t duration_us; /* known after end, as is what follows */
	int64_t overlap;
	int64_t vss_delta;
	int64_t rss_delta;
	struct mp_statm end;
	struct mp_slot_ref slot;
	uint32_t own_ns; /* what our calls took so far, where it is timed */
	struct mp_profile_ref profile;
	uint32_t page_len;
	char page[MP_ESCAPE_MAX];
};

static inline int64_t mp_request_delta(int64_t start, int64_t end)
{
	return start == MP_UNKNOWN || end == MP_UNKNOWN ? MP_UNKNOWN
							: end - start;
}

static_assert(sizeof(struct mp_request) <= sizeof(struct memprof_request),
	      "a request fits what the caller gives");

#endif
