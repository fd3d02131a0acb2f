#include "core/odd.h"

void mp_odd_before_begin(struct memprof *mp, const char *page_id,
			 struct mp_odd *ret)
{
	bool timed = mp_cost_is_due(&mp->recorder->overlap);

	ret->profile = NULL;
	if (mp_odd_may_be_profiled(mp))
		ret->profile = mp_profiling_begin(mp, page_id);
	ret->flags = timed ? MP_REQUEST_TIMED : 0;
	ret->cpu_ns = timed ? mp_cost_clock_ns() : 0;
}

void mp_odd_after_begin(struct mp_request *r, const struct mp_odd *odd)
{
	if (r->flags & MP_REQUEST_TIMED)
		r->own_ns = mp_cost_ns(odd->cpu_ns);
	if (odd->profile)
		mp_profiling_start(r, odd->profile);
}

void mp_odd_before_end(const struct mp_request *r, struct mp_odd *ret)
{
	ret->profile = NULL;
	if (r->flags & MP_REQUEST_PROFILED)
		ret->profile = mp_profiling_stop(r);
	ret->cpu_ns = mp_odd_start_cost(r);
}

void mp_odd_after_end(const struct mp_request *r, const struct mp_odd *odd,
		      const char *oops_id)
{
	if (r->flags & MP_REQUEST_TIMED)
		mp_cost_add(&r->session->recorder->cost,
			    (uint64_t)r->own_ns + mp_cost_ns(odd->cpu_ns));
	if (odd->profile)
		mp_profiling_end(r, odd->profile, oops_id);
}
