/* sessiontick: the second's work of a session, done by a request that comes by,
   or by the writer. */

#include "core/clock.h"
#include "core/ownline.h"
#include "core/session.h"
#include "core/slot.h"

#define TICK_NS		MP_NS_PER_S
#define READING_NS	(MP_NS_PER_S / 10)
#define TELL_SKIPPED_NS (60 * MP_NS_PER_S)

/* What whoever recovers the recorder has to know of the log. */
static void tell_log(struct memprof *mp)
{
	mp_recorder_note_log(mp->recorder, mp->log.file.fd);
	if (mp->config.memory_profile_format == MP_FORMAT_LAUNCHPAD)
		atomic_store(&mp->recorder->utc_offset_s,
			     mp_zone_offset(&mp->zone,
					    mp_clock_real_us() / 1000000));
}

void mp_session_tick_init(struct memprof *mp, int64_t now_ns)
{
	mp->reopen_seen = atomic_load(&mp->recorder->reopen);
	tell_log(mp);
	atomic_flag_clear(&mp->tick_busy);
	atomic_store(&mp->tick_at_ns, now_ns + TICK_NS);
}

static void do_tick(struct memprof *mp, int64_t now_ns)
{
	uint32_t reopen = atomic_load(&mp->recorder->reopen);

	if (reopen != mp->reopen_seen) {
		mp->reopen_seen = reopen;
		mp_log_reopen(&mp->log);
	}
	if (mp_log_check_is_due(&mp->log, now_ns)) {
		mp_log_check(&mp->log, now_ns);
		tell_log(mp);
	}
	if (now_ns >= atomic_load(&mp->tick_at_ns)) {
		atomic_store(&mp->tick_at_ns, now_ns + TICK_NS);
		mp_statm_check();
		mp_recorder_check(&mp->recorder_file);
		mp_overlap_sweep(&mp->recorder->overlap, now_ns);
		mp_slot_sweep(mp->recorder, mp_session_slots(mp),
			      &mp->recorder->overlap);
		if (mp->profiling.allowed)
			mp_profile_sweep(mp);
		if (now_ns - mp->told.mono_ns >= TELL_SKIPPED_NS)
			mp_ownline_skipped(mp, now_ns);
	}
}

void mp_session_tick(struct memprof *mp, int64_t now_ns)
{
	uint32_t serial = mp_session_serial(mp);

	if (mp_session_is_async(mp) ||
	    atomic_flag_test_and_set_explicit(&mp->tick_busy,
					      memory_order_acquire))
		return;
	mp_log_enter(&mp->log);
	if (mp_session_is_entered(mp, serial))
		do_tick(mp, now_ns);
	mp_log_leave(&mp->log);
	atomic_flag_clear_explicit(&mp->tick_busy, memory_order_release);
}

/* While requests are in flight, nobody else may read the size for long. */
static void refresh_reading(struct memprof *mp, int64_t now_ns)
{
	if (now_ns - mp_seq_get(&mp->recorder->reading.mono_ns) < READING_NS ||
	    !mp_overlap_in_flight(mp_overlap_word(&mp->recorder->overlap)))
		return;
	mp_recorder_store_reading(mp->recorder, now_ns, mp_clock_real_us(),
				  mp_statm_read());
}

void mp_session_tick_as_writer(struct memprof *mp)
{
	int64_t now_ns = mp_clock_mono_ns();

	/* Close waits for the writer itself. */
	if (mp_session_tick_is_due(mp, now_ns))
		do_tick(mp, now_ns);
	refresh_reading(mp, now_ns);
}
