#ifndef MP_ODD_H
#define MP_ODD_H

/*
 * odd: what few requests have beside what all have: our calls for it are timed,
 * see cost.h, or it is profiled.
 *
 * Who begins or ends a request asks once whether it is odd, and does the same
 * as ever between two calls to here.
 */

#include "core/cost.h"
#include "core/request.h"
#include "core/session.h"
#include "profile/order.h"

#define MP_ODD_FLAGS (MP_REQUEST_TIMED | MP_REQUEST_PROFILED)

/* Lives as long as the call that begins or ends the request. */
struct mp_odd {
	struct mp_profile *profile; /* or null */
	int64_t cpu_ns;		    /* when the call began, where it is timed */
	uint32_t flags;		    /* what the request begins with */
};

/* Whether requests may have to be profiled: by the configuration, or as a
   command wants.  Both at once: it is asked by each request. */
static inline bool mp_odd_may_be_profiled(const struct memprof *mp)
{
	return (atomic_load_explicit(&mp->profiling.on, memory_order_relaxed) |
		mp_order_open(&mp->recorder->order)) != 0;
}

/* Whether the request that begins next may be odd. */
static inline bool mp_odd_is_next(const struct memprof *mp)
{
	return mp_odd_may_be_profiled(mp) ||
	       mp_cost_is_due(&mp->recorder->overlap);
}

/* Around the begin of a request that may be odd. */
void mp_odd_before_begin(struct memprof *mp, const char *page_id,
			 struct mp_odd *ret);
void mp_odd_after_begin(struct mp_request *r, const struct mp_odd *odd);

/* Around the end of one that is. */
void mp_odd_before_end(const struct mp_request *r, struct mp_odd *ret);
void mp_odd_after_end(const struct mp_request *r, const struct mp_odd *odd,
		      const char *oops_id);

/* Around any other call, where it is timed. */
static inline int64_t mp_odd_start_cost(const struct mp_request *r)
{
	return __builtin_expect(r->flags & MP_REQUEST_TIMED, 0)
		       ? mp_cost_clock_ns()
		       : 0;
}

static inline void mp_odd_stop_cost(struct mp_request *r, int64_t cpu_ns)
{
	if (__builtin_expect(r->flags & MP_REQUEST_TIMED, 0))
		r->own_ns += mp_cost_ns(cpu_ns);
}

#endif
