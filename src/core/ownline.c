#include "core/ownline.h"

#include "core/clock.h"
#include "core/inflight.h"
#include "core/process.h"
#include "core/thread.h"

#include <stdio.h>
#include <string.h>

static struct mp_text text(const char *s)
{
	return (struct mp_text){ s, strlen(s) };
}

/* A line of our own, with nothing known but who and when. */
static struct mp_record own_record(const struct memprof *mp, const char *id,
				   int64_t real_us)
{
	struct mp_record r = mp_record_unknown;

	r.timestamp_us = real_us;
	r.page_id = text(id);
	r.oops_id = text("-");
	r.pid = atomic_load(&mp_process.pid);
	r.tid = mp_thread_get(mp_process_token())->tid;
	r.host = (struct mp_text){ mp->host, mp->host_len };
	return r;
}

static void add_totals(struct memprof *mp, struct mp_record *r)
{
	struct mp_heap_totals totals = mp_shared_totals_get(
		&mp->totals, mp->config.heap_stats_interval_ns,
		mp_clock_mono_ns());

	r->heap_allocated = totals.allocated;
	r->heap_active = totals.active;
	r->heap_resident = totals.resident;
}

static void add_size(struct mp_record *r, struct mp_statm start,
		     struct mp_statm end)
{
	r->start_vss = start.vss;
	r->start_rss = start.rss;
	r->end_vss = end.vss;
	r->end_rss = end.rss;
	if (start.rss != MP_UNKNOWN && end.rss != MP_UNKNOWN) {
		r->vss_delta = end.vss - start.vss;
		r->rss_delta = end.rss - start.rss;
	}
}

/* Launchpad's format has none of our own lines. */
static void write_own(struct memprof *mp, const struct mp_record *r)
{
	if (mp->config.memory_profile_format == MP_FORMAT_LAUNCHPAD)
		return;
	mp_recorder_count(mp_session_write(mp, r, true)
				  ? &mp->recorder->counts.own_lines
				  : &mp->recorder->counts.own_dropped);
}

/* The same on the path of a request. */
static void leave_own(struct memprof *mp, const struct mp_record *r)
{
	if (!mp_session_is_async(mp)) {
		write_own(mp, r);
		return;
	}
	if (mp->config.memory_profile_format == MP_FORMAT_LAUNCHPAD)
		return;
	atomic_fetch_add(&mp->writer.own, 1);
	if (mp_inflight_leave(mp, NULL, r, mp_clock_mono_ns()))
		return;
	atomic_fetch_sub(&mp->writer.own, 1);
	atomic_fetch_add_explicit(&mp->recorder->counts.own_dropped, 1,
				  memory_order_relaxed);
}

void mp_ownline_started(struct memprof *mp)
{
	struct mp_statm unknown = { MP_UNKNOWN, MP_UNKNOWN };
	struct mp_record r = own_record(mp, "(started)", mp->start_real_us);

	add_size(&r, unknown, mp->start);
	add_totals(mp, &r);
	write_own(mp, &r);
}

void mp_ownline_stopped(struct memprof *mp)
{
	struct mp_record r = own_record(mp, "(stopped)", mp_clock_real_us());

	r.duration_us = (mp_clock_mono_ns() - mp->start_mono_ns) / 1000;
	add_size(&r, mp->start, mp_statm_read());
	add_totals(mp, &r);
	write_own(mp, &r);
}

/* How many requests were left out since the last such line. */
void mp_ownline_skipped(struct memprof *mp, int64_t now_ns)
{
	const struct mp_recorder_counts *c = &mp->recorder->counts;
	uint64_t sampling = atomic_load(&c->skipped_sampling);
	uint64_t threshold = atomic_load(&c->skipped_threshold);
	uint64_t paused = atomic_load(&c->skipped_paused);
	struct mp_record r;
	char counts[128];
	int len;

	if (sampling != mp->told.sampling || threshold != mp->told.threshold ||
	    paused != mp->told.paused) {
		len = snprintf(counts, sizeof(counts),
			       "sampled=%ju,threshold=%ju,one_in=%ju",
			       (uintmax_t)(sampling - mp->told.sampling),
			       (uintmax_t)(threshold - mp->told.threshold),
			       (uintmax_t)mp->config.sample_one_in);
		if (paused != mp->told.paused)
			len += snprintf(counts + len,
					sizeof(counts) - (size_t)len,
					",paused=%ju",
					(uintmax_t)(paused - mp->told.paused));
		r = own_record(mp, "(skipped)", mp->told.real_us);
		r.oops_id = (struct mp_text){ counts, (size_t)len };
		r.duration_us = (now_ns - mp->told.mono_ns) / 1000;
		write_own(mp, &r);
	}
	mp->told = (struct mp_told){
		.sampling = sampling,
		.threshold = threshold,
		.paused = paused,
		.mono_ns = now_ns,
		.real_us = mp_clock_real_us(),
	};
}

void mp_ownline_outside(struct memprof *mp,
			const struct mp_outside_growth *growth,
			struct mp_statm end)
{
	struct mp_record r = own_record(mp, "(outside)", growth->real_us);
	uint32_t serial = mp_session_serial(mp);

	r.duration_us = growth->ns / 1000;
	if (growth->one_gap) {
		r.start_vss = growth->start.vss;
		r.start_rss = growth->start.rss;
	}
	r.end_vss = end.vss;
	r.end_rss = end.rss;
	r.vss_delta = growth->vss_delta;
	r.rss_delta = growth->rss_delta;
	add_totals(mp, &r);

	mp_log_enter(&mp->log);
	if (mp_session_is_entered(mp, serial))
		leave_own(mp, &r);
	mp_log_leave(&mp->log);
}
