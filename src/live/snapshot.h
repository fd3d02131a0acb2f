#ifndef MP_SNAPSHOT_H
#define MP_SNAPSHOT_H

/*
 * snapshot: what a recorder tells at one moment, read while it is written.
 *
 * Reads by pread(2) alone, and believes nothing: lengths, counts and texts are
 * looked at before they are used.  Of a slot that changes while it is read
 * nothing is kept; it is tried again a few times and then left out, for its
 * request is just ending.
 */

#include "core/record.h"
#include "core/recorder_layout.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A request that is in flight, or was when its process died. */
struct mp_snapshot_request {
	uint64_t number;
	int64_t begin_real_us;
	int64_t begin_mono_ns;
	struct mp_statm start;
	int64_t allocated, freed, peak; /* of the slices that are over, or
					   MP_UNKNOWN */
	int32_t tid;
	bool measured;
	size_t page_len;
	char page[MP_ESCAPE_MAX]; /* escaped, as in the log */
};

/* Requests by what became of them; `begun` is the sum of the others, but for
   those that were just ending, which may be counted in neither. */
struct mp_ledger {
	uint64_t begun, logged, dropped, cancelled, abandoned, in_flight;
	uint64_t skipped_sampling, skipped_threshold, skipped_paused;
	uint64_t slotless; /* of all: begun when no slot was free */

	/* Profiles of requests and sections. */
	uint64_t profiled, profiles_written, profiles_failed, profiles_refused;
	int32_t profile_error; /* the last one's: a negative errno value */
};

struct mp_snapshot_pause {
	bool on;
	bool by_config;
	uint32_t uid;
	int32_t pid;
	int64_t since_us; /* or 0 where it was never paused */
};

struct mp_snapshot {
	int32_t pid;
	uint32_t uid;
	uint64_t start_ticks;
	int64_t opened_real_us, opened_mono_ns;
	bool launchpad, async;
	uint64_t log_threshold, sample_one_in;
	int64_t utc_offset_s; /* of Launchpad's form */
	char *log;	      /* not for a terminal as it is */
	char *log_pattern;    /* the same */

	struct mp_snapshot_pause pause;
	struct mp_statm reading; /* MP_UNKNOWN where there is none */
	int64_t reading_mono_ns;
	struct mp_ledger ledger;
	uint64_t cost_requests, cost_ns, writer_ns;

	struct mp_snapshot_request *requests; /* by begin, the oldest first */
	size_t count;
	size_t waiting; /* requests that are over and not in the log yet */
};

/*
 * Read the recorder that `fd` is open on.  Fails with -EBADMSG where it is no
 * recorder, or not a whole one, with -EPROTO where it is one of another version
 * of memprof, with -ENOMEM, and as pread(2) does.  What is stored in `*ret` is
 * given back by mp_snapshot_release().
 */
int mp_snapshot_read(int fd, struct mp_snapshot *ret);

void mp_snapshot_release(struct mp_snapshot *s);

/* Requests begun that the ledger has under no other name yet; below 0 where it
   has some twice.  Either is right while requests end. */
int64_t mp_ledger_rest(const struct mp_ledger *l);

/* Requests that were left out of the log on purpose. */
uint64_t mp_ledger_skipped(const struct mp_ledger *l);

void mp_ledger_add(struct mp_ledger *sum, const struct mp_ledger *l);

/* `a - b`, or MP_UNKNOWN where either is, or it does not fit. */
int64_t mp_snapshot_minus(int64_t a, int64_t b);

#endif
