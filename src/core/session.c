#include "core/session.h"

#include "core/clock.h"
#include "core/cost.h"
#include "core/error.h"
#include "core/ownline.h"
#include "core/process.h"
#include "core/recover.h"

#include <errno.h>
#include <limits.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>

/* All sessions ever made; grows at its head, under mp_process_lock(). */
static struct memprof *_Atomic sessions;
static uint32_t last_serial;
static uint64_t last_closed;

_Atomic uint64_t mp_session_misused;

/* ---- making and finding sessions; all under mp_process_lock() ---- */

/* A closed session rests until this many more were closed: a call that was
   held up inside the library may still be looking at it. */
#define RESTING 8

/* The session that has been closed for longest, of those with addresses for as
   many slots; or a new one. */
static struct memprof *take_session(uint32_t slot_count)
{
	struct memprof *found = NULL;

	for (struct memprof *mp = atomic_load(&sessions); mp;
	     mp = atomic_load(&mp->next))
		if (mp->closed_order &&
		    mp_recorder_has_room(&mp->recorder_file, slot_count) &&
		    (!found || mp->closed_order < found->closed_order))
			found = mp;
	if (found && found->closed_order + RESTING <= last_closed) {
		found->closed_order = 0;
		return found;
	}

	/* Touched as a whole: its pages are nobody's request's. */
	found = aligned_alloc(_Alignof(struct memprof), sizeof(*found));
	if (!found)
		return NULL;
	memset(found, 0, sizeof(*found));
	if (mp_recorder_reserve(&found->recorder_file, slot_count)) {
		free(found);
		return NULL;
	}
	found->recorder = found->recorder_file.at;
	atomic_store(&found->state, MP_SESSION_CLOSED);
	atomic_store(&found->next, atomic_load(&sessions));
	atomic_store(&sessions, found);
	return found;
}

static void give_session(struct memprof *mp)
{
	mp->closed_order = ++last_closed;
}

static void learn_host(struct memprof *mp)
{
	struct utsname name;

	if (uname(&name))
		name.nodename[0] = '\0';
	mp->host_len = mp_escape(name.nodename, "-", mp->host);
}

uint32_t mp_session_slots_wanted(const struct mp_config *config)
{
	uint32_t queue = (uint32_t)config->memory_profile_queue;

	if (config->memory_profile_write != MP_WRITE_ASYNC)
		return MP_RECORDER_SLOTS;
	return MP_RECORDER_SLOTS + (queue + 63) / 64 * 64;
}

static struct mp_recorder_about about_recorder(const struct memprof *mp)
{
	return (struct mp_recorder_about){
		.run_dir = mp->config.run_dir,
		.log = mp->log.path,
		.log_pattern = mp->config.memory_profile_log,
		.host = { mp->host, mp->host_len },
		.format = mp->config.memory_profile_format,
		.slot_count = mp_session_slots_wanted(&mp->config),
		.log_threshold = mp->config.log_threshold,
		.sample_one_in = mp->config.sample_one_in,
		.paused = mp->config.profiling_start_paused,
		.async = mp->config.memory_profile_write == MP_WRITE_ASYNC,
	};
}

/* ---- what killed processes left ---- */

/* A child is held up by a few of them at most, and its first request with it. */
#define RECOVER_IN_CHILD 2
#define PATIENCE_NS	 (MP_NS_PER_S / 5)

static bool is_own_recorder(struct mp_sys_id id)
{
	for (struct memprof *mp = atomic_load(&sessions); mp;
	     mp = atomic_load(&mp->next))
		if (mp_session_slots(mp) &&
		    mp->recorder_file.id.dev == id.dev &&
		    mp->recorder_file.id.ino == id.ino)
			return true;
	return false;
}

static void recover_killed(const struct memprof *mp, unsigned max,
			   int64_t patience_ns)
{
	if (*mp->config.run_dir)
		mp_recover_log(mp->config.run_dir,
			       mp->config.memory_profile_log, max, patience_ns,
			       is_own_recorder);
}

/* ---- counting from zero, in a new session and in a child ---- */

/* The recorder's counts are 0 already. */
static void reset_counts(struct memprof *mp)
{
	mp_overlap_init(&mp->recorder->overlap, mp->config.abandon_after_ns);
	mp_shared_init(&mp->statm, &mp->totals);
	atomic_store(&mp->outside.unsure, 0);
}

static void start_counting(struct memprof *mp)
{
	int64_t now = mp_clock_mono_ns();

	reset_counts(mp);
	mp->start_mono_ns = now;
	mp->start_real_us = mp_clock_real_us();
	mp->start = mp_statm_read();
	mp->told = (struct mp_told){ .mono_ns = now,
				     .real_us = mp->start_real_us };
	mp_outside_init(&mp->outside, (struct mp_outside_end){
					      .mono_ns = now,
					      .real_us = mp->start_real_us,
					      .size = mp->start,
				      });
	mp_recorder_store_reading(mp->recorder, now, mp->start_real_us,
				  mp->start);
	mp_session_tick_init(mp, now);
}

/* Have the thread started, where one is wanted and there is a recorder for what
   waits for it; else requests log by themselves. */
static void begin_to_log(struct memprof *mp)
{
	atomic_store(&mp->writer.started, false);
	if (mp->config.memory_profile_write == MP_WRITE_ASYNC &&
	    mp_session_slots(mp) && !mp_writer_start(mp))
		return;
	mp->recorder->async = 0;
	mp_ownline_started(mp);
}

/* ---- writing ---- */

size_t mp_session_format(const struct memprof *mp, const struct mp_record *r,
			 char *line)
{
	if (mp->config.memory_profile_format == MP_FORMAT_LAUNCHPAD)
		return mp_record_format_launchpad(
			r, mp_zone_offset(&mp->zone, r->timestamp_us / 1000000),
			line);
	return mp_record_format(r, line);
}

bool mp_session_write(struct memprof *mp, const struct mp_record *r, bool own)
{
	char line[MP_RECORD_MAX];
	size_t len = mp_session_format(mp, r, line);

	return mp_log_append(&mp->log, line, len, own);
}

/* ---- forked children ---- */

/* All others wait for who does this: it must come to its end. */
void mp_session_renew_process(void)
{
	struct mp_recorder_about about;
	int saved_errno = errno;
	int cancel;

	if (!mp_process_renew())
		return;
	pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &cancel);
	mp_statm_renew();
	mp_profiling_renew_process();
	atomic_store(&mp_session_misused, 0);
	for (struct memprof *mp = atomic_load(&sessions); mp;
	     mp = atomic_load(&mp->next)) {
		if (mp_session_state(mp) != MP_SESSION_ON)
			continue;
		mp_log_renew(&mp->log, &mp->config);
		recover_killed(mp, RECOVER_IN_CHILD, 0);
		about = about_recorder(mp);
		if (mp_recorder_renew(&mp->recorder_file, &about)) {
			atomic_store(&mp->state, MP_SESSION_OFF);
			continue;
		}
		start_counting(mp);
		mp_profiling_renew(mp);
		begin_to_log(mp);
	}
	mp_process_renewed();
	pthread_setcancelstate(cancel, NULL);
	errno = saved_errno;
}

/* ---- the end of the process ---- */

/* By exit(3): sessions may be open, and other threads run.  A child that never
   called us has nothing to say. */
static void finish_at_exit(void)
{
	if (mp_process_is_new())
		return;
	for (struct memprof *mp = atomic_load(&sessions); mp;
	     mp = atomic_load(&mp->next))
		if (mp_session_state(mp) == MP_SESSION_ON)
			mp_profiling_finish(mp);
}

/* Once; under mp_process_lock(). */
static void wait_for_exit(void)
{
	static bool waits;

	if (!waits)
		waits = !atexit(finish_at_exit);
}

/* ---- the public calls ---- */

/* Open the session that `mp->config` describes. */
static int open_session(struct memprof *mp)
{
	struct mp_recorder_about about;
	int err;

	if (!mp->config.memory_profile_log[0] &&
	    mp_profiling_is_wanted(&mp->config))
		strcpy(mp->config.memory_profile_log, "/dev/null");
	if (!mp->config.profiling_allowed ||
	    !mp->config.memory_profile_log[0]) {
		memset(&mp->log, 0, sizeof(mp->log));
		about = (struct mp_recorder_about){
			.run_dir = "",
			.log = "",
			.log_pattern = "",
			.host = { "-", 1 },
		};
		err = mp_recorder_open(&mp->recorder_file, &about);
		if (err)
			return err;
		reset_counts(mp);
		atomic_store(&mp->state, MP_SESSION_OFF);
		return 0;
	}
	mp_heap_probe();
	mp_statm_open();
	learn_host(mp);
	if (mp->config.memory_profile_format == MP_FORMAT_LAUNCHPAD)
		mp_zone_learn(&mp->zone, mp_clock_real_us() / 1000000);
	err = mp_log_open(&mp->log, &mp->config, &mp->recorder->counts);
	if (err) {
		mp_error_set_path(mp->log.path, err);
		return err;
	}
	recover_killed(mp, UINT_MAX, PATIENCE_NS);
	mp_cost_learn();
	about = about_recorder(mp);
	err = mp_recorder_open(&mp->recorder_file, &about);
	if (err) {
		mp_log_close(&mp->log);
		mp_error_set_path(mp->config.run_dir, err);
		return err;
	}
	start_counting(mp);
	mp_profiling_open(mp);
	if (mp->profiling.allowed)
		wait_for_exit();
	begin_to_log(mp);
	atomic_store(&mp->state, MP_SESSION_ON);
	return 0;
}

static int open_configured(const struct mp_config *config,
			   unsigned unknown_variables, struct memprof **ret)
{
	struct memprof *mp;
	int err;

	err = mp_process_init();
	if (err) {
		mp_error_set_path("madvise(MADV_WIPEONFORK)", err);
		return err;
	}
	if (mp_process_is_new())
		mp_session_renew_process();

	mp_process_lock();
	mp = take_session(mp_session_slots_wanted(config));
	if (!mp) {
		err = -ENOMEM;
		mp_error_set("out of memory");
		goto unlock;
	}
	atomic_store(&mp->state, MP_SESSION_OPENING);
	atomic_store(&mp->serial, ++last_serial);
	mp->config = *config;
	mp->unknown_variables = unknown_variables;
	err = open_session(mp);
	if (err) {
		atomic_store(&mp->state, MP_SESSION_CLOSED);
		give_session(mp);
		goto unlock;
	}
	*ret = mp;

unlock:
	mp_process_unlock();
	return err;
}

/* Too large for a host's stack. */
struct loading {
	struct mp_config config;
	struct mp_config_report report;
};

typedef int load_fn(const char *file, struct mp_config *ret,
		    struct mp_config_report *ret_report);

static int load_and_open(load_fn *load, const char *file, struct memprof **ret)
{
	int saved_errno = errno;
	struct loading *loading = malloc(sizeof(*loading));
	int err, cancel;

	*ret = NULL;
	if (!loading) {
		mp_error_set("out of memory");
		errno = saved_errno;
		return -ENOMEM;
	}
	/* A thread that went away in open(2) would keep the lock. */
	pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &cancel);
	err = load(file, &loading->config, &loading->report);
	if (err)
		mp_error_set(loading->report.error);
	else
		err = open_configured(&loading->config,
				      loading->report.unknown_variables, ret);
	free(loading);
	pthread_setcancelstate(cancel, NULL);
	errno = saved_errno;
	return err;
}

int memprof_open(const char *config_file, struct memprof **ret)
{
	return load_and_open(mp_config_load, config_file, ret);
}

int memprof_open_log(const char *memory_profile_log, struct memprof **ret)
{
	return load_and_open(mp_config_for_log, memory_profile_log, ret);
}

/* Later calls find it closed.  Returns whether nobody is inside any more, and
   no thread of ours. */
static bool close_log(struct memprof *mp)
{
	/* Who hangs in write(2) would have us hang, too. */
	if (!mp_log_drain(&mp->log))
		return false;
	if (mp_session_is_async(mp) &&
	    !mp_writer_stop(&mp->writer, mp->config.close_timeout_ns))
		return false;
	mp_profiling_close(mp);
	mp_log_flush(&mp->log);
	mp_ownline_skipped(mp, mp_clock_mono_ns());
	mp_ownline_stopped(mp);
	mp_log_close(&mp->log);
	mp_recorder_close(&mp->recorder_file);
	return true;
}

int memprof_close(struct memprof *mp)
{
	int saved_errno = errno;
	bool quiet = true;
	int state, cancel, err = 0;

	if (!mp)
		return 0;
	if (mp_process_is_new())
		mp_session_renew_process();
	state = atomic_exchange(&mp->state, MP_SESSION_CLOSED);
	if (state == MP_SESSION_CLOSED) {
		mp_session_misuse();
		return 0;
	}
	pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &cancel);
	if (state == MP_SESSION_ON) {
		quiet = close_log(mp);
		err = atomic_load(&mp->log.first_error);
		if (!err && !quiet && mp_session_is_async(mp))
			err = -ETIMEDOUT;
	}
	if (quiet) {
		mp_process_lock();
		give_session(mp);
		mp_process_unlock();
	}
	pthread_setcancelstate(cancel, NULL);
	errno = saved_errno;
	return err;
}

void memprof_reopen(struct memprof *mp)
{
	if (mp && mp_session_state(mp) == MP_SESSION_ON)
		mp_log_reopen(&mp->log);
}

void memprof_set_mallctl(int (*fn)(const char *, void *, size_t *, void *,
				   size_t))
{
	mp_heap_set_mallctl(fn);
}
