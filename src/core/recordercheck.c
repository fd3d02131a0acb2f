#include "core/recordercheck.h"

#include "core/config.h"

#include <string.h>

/* Beyond the year 9999 a timestamp has other digits. */
#define LAST_US INT64_C(253402300799999999)

/* What the seconds of a duration are read back from. */
#define LONGEST_US (INT64_MAX / 2)

/* No clock on earth is further from UTC. */
#define ZONE_MAX_S (24 * 3600)

static bool is_time(int64_t us)
{
	return us >= 0 && us <= LAST_US;
}

static bool is_path(const char text[PATH_MAX])
{
	return text[0] == '/' && memchr(text, '\0', PATH_MAX);
}

static bool is_layout(const struct mp_recorder *h, uint64_t file_size)
{
	return h->header_size == sizeof(struct mp_recorder) &&
	       h->slot_size == sizeof(struct mp_recorder_slot) &&
	       h->slot_count > 0 && h->slot_count % 64 == 0 &&
	       h->slot_count <= MP_RECORDER_SLOTS_MAX &&
	       file_size >= mp_recorder_size(h->slot_count);
}

static bool is_process(const struct mp_recorder *h)
{
	int64_t offset = h->utc_offset_s;

	return h->pid > 0 && is_time(h->opened_real_us) &&
	       h->opened_mono_ns >= 0 && offset >= -ZONE_MAX_S &&
	       offset <= ZONE_MAX_S && h->async <= 1 &&
	       (h->format == MP_FORMAT_MEMPROF ||
		h->format == MP_FORMAT_LAUNCHPAD);
}

const char *mp_recordercheck_header(const struct mp_recorder *h,
				    uint64_t file_size, uint32_t owner)
{
	if (file_size < sizeof(*h))
		return "it is cut short";
	if (h->magic != MP_RECORDER_MAGIC)
		return "it is no recorder";
	if (h->version != MP_RECORDER_VERSION)
		return "it is of another version of memprof";
	if (!is_layout(h, file_size))
		return "its sizes are wrong";
	if (h->uid != owner)
		return "it tells of another user's process";
	if (!is_process(h))
		return "its process is not told right";
	if (!mp_escape_valid(h->host, h->host_len))
		return "its host has no proper name";
	if (!is_path(h->log) || !is_path(h->log_pattern))
		return "its log has no proper name";
	if (h->order.dir[0] && !is_path(h->order.dir))
		return "its folder of profiles has no proper name";
	return NULL;
}

static bool is_torn(const struct mp_recorder_slot *slot)
{
	return mp_recorder_sequence(slot->word) & 1;
}

static bool has_ended(const struct mp_recorder_slot *slot)
{
	enum mp_recorder_state state = mp_recorder_state(slot->word);

	return !is_torn(slot) &&
	       (state == MP_RECORDER_ENDING || state == MP_RECORDER_LOGGED);
}

bool mp_recordercheck_is_used(const struct mp_recorder_slot *slot)
{
	return is_time(slot->begin_real_us) && slot->begin_mono_ns >= 0 &&
	       (has_ended(slot) ||
		mp_recorder_state(slot->word) == MP_RECORDER_IN_FLIGHT);
}

#define OUTSIDE "(outside)"

bool mp_recordercheck_is_own(const struct mp_recorder_slot *slot)
{
	return slot->page_len == sizeof(OUTSIDE) - 1 &&
	       !memcmp(slot->page, OUTSIDE, sizeof(OUTSIDE) - 1);
}

static struct mp_text text(const char *p, size_t len, const char *none)
{
	if (!mp_escape_valid(p, len))
		return (struct mp_text){ none, strlen(none) };
	return (struct mp_text){ p, len };
}

/* A number of 0 or more, or unknown. */
static int64_t count(int64_t v)
{
	return v < 0 ? MP_UNKNOWN : v;
}

/* Lines of memprof's own may tell how much it was without telling the ends. */
static int64_t delta(int64_t start, int64_t end, int64_t v)
{
	if (start != MP_UNKNOWN && end != MP_UNKNOWN && end - start != v)
		return MP_UNKNOWN;
	return v;
}

struct mp_record mp_recordercheck_record(const struct mp_recorder *h,
					 const struct mp_recorder_slot *slot)
{
	struct mp_record r = mp_record_unknown;

	r.timestamp_us = slot->begin_real_us;
	if (mp_recordercheck_is_own(slot))
		r.page_id = (struct mp_text){ slot->page, slot->page_len };
	else
		r.page_id = text(slot->page, slot->page_len, "Unknown");
	r.oops_id = (struct mp_text){ "-", 1 };
	r.start_vss = count(slot->start.vss);
	r.start_rss = count(slot->start.rss);
	r.pid = h->pid;
	r.tid = slot->tid > 0 ? slot->tid : MP_UNKNOWN;
	r.host = (struct mp_text){ h->host, h->host_len };
	if (!is_torn(slot)) {
		r.allocated = count(slot->allocated);
		r.freed = count(slot->freed);
		r.peak = count(slot->peak);
	}
	if (!has_ended(slot))
		return r;

	r.oops_id = text(slot->oops, slot->oops_len, "-");
	if (slot->duration_us <= LONGEST_US)
		r.duration_us = count(slot->duration_us);
	r.end_vss = count(slot->end.vss);
	r.end_rss = count(slot->end.rss);
	r.vss_delta = delta(r.start_vss, r.end_vss, slot->vss_delta);
	r.rss_delta = delta(r.start_rss, r.end_rss, slot->rss_delta);
	r.overlap = count(slot->overlap);
	r.heap_allocated = count(slot->heap_allocated);
	r.heap_active = count(slot->heap_active);
	r.heap_resident = count(slot->heap_resident);
	return r;
}

struct mp_statm mp_recordercheck_reading(const struct mp_recorder *h,
					 int64_t *ret_mono_ns)
{
	const struct mp_recorder_reading *r = &h->reading;
	int64_t mono_ns = r->mono_ns;
	struct mp_statm size = { count(r->vss), count(r->rss) };

	*ret_mono_ns = mono_ns > 0 ? mono_ns : MP_UNKNOWN;
	if (mono_ns <= 0 || r->seq.n & 1)
		size = (struct mp_statm){ MP_UNKNOWN, MP_UNKNOWN };
	return size;
}
