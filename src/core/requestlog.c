#include "core/requestlog.h"

#include "core/inflight.h"
#include "core/process.h"

/* Whether `log_threshold` leaves it out: nothing that is known has grown by
   more, and something is known. */
static bool is_too_small(const struct memprof *mp, const struct mp_request *r,
			 const char *oops_id)
{
	uint64_t threshold = mp->config.log_threshold;
	int64_t kept = mp_request_delta(r->freed, r->allocated);

	if (threshold == 0 || (oops_id && *oops_id))
		return false;
	if (kept == MP_UNKNOWN && r->rss_delta == MP_UNKNOWN)
		return false;
	return (kept < 0 || (uint64_t)kept <= threshold) &&
	       (r->rss_delta < 0 || (uint64_t)r->rss_delta <= threshold);
}

/* Counted before it is taken out of the recorder: after a kill, what is neither
   counted nor there was not finished. */
static void write_request(struct memprof *mp, struct mp_request *r,
			  const struct mp_record *record, int64_t now_ns)
{
	struct mp_recorder_counts *c = &mp->recorder->counts;
	struct mp_recorder_slot *slot =
		mp_inflight_ending(mp, r, record, now_ns);
	bool written = mp_session_write(mp, record, false);

	if (slot)
		mp_slot_logged(slot);
	mp_recorder_count(written ? &c->logged : &c->dropped);
	if (slot)
		mp_inflight_done(r);
}

static void leave_request(struct memprof *mp, const struct mp_request *r,
			  const struct mp_record *record, int64_t now_ns)
{
	struct mp_recorder_counts *c = &mp->recorder->counts;

	if (mp_inflight_leave(mp, r, record, now_ns))
		return;
	mp_recorder_count(&c->queue_full);
	mp_recorder_count(&c->dropped);
}

void mp_requestlog_add(struct memprof *mp, struct mp_request *r,
		       const struct mp_thread *t, const char *oops_id,
		       int64_t now_ns)
{
	struct mp_record record = mp_requestlog_record(r, t->tid);
	struct mp_heap_totals totals;
	char oops[MP_ESCAPE_MAX];

	if (is_too_small(mp, r, oops_id)) {
		mp_inflight_drop(r);
		mp_recorder_count(&mp->recorder->counts.skipped_threshold);
		return;
	}
	totals = mp_shared_totals_get(
		&mp->totals, mp->config.heap_stats_interval_ns, now_ns);
	record.heap_allocated = totals.allocated;
	record.heap_active = totals.active;
	record.heap_resident = totals.resident;
	record.oops_id =
		(struct mp_text){ oops, mp_escape(oops_id, "-", oops) };
	record.host = (struct mp_text){ mp->host, mp->host_len };

	mp_log_enter(&mp->log);
	if (!mp_session_is_entered(mp, r->serial))
		mp_session_misuse();
	else if (mp_session_is_async(mp))
		leave_request(mp, r, &record, now_ns);
	else
		write_request(mp, r, &record, now_ns);
	mp_log_leave(&mp->log);
}
