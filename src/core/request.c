/*
 * request: what the host calls around each request: the hot path, whole.
 *
 * begin: count in, read the process's size, read this thread's counters.
 * end: read the thread's counters, read the size, count out, log.  The
 * readings are innermost, so that what happens between counting and reading is
 * another request's overlap and never a delta taken for clean.
 */

#include "core/request.h"
#include "core/clock.h"
#include "core/find.h"
#include "core/inflight.h"
#include "core/odd.h"
#include "core/onein.h"
#include "core/ownline.h"
#include "core/process.h"
#include "core/requestlog.h"
#include "core/session.h"
#include "core/slice.h"
#include "core/thread.h"
#include "profile/door.h"
#include "profile/oops.h"

#include <errno.h>
#include <string.h>

/* What follows is there twice: in the plain way, which nothing of the odd ones
   is to burden, and in a cold one for these. */
#define IN_BOTH static inline __attribute__((always_inline))

/* ---- begin ---- */

static void name_page(struct mp_request *r, const char *page_id)
{
	r->page_len = (uint32_t)mp_escape(page_id, "Unknown", r->page);
}

/* The first request after a time without any: what grew meanwhile? */
IN_BOTH void close_gap(struct memprof *mp, const struct mp_request *r)
{
	struct mp_outside_end now = {
		.begun = (uint32_t)r->number,
		.mono_ns = r->begin_mono_ns,
		.real_us = r->begin_real_us,
		.size = r->start,
	};
	struct mp_outside_growth growth;

	/* Still alone after the reading, and it was a fresh one? */
	if (mp_overlap_begun_low(mp_overlap_word(&mp->recorder->overlap)) !=
		    (uint32_t)r->number + 1 ||
	    (r->flags & MP_REQUEST_BORROWED)) {
		mp_outside_unsure(&mp->outside);
		return;
	}
	if (mp_outside_close(&mp->outside, now, mp->config.outside_threshold,
			     &growth))
		mp_ownline_outside(mp, &growth, r->start);
}

IN_BOTH void begin_measured(struct memprof *mp, struct mp_request *r,
			    bool alone)
{
	r->start = mp_shared_statm_get(&mp->statm, mp->config.statm_max_age_ns,
				       r->begin_mono_ns, &r->start_read_ns);
	if (r->start_read_ns != r->begin_mono_ns)
		r->flags |= MP_REQUEST_BORROWED;
	else
		mp_recorder_note_reading(mp->recorder, r->begin_mono_ns,
					 r->begin_real_us, r->start);
	if (alone)
		close_gap(mp, r);
}

/* Read what the request begins with, as far as it is to be measured. */
IN_BOTH void begin_reading(struct memprof *mp, struct mp_request *r,
			   const struct mp_thread *t, const char *page_id,
			   bool alone)
{
	if (atomic_load_explicit(&mp->recorder->pause.on,
				 memory_order_relaxed)) {
		r->flags |= MP_REQUEST_PAUSED;
		if (alone)
			mp_outside_unsure(&mp->outside);
		return;
	}
	name_page(r, page_id);
	r->begin_real_us = mp_clock_real_us();
	if (mp_onein(r->number, mp->config.sample_one_in)) {
		r->flags |= MP_REQUEST_MEASURED;
		begin_measured(mp, r, alone);
	} else {
		r->start = (struct mp_statm){ MP_UNKNOWN, MP_UNKNOWN };
		if (alone)
			mp_outside_unsure(&mp->outside);
	}
	mp_inflight_begin(mp, r, t);
}

IN_BOTH void begin_request(struct memprof *mp, struct mp_request *r,
			   const char *page_id, uint32_t flags)
{
	struct mp_overlap_begun begun;
	struct mp_thread *t;
	uint32_t nested_in;
	int64_t now_ns = mp_clock_mono_ns();

	if (__builtin_expect(mp_session_tick_is_due(mp, now_ns), 0)) {
		mp_session_tick(mp, now_ns);
		now_ns = mp_clock_mono_ns();
	}

	t = mp_thread_get(mp_process_token());
	r->state = MP_REQUEST_LIVE;
	r->session = mp;
	r->serial = mp_session_serial(mp);
	r->token = t->token;
	r->flags = flags;
	r->slot.generation = 0;
	r->nested = 0;
	r->allocated = 0;
	r->freed = 0;
	r->peak = 0;
	r->begin_mono_ns = now_ns;
	begun = mp_overlap_begin(&mp->recorder->overlap, now_ns);
	mp_writer_wake(&mp->writer);
	r->number = begun.number;
	r->others = begun.others;
	if (__builtin_expect(t->depth > 0, 0)) {
		mp_thread_drop_dead(t, r->serial, &mp->recorder->overlap);
		nested_in = mp_thread_nest(t, r->serial);
		/* Given up meanwhile, they are not in flight any more. */
		r->others -= nested_in < r->others ? nested_in : r->others;
	}

	begin_reading(mp, r, t, page_id, begun.others == 0);
	mp_slice_open(r, t);
}

__attribute__((cold, noinline)) static void
begin_odd(struct memprof *mp, struct mp_request *r, const char *page_id)
{
	struct mp_odd odd;

	mp_odd_before_begin(mp, page_id, &odd);
	begin_request(mp, r, page_id, odd.flags);
	mp_odd_after_begin(r, &odd);
}

static void begin(struct memprof *mp, struct mp_request *r, const char *page_id)
{
	int saved_errno = errno;

	if (__builtin_expect(mp_process_is_new(), 0)) {
		mp_session_renew_process();
		if (mp_session_state(mp) != MP_SESSION_ON) {
			r->state = MP_REQUEST_OFF;
			return;
		}
	}
	if (mp_find_is_live(r) &&
	    mp_overlap_counts(&r->session->recorder->overlap, r->number)) {
		mp_session_misuse();
		return;
	}
	if (__builtin_expect(mp_odd_is_next(mp), 0))
		begin_odd(mp, r, page_id);
	else
		begin_request(mp, r, page_id, 0);
	errno = saved_errno;
}

void memprof_begin(struct memprof *mp, struct memprof_request *req,
		   const char *page_id)
{
	struct mp_request *r = mp_find_inside(req);
	int state = mp ? mp_session_state(mp) : MP_SESSION_OFF;

	if (state == MP_SESSION_ON) {
		begin(mp, r, page_id);
		return;
	}
	if (state != MP_SESSION_OFF ||
	    (r->state == MP_REQUEST_LIVE && mp_find_is_live(r)))
		mp_session_misuse();
	else
		r->state = MP_REQUEST_OFF;
}

void memprof_profile(struct memprof_request *req,
		     const struct memprof_trigger *trigger)
{
	int saved_errno = errno;
	struct mp_request *r = mp_find_live(req);

	if (r)
		mp_door_profile(r, trigger);
	errno = saved_errno;
}

void memprof_page(struct memprof_request *req, const char *page_id)
{
	struct mp_request *r = mp_find_live(req);
	int64_t cpu_ns;

	if (!r || (r->flags & MP_REQUEST_PAUSED))
		return;
	cpu_ns = mp_odd_start_cost(r);
	name_page(r, page_id);
	mp_inflight_page(r);
	mp_odd_stop_cost(r, cpu_ns);
	if (__builtin_expect(mp_odd_may_be_profiled(r->session), 0))
		mp_profiling_page(r);
}

/* ---- in between ---- */

/* Most slices of an event loop allocate nothing: then there is nothing new to
   show. */
static void close_slice(struct mp_request *r, struct mp_thread *t)
{
	int64_t allocated = r->allocated, freed = r->freed;
	uint32_t flags = r->flags & MP_REQUEST_LOST;

	mp_slice_close(r, t);
	if (r->allocated != allocated || r->freed != freed ||
	    (r->flags & MP_REQUEST_LOST) != flags)
		mp_inflight_slices(r);
}

void memprof_detach(struct memprof_request *req)
{
	struct mp_request *r = mp_find_live(req);
	struct mp_thread *t;
	int64_t cpu_ns;

	if (!r)
		return;
	cpu_ns = mp_odd_start_cost(r);
	t = mp_thread_get(r->token);
	if ((r->flags & MP_REQUEST_ATTACHED) && r->thread == t->serial) {
		if (__builtin_expect(r->flags & MP_REQUEST_PROFILED, 0))
			mp_profiling_detach(r);
		close_slice(r, t);
	} else {
		mp_session_misuse();
	}
	mp_odd_stop_cost(r, cpu_ns);
}

void memprof_attach(struct memprof_request *req)
{
	struct mp_request *r = mp_find_live(req);
	struct mp_profile *profile = NULL;
	int64_t cpu_ns;

	if (!r)
		return;
	if (r->flags & MP_REQUEST_ATTACHED) {
		mp_session_misuse();
		return;
	}
	cpu_ns = mp_odd_start_cost(r);
	if (__builtin_expect(r->flags & MP_REQUEST_PROFILED, 0))
		profile = mp_profiling_attach(r);
	mp_slice_open(r, mp_thread_get(r->token));
	mp_odd_stop_cost(r, cpu_ns);
	if (__builtin_expect(profile != NULL, 0))
		mp_profiling_attached(profile);
}

void memprof_note(struct memprof_request *req, const char *kind,
		  const char *text, int64_t start_us, int64_t end_us)
{
	struct mp_request *r = mp_find_live(req);
	int saved_errno = errno;
	uintptr_t pcs[MP_UNWIND_MAX];
	size_t depth;
	bool cut;

	if (!r || !(r->flags & MP_REQUEST_PROFILED))
		return;
	/* The first one is in here. */
	depth = mp_unwind_here(pcs, MP_UNWIND_MAX, &cut);
	mp_profiling_note(r, kind, text, start_us, end_us, pcs + 1,
			  depth ? depth - 1 : 0);
	errno = saved_errno;
}

/* ---- end ---- */

/* How many other requests shared a moment with this one. */
static int64_t overlap_of(const struct mp_request *r,
			  const struct mp_overlap_ended *ended)
{
	int64_t overlap;

	if (ended->late)
		return MP_UNKNOWN;
	overlap = (int64_t)r->others + ended->begun_meanwhile - r->nested;
	/* What was read before may hold growth of others: never clean. */
	if (overlap == 0 && (r->flags & MP_REQUEST_BORROWED))
		return MP_UNKNOWN;
	return overlap;
}

/*
 * The last in flight has ended: from here on, growth is outside.  Unless it
 * was not alone already when its size was read, which `before` tells: the word
 * as it was before that.
 */
IN_BOTH void open_gap(struct memprof *mp, const struct mp_request *r,
		      int64_t now_ns, uint64_t before,
		      const struct mp_overlap_ended *ended)
{
	uint32_t begun = (uint32_t)r->number + 1 + ended->begun_meanwhile;

	if (mp_overlap_in_flight(before) != 1 ||
	    mp_overlap_begun_low(before) != begun ||
	    (r->flags & MP_REQUEST_BORROWED))
		return;
	mp_outside_open(&mp->outside,
			(struct mp_outside_end){
				.begun = begun,
				.mono_ns = now_ns,
				.real_us = r->begin_real_us + r->duration_us,
				.size = r->end,
			});
}

/* What the slices could not tell is not known. */
static void settle_counters(struct mp_request *r)
{
	if (r->flags & MP_REQUEST_NO_COUNTERS) {
		r->allocated = MP_UNKNOWN;
		r->freed = MP_UNKNOWN;
	}
	if (r->flags & MP_REQUEST_NO_PEAK)
		r->peak = MP_UNKNOWN;
}

/* Count the request out; false where it is a copy of one that was ended: which
   its slot knows for sure, and the count where nothing else is in flight. */
IN_BOTH bool count_out(struct mp_request *r, struct mp_overlap_ended *ret)
{
	struct mp_recorder *recorder = r->session->recorder;
	bool twice = __builtin_expect(mp_slot_is_lost(recorder, r->slot), 0) &&
		     mp_overlap_counts(&recorder->overlap, r->number);

	if (!twice) {
		*ret = mp_overlap_end(&recorder->overlap, r->number);
		twice = ret->twice;
	}
	if (!twice)
		return true;
	mp_session_misuse();
	r->flags = 0;
	return false;
}

/* Read the size at the end, and count the request out; false where there is
   nothing to log. */
IN_BOTH bool end_measured(struct memprof *mp, struct mp_request *r,
			  int64_t now_ns)
{
	uint64_t before = mp_overlap_word(&mp->recorder->overlap);
	struct mp_overlap_ended ended;
	int64_t end_read_ns;

	r->end = mp_shared_statm_get(&mp->statm, mp->config.statm_max_age_ns,
				     now_ns, &end_read_ns);
	if (!count_out(r, &ended))
		return false;

	r->duration_us = (now_ns - r->begin_mono_ns) / 1000;
	if (end_read_ns != now_ns)
		r->flags |= MP_REQUEST_BORROWED;
	else
		mp_recorder_note_reading(mp->recorder, now_ns,
					 r->begin_real_us + r->duration_us,
					 r->end);
	r->overlap = overlap_of(r, &ended);
	r->vss_delta = mp_request_delta(r->start.vss, r->end.vss);
	r->rss_delta = mp_request_delta(r->start.rss, r->end.rss);
	if (end_read_ns == r->start_read_ns) {
		r->vss_delta = MP_UNKNOWN;
		r->rss_delta = MP_UNKNOWN;
	}
	settle_counters(r);
	if (!ended.late && ended.in_flight == 0)
		open_gap(mp, r, now_ns, before, &ended);
	return true;
}

IN_BOTH void end_and_log(struct memprof *mp, struct mp_request *r,
			 const struct mp_thread *t, const struct mp_odd *odd,
			 const char *oops_id)
{
	int64_t now_ns = mp_clock_mono_ns();
	bool ended_here = end_measured(mp, r, now_ns);

	if (odd && odd->profile)
		oops_id = mp_oops_name(mp, r, odd->profile, oops_id);

	if (__builtin_expect(mp_session_tick_is_due(mp, now_ns), 0))
		mp_session_tick(mp, now_ns);
	if (ended_here)
		mp_requestlog_add(mp, r, t, oops_id, now_ns);
}

static void end_unmeasured(struct memprof *mp, struct mp_request *r)
{
	struct mp_recorder_counts *c = &mp->recorder->counts;
	struct mp_overlap_ended ended;

	if (!count_out(r, &ended))
		return;
	mp_inflight_drop(r);
	mp_recorder_count(r->flags & MP_REQUEST_PAUSED ? &c->skipped_paused
						       : &c->skipped_sampling);
}

IN_BOTH void end_request(struct mp_request *r, const struct mp_odd *odd,
			 const char *oops_id)
{
	struct memprof *mp = r->session;
	struct mp_thread *t = mp_thread_get(r->token);

	if (r->flags & MP_REQUEST_ATTACHED)
		mp_slice_close(r, t);
	r->state = MP_REQUEST_ENDED;
	if (r->flags & MP_REQUEST_MEASURED)
		end_and_log(mp, r, t, odd, oops_id);
	else
		end_unmeasured(mp, r);
}

__attribute__((cold, noinline)) static void end_odd(struct mp_request *r,
						    const char *oops_id)
{
	struct mp_odd odd;

	mp_odd_before_end(r, &odd);
	end_request(r, &odd, oops_id);
	mp_odd_after_end(r, &odd, oops_id);
}

void memprof_end(struct memprof_request *req, const char *oops_id)
{
	int saved_errno = errno;
	struct mp_request *r = mp_find_live(req);

	if (!r)
		return;
	if (__builtin_expect(r->flags & MP_ODD_FLAGS, 0))
		end_odd(r, oops_id);
	else
		end_request(r, NULL, oops_id);
	errno = saved_errno;
}

void memprof_cancel(struct memprof_request *req)
{
	int saved_errno = errno;
	struct mp_request *r = mp_find_live(req);
	struct mp_profile *profile = NULL;
	struct mp_overlap_ended ended;

	if (!r)
		return;
	if (r->flags & MP_REQUEST_PROFILED)
		profile = mp_profiling_stop(r);
	if (profile)
		mp_profile_drop(profile);
	if (r->flags & MP_REQUEST_ATTACHED)
		mp_slice_close(r, mp_thread_get(r->token));
	if (count_out(r, &ended)) {
		mp_inflight_drop(r);
		mp_recorder_count(&r->session->recorder->counts.cancelled);
	}
	r->flags &= ~(uint32_t)MP_REQUEST_MEASURED; /* it has no result */
	r->state = MP_REQUEST_ENDED;
	errno = saved_errno;
}
