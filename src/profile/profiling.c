#include "profile/profiling.h"

#include "core/onein.h"
#include "core/process.h"
#include "core/request.h"
#include "core/session.h"
#include "core/slice.h"
#include "profile/kept.h"
#include "profile/oops.h"
#include "profile/order.h"
#include "profile/perfclock.h"
#include "profile/printer.h"
#include "profile/sampler.h"

#include <errno.h>
#include <pthread.h>
#include <string.h>

bool mp_profiling_is_wanted(const struct mp_config *config)
{
	return config->profiles_allowed &&
	       (*config->profile_dir || *config->profile_run);
}

bool mp_profiling_makes_files(struct memprof *mp)
{
	if (!mp || mp_session_state(mp) != MP_SESSION_ON)
		return false;
	if (mp_process_is_new())
		mp_session_renew_process();
	return mp_session_state(mp) == MP_SESSION_ON && mp->profiling.allowed &&
	       mp->keep.to_dir;
}

void mp_profiling_renew(struct memprof *mp)
{
	atomic_store(&mp->profiling.asked, 0);
	if (mp->profiling.allowed)
		mp_keep_renew(mp);
}

void mp_profiling_renew_process(void)
{
	mp_profile_renew();
	mp_sampler_renew();
	mp_printer_renew();
	mp_kept_renew();
	mp_perfclock_renew();
}

void mp_profiling_open(struct memprof *mp)
{
	const struct mp_config *c = &mp->config;
	struct mp_profiling *g = &mp->profiling;
	int err = 0;

	atomic_store(&g->on, 0);
	g->allowed = mp_profiling_is_wanted(c);
	if (!g->allowed)
		return;
	err = mp_profile_pool_open();
	if (err) {
		g->allowed = false;
		mp_keep_fail(mp, err);
		return;
	}
	mp_keep_open(mp);
	/* Its memory shall not be some request's; without it they lack what they
	   say. */
	if (c->profile_clock == MP_CLOCK_WALL)
		mp_sampler_start();
	atomic_store(&g->on, mp->keep.to_run || (mp->keep.to_dir &&
						 (c->profile_all_requests ||
						  c->profile_one_in)));
}

void mp_profiling_finish(struct memprof *mp)
{
	if (mp->profiling.allowed)
		mp_keep_finish(mp);
}

void mp_profiling_close(struct memprof *mp)
{
	if (!mp->profiling.allowed)
		return;
	mp_profile_drop_all(mp);
	mp_sampler_stop(mp->config.close_timeout_ns);
	mp_keep_finish(mp);
	mp_keep_close(mp);
}

/* ---- begin ---- */

/* Whether the request that begins gets a file. */
static bool is_chosen(struct memprof *mp)
{
	const struct mp_config *c = &mp->config;

	if (!mp->keep.to_dir)
		return false;
	if (c->profile_all_requests)
		return true;
	return c->profile_one_in &&
	       mp_onein(atomic_fetch_add(&mp->profiling.asked, 1),
			c->profile_one_in);
}

/* A request that an order took has no profile. */
static void fail_order(struct memprof *mp, uint32_t serial)
{
	if (serial)
		mp_order_done(&mp->recorder->order, serial, NULL);
}

static struct mp_profile *claim(struct memprof *mp, enum mp_profile_clock clock,
				int64_t interval_ns, const char *section)
{
	struct mp_profile *p = mp_profile_claim(&(struct mp_profile_about){
		.session = mp,
		.serial = mp_session_serial(mp),
		.clock = clock,
		.interval_ns = interval_ns,
		.section = section,
	});

	if (!p) {
		mp_keep_fail(mp, -EBUSY);
		return NULL;
	}
	mp_recorder_count(&mp->recorder->profiles.profiled);
	mp_profile_prepare(p);
	return p;
}

static enum mp_profile_clock clock_of(const struct memprof *mp,
				      const struct mp_order_taken *order)
{
	return order->wall ? MP_PROFILE_WALL : mp->config.profile_clock;
}

static bool may_be_ordered(const struct memprof *mp)
{
	return mp->keep.to_dir && mp_order_open(&mp->recorder->order);
}

/* Whether an order from outside is for a request of this page, an escaped and
   terminated id. */
static bool is_ordered(struct memprof *mp, const char *page,
		       struct mp_order_taken *ret)
{
	if (!mp_order_take(&mp->recorder->order, page, ret))
		return false;
	if (!ret->interval_ns)
		ret->interval_ns = mp->config.profile_interval_ns;
	return true;
}

struct mp_profile *mp_profiling_begin(struct memprof *mp, const char *page_id)
{
	struct mp_order_taken order = {
		.interval_ns = mp->config.profile_interval_ns,
	};
	char page[MP_ESCAPE_MAX + 1];
	struct mp_profile *p;
	bool chosen;

	if (atomic_load(&mp->recorder->pause.on))
		return NULL;
	chosen = is_chosen(mp);
	if (may_be_ordered(mp)) {
		page[mp_escape(page_id, "Unknown", page)] = '\0';
		chosen |= is_ordered(mp, page, &order);
	}
	if (!chosen && !mp->keep.to_run)
		return NULL;
	p = claim(mp, clock_of(mp, &order), order.interval_ns, NULL);
	if (!p) {
		fail_order(mp, order.serial);
		return NULL;
	}
	p->wants_file = chosen;
	p->order = order.serial;
	return p;
}

void mp_profiling_start(struct mp_request *r, struct mp_profile *p)
{
	/* Paused in just this moment: it has no name. */
	if (r->flags & MP_REQUEST_PAUSED) {
		mp_profile_drop(p);
		return;
	}
	atomic_store(&p->number, r->number);
	p->begin_real_us = r->begin_real_us;
	p->begin_mono_ns = r->begin_mono_ns;
	r->profile = mp_profile_ref_of(p);
	r->flags |= MP_REQUEST_PROFILED;
	mp_profile_start(p);
}

/* ---- in between ---- */

/* No more samples are taken; false where it is given up, for somebody is still
   at one. */
static bool stop(struct mp_profile *p)
{
	if (mp_profile_stop(p))
		return true;
	mp_keep_fail(p->session, -EBUSY);
	mp_profile_drop(p);
	return false;
}

void mp_profiling_detach(const struct mp_request *r)
{
	struct mp_profile *p = mp_profile_take(r->profile);
	int saved_errno = errno;

	if (!p)
		return;
	if (stop(p)) {
		mp_profile_disarm(p);
		mp_profile_give(p);
	}
	errno = saved_errno;
}

struct mp_profile *mp_profiling_attach(const struct mp_request *r)
{
	struct mp_profile *p = mp_profile_take(r->profile);
	int saved_errno = errno;

	if (p)
		mp_profile_prepare(p);
	errno = saved_errno;
	return p;
}

void mp_profiling_attached(struct mp_profile *p)
{
	int saved_errno = errno;

	mp_profile_start(p);
	errno = saved_errno;
}

/* Nanoseconds since the request began. */
static int64_t since_begin(const struct mp_profile *p, int64_t mono_us)
{
	const int64_t last_us = INT64_MAX / 4000;

	if (mono_us < 0)
		mono_us = 0;
	if (mono_us > last_us)
		mono_us = last_us;
	return mono_us * 1000 - p->begin_mono_ns;
}

void mp_profiling_note(const struct mp_request *r, const char *kind,
		       const char *text, int64_t start_us, int64_t end_us,
		       const uintptr_t *pcs, size_t depth)
{
	struct mp_profile *p = mp_profile_take(r->profile);

	if (!p)
		return;
	mp_notelist_add(p->notes, kind, text, since_begin(p, start_us),
			since_begin(p, end_us), pcs, depth);
	mp_profile_give(p);
}

/* What making the profile takes is not the request's: it is read anew what the
   request began with, and its slice is opened anew. */
bool mp_profile_request(struct mp_request *r, enum mp_profile_clock clock,
			int64_t interval_ns)
{
	struct memprof *mp = r->session;
	struct mp_statm before, after;
	struct mp_profile *p;
	struct mp_thread *t;

	if (!mp->profiling.allowed || !mp->keep.to_dir ||
	    !(r->flags & MP_REQUEST_ATTACHED) || (r->flags & MP_REQUEST_PAUSED))
		return false;
	t = mp_thread_get(r->token);
	if (r->thread != t->serial)
		return false;
	if (r->flags & MP_REQUEST_PROFILED) {
		p = mp_profile_take(r->profile);
		if (!p)
			return false;
		p->wants_file = true;
		mp_profile_give(p);
		return true;
	}
	mp_slice_close(r, t);
	before = mp_statm_read();
	p = claim(mp, clock, interval_ns, NULL);
	after = mp_statm_read();
	if (r->start.vss != MP_UNKNOWN && before.vss != MP_UNKNOWN &&
	    after.vss != MP_UNKNOWN) {
		r->start.vss += after.vss - before.vss;
		r->start.rss += after.rss - before.rss;
	}
	mp_slice_open(r, t);
	if (!p)
		return false;
	p->wants_file = true;
	mp_profiling_start(r, p);
	return true;
}

static bool has_order(const struct mp_request *r)
{
	struct mp_profile *p = mp_profile_take(r->profile);
	bool has = p && p->order;

	if (p)
		mp_profile_give(p);
	return has;
}

static void take_ordered_page(struct mp_request *r)
{
	struct memprof *mp = r->session;
	struct mp_order_taken order;
	char page[MP_ESCAPE_MAX + 1];
	struct mp_profile *p = NULL;

	if (!may_be_ordered(mp) ||
	    ((r->flags & MP_REQUEST_PROFILED) && has_order(r)))
		return;
	memcpy(page, r->page, r->page_len);
	page[r->page_len] = '\0';
	if (!is_ordered(mp, page, &order))
		return;
	if (mp_profile_request(r, clock_of(mp, &order), order.interval_ns))
		p = mp_profile_take(r->profile);
	if (!p) {
		fail_order(mp, order.serial);
		return;
	}
	p->order = order.serial;
	mp_profile_give(p);
}

void mp_profiling_page(struct mp_request *r)
{
	int saved_errno = errno;

	take_ordered_page(r);
	errno = saved_errno;
}

/* ---- the end ---- */

struct mp_profile *mp_profiling_stop(const struct mp_request *r)
{
	struct mp_profile *p = mp_profile_take(r->profile);

	return p && stop(p) ? p : NULL;
}

void mp_profiling_end(const struct mp_request *r, struct mp_profile *p,
		      const char *oops_id)
{
	struct memprof *mp = r->session;
	int cancel;

	mp_profile_disarm(p);
	oops_id = mp_oops_name(mp, r, p, oops_id);
	pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &cancel);
	mp_log_enter(&mp->log);
	if (mp_session_is_entered(mp, r->serial))
		mp_keep_request(mp, r, p, oops_id);
	mp_log_leave(&mp->log);
	pthread_setcancelstate(cancel, NULL);
	mp_profile_free(p);
}

/* ---- sections ---- */

void memprof_profile_start(struct memprof *mp, const char *name)
{
	int saved_errno = errno;
	struct mp_profile *p;

	if (!mp_profiling_makes_files(mp))
		return;
	p = mp_profile_take_section(mp, name);
	if (p) {
		mp_session_misuse();
		mp_profile_give(p);
	} else {
		p = claim(mp, mp->config.profile_clock,
			  mp->config.profile_interval_ns, name);
		if (p)
			mp_profile_start(p);
	}
	errno = saved_errno;
}

void memprof_profile_stop(struct memprof *mp, const char *name)
{
	int saved_errno = errno;
	struct mp_profile *p;
	int cancel;

	if (!mp_profiling_makes_files(mp))
		return;
	p = mp_profile_take_section(mp, name);
	if (!p) {
		mp_session_misuse();
		return;
	}
	if (!stop(p))
		goto restore;
	mp_profile_disarm(p);
	pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &cancel);
	mp_log_enter(&mp->log);
	if (mp_session_is_entered(mp, p->serial))
		mp_keep_section(mp, p);
	mp_log_leave(&mp->log);
	pthread_setcancelstate(cancel, NULL);
	mp_profile_free(p);
restore:
	errno = saved_errno;
}
