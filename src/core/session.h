#ifndef MP_SESSION_H
#define MP_SESSION_H

/*
 * session: one configuration and one log, from open to close.
 *
 * Sessions are never freed, only used again, the oldest closed one first: a
 * call with one that was closed finds memory that says so.  A request knows
 * its session by address and by serial, which no two sessions share.
 *
 * The request path reads the fields that open sets, and changes only atomics;
 * nothing on it takes a lock.
 */

#include "core/config.h"
#include "core/escape.h"
#include "core/heap.h"
#include "core/log.h"
#include "core/outside.h"
#include "core/recorder.h"
#include "core/shared.h"
#include "core/statm.h"
#include "core/writer.h"
#include "core/zone.h"
#include "memprof.h"
#include "profile/keep.h"
#include "profile/profiling.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

enum mp_session_state {
	MP_SESSION_OPENING,
	MP_SESSION_OFF, /* open, and nothing is to be measured */
	MP_SESSION_ON,
	MP_SESSION_CLOSED,
};

/* Requests that a `(skipped)` line has told of. */
struct mp_told {
	uint64_t sampling, threshold, paused;
	int64_t mono_ns; /* when */
	int64_t real_us;
};

struct memprof {
	_Atomic int state;
	_Atomic uint32_t serial;
	struct memprof *_Atomic next; /* in the list of all sessions */
	uint64_t closed_order; /* the lower, the longer closed; 0: in use */
	_Atomic int64_t tick_at_ns; /* when the second's work is due */
	struct mp_profiling profiling;
	struct mp_keep keep;
	struct mp_recorder *recorder; /* constant; the counts live there */
	struct mp_recorder_file recorder_file;

	struct mp_config config;
	unsigned unknown_variables;
	struct mp_zone zone;
	size_t host_len;
	char host[MP_ESCAPE_MAX];

	struct mp_outside outside;
	struct mp_shared_statm statm;
	struct mp_shared_totals totals;
	struct mp_log log;
	struct mp_writer writer; /* in `async` mode */

	/* Guards what follows; tried, never waited for. */
	_Alignas(64) atomic_flag tick_busy;
	struct mp_told told;
	uint32_t reopen_seen; /* of the recorder's `reopen` */
	int64_t start_mono_ns;
	int64_t start_real_us;
	struct mp_statm start;
};

/* Calls that made no sense, of the whole process. */
extern _Atomic uint64_t mp_session_misused;

static inline void mp_session_misuse(void)
{
	atomic_fetch_add_explicit(&mp_session_misused, 1, memory_order_relaxed);
}

static inline int mp_session_state(const struct memprof *mp)
{
	return atomic_load_explicit(&mp->state, memory_order_relaxed);
}

static inline uint32_t mp_session_serial(const struct memprof *mp)
{
	return atomic_load_explicit(&mp->serial, memory_order_relaxed);
}

/*
 * To be called between mp_log_enter() and mp_log_leave(): whether the session
 * is still the open one of this serial, whose close waits for us.
 */
static inline bool mp_session_is_entered(const struct memprof *mp,
					 uint32_t serial)
{
	return atomic_load_explicit(&mp->state, memory_order_seq_cst) ==
		       MP_SESSION_ON &&
	       mp_session_serial(mp) == serial;
}

/* How many slots a recorder is to have: in `async` mode ended requests wait in
   theirs. */
uint32_t mp_session_slots_wanted(const struct mp_config *config);

/* How many slots the recorder has; 0 where there is none. */
static inline uint32_t mp_session_slots(const struct memprof *mp)
{
	return atomic_load_explicit(&mp->recorder_file.slot_count,
				    memory_order_relaxed);
}

/* Whether a thread of ours writes the log. */
static inline bool mp_session_is_async(const struct memprof *mp)
{
	return atomic_load_explicit(&mp->writer.started, memory_order_relaxed);
}

/* Renew everything in a forked child, before it goes on. */
__attribute__((cold, noinline)) void mp_session_renew_process(void);

static inline bool mp_session_tick_is_due(const struct memprof *mp,
					  int64_t now_ns)
{
	return now_ns >= atomic_load_explicit(&mp->tick_at_ns,
					      memory_order_relaxed) ||
	       mp_log_check_is_due(&mp->log, now_ns);
}

/* Nothing is due before a second is over: at open, and in a child. */
void mp_session_tick_init(struct memprof *mp, int64_t now_ns);

/* The second's work: is the log still the one that is named, who is given up,
   who was skipped.  In `async` mode the writer does it, and nobody else. */
__attribute__((cold, noinline)) void mp_session_tick(struct memprof *mp,
						     int64_t now_ns);
void mp_session_tick_as_writer(struct memprof *mp);

/* Write the line of a record to `line`, which has room for MP_RECORD_MAX bytes,
   and return its length. */
size_t mp_session_format(const struct memprof *mp, const struct mp_record *r,
			 char *line);

/* Format and append a record; needs mp_log_enter().  Returns whether it is in
   the log now. */
bool mp_session_write(struct memprof *mp, const struct mp_record *r, bool own);

#endif
