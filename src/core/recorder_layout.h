#ifndef MP_RECORDER_LAYOUT_H
#define MP_RECORDER_LAYOUT_H

/*
 * recorder_layout: what lies in a recorder, the shared memory that outlives a
 * killed process.
 *
 * A recorder is a file on tmpfs, one for each session of each process, mapped
 * by the process that it tells of.  Others read it by pread(2), for a file can
 * be cut short under a mapping.  They find there what was begun and not ended,
 * what was ended and is not in the log yet, and the counts.
 *
 * The first part is a header, `struct mp_recorder`, the second its slots.
 * Whoever reads refuses what has another magic, version or size.  The layout
 * changes only with MP_RECORDER_VERSION.
 *
 * A slot holds one request, from its begin until its line is in the log (or is
 * dropped).  Its state is in one word, with a generation that tells one use of
 * the slot from the next, and a sequence number that is odd while the slot is
 * being written.  To read a slot: its word, the slot, its word again; where
 * both are alike and even, what was read belongs together.
 *
 * A process may be killed while it writes a slot, and what it meant to write
 * must not be mixed up with what was there.  So the state beside an odd number
 * is the one that the slot has had: FREE while a request is being begun,
 * IN_FLIGHT while it is changed or ended.  `page_len` is 0 while `page` is
 * changed; what is set at begin stays; the slices are unknown then.
 */

#include "core/escape.h"
#include "core/overlap.h"
#include "core/seq.h"
#include "core/statm.h"

#include <assert.h>
#include <inttypes.h>
#include <limits.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

#define MP_RECORDER_MAGIC   UINT64_C(0x72666f72706d656d) /* `memprofr` */
#define MP_RECORDER_VERSION 2

/* The name of the file: its user, its process, when it was opened in
   milliseconds, and something random, for pids are not unique over
   containers. */
#define MP_RECORDER_PREFIX "memprof-"
#define MP_RECORDER_NAME \
	MP_RECORDER_PREFIX "%" PRIu32 "-%" PRId32 "-%" PRIu64 "-%08" PRIx32
#define MP_RECORDER_NAME_MAX 64 /* with its terminator */

#define MP_RECORDER_SLOTS     1024  /* for requests in flight */
#define MP_RECORDER_SLOTS_MAX 32768 /* with those that wait to be logged */
#define MP_RECORDER_WORDS     (MP_RECORDER_SLOTS_MAX / 64)

/*
 * What a slot's request is doing.  In `direct` mode:
 *
 *	FREE -> IN_FLIGHT -> ENDING -> LOGGED -> FREE
 *
 * ENDING: the record is whole, and may be in the log, or a part of it.  LOGGED:
 * it is in the log, or was dropped, and may be counted.  In `async` mode a slot
 * is ENDING until the writer thread has written it.
 */
enum mp_recorder_state {
	MP_RECORDER_FREE,
	MP_RECORDER_IN_FLIGHT,
	MP_RECORDER_ENDING,
	MP_RECORDER_LOGGED,
};

/* generation << 32 | sequence << 8 | state */
static inline uint64_t mp_recorder_word(uint32_t generation, uint32_t sequence,
					enum mp_recorder_state state)
{
	return (uint64_t)generation << 32 |
	       (uint64_t)(sequence & 0xffffff) << 8 | (uint64_t)state;
}

static inline uint32_t mp_recorder_generation(uint64_t word)
{
	return (uint32_t)(word >> 32);
}

static inline uint32_t mp_recorder_sequence(uint64_t word)
{
	return (uint32_t)(word >> 8) & 0xffffff;
}

static inline enum mp_recorder_state mp_recorder_state(uint64_t word)
{
	return (enum mp_recorder_state)(word & 0xff);
}

/* Where in the log a line may begin that is yet to be written: in this file, at
   this size or behind it, or in one that was put in its place since. */
struct mp_recorder_mark {
	uint64_t dev, ino;
	uint64_t size;
};

enum {
	MP_RECORDER_UNMEASURED = 1, /* sampled out: it leads to no line */

	/* Set by who recovers it, beside ENDING or LOGGED. */
	MP_RECORDER_UNFINISHED = 2, /* it was in flight */
	MP_RECORDER_FOUND = 4,	    /* its line was in the log already */
	MP_RECORDER_WRITTEN = 8,    /* it was not, and is now */
};

struct mp_recorder_slot {
	_Alignas(64) _Atomic uint64_t word;
	_Atomic uint64_t number; /* see overlap.h */
	int64_t begin_real_us;
	int64_t begin_mono_ns;
	struct mp_statm start; /* MP_UNKNOWN where it is not measured */
	int64_t allocated; /* of the slices that are over; MP_UNKNOWN where one
			      of them lost it, as below */
	int64_t freed;
	int64_t peak;
	int32_t tid; /* of the thread that began it; from ENDING on, of the one
			that ended it */
	uint32_t flags;

	/* From ENDING on, as in the record. */
	int64_t end_mono_ns;
	int64_t duration_us;
	struct mp_statm end;
	int64_t vss_delta, rss_delta;
	int64_t overlap;
	int64_t heap_allocated, heap_active, heap_resident;
	struct mp_recorder_mark mark;

	uint16_t page_len, oops_len; /* in bytes; texts are escaped */
	char page[MP_ESCAPE_MAX];
	char oops[MP_ESCAPE_MAX];
};

/* Why nothing is measured, since when, and by whom.  All but `on` are for
   people to read. */
struct mp_recorder_pause {
	_Atomic uint32_t on; /* 1: requests that begin now are not measured */
	_Atomic uint32_t uid;
	_Atomic int32_t pid;
	_Atomic uint32_t by_config; /* 1: `profiling_start_paused` did it */
	_Atomic int64_t since_us;
};

/* Counts of requests but where they say otherwise; see memprof_stats(). */
struct mp_recorder_counts {
	_Atomic uint64_t logged;
	_Atomic uint64_t dropped;
	_Atomic uint64_t skipped_sampling;
	_Atomic uint64_t skipped_threshold;
	_Atomic uint64_t skipped_paused;
	_Atomic uint64_t cancelled;
	_Atomic uint64_t own_lines;   /* lines of memprof's own */
	_Atomic uint64_t own_dropped; /* those that could not be written */
	_Atomic uint64_t slotless;    /* begun when no slot was free */
	_Atomic uint64_t queue_full;  /* of `dropped`: no slot to wait in */
};

/* What memprof itself costs: CPU time of its own calls, measured in some of
   the requests. */
struct mp_recorder_cost {
	_Atomic uint64_t requests;  /* those that were measured so */
	_Atomic uint64_t ns;	    /* what begin and end of these took */
	_Atomic uint64_t writer_ns; /* what the writer thread took, all of it */
};

/* Profiles of requests and sections; see memprof_stats(). */
struct mp_recorder_profiles {
	_Atomic uint64_t profiled; /* begun */
	_Atomic uint64_t written;  /* files */
	_Atomic uint64_t failed;   /* that could not be had or written */
	_Atomic uint64_t refused;  /* asked for in a request, in vain */
	_Atomic int32_t
		error; /* the last that failed: a negative errno value */
};

/* Which requests a command wants profiled. */
struct mp_recorder_wish {
	uint32_t next;	/* so many of those that begin from now on */
	uint32_t every; /* of so many that match, one */
	uint32_t wall;	/* 1: by the wall clock, else as configured */
	uint32_t unused;
	int64_t interval_ns;	  /* 0: as configured */
	char page[MP_ESCAPE_MAX]; /* a pattern of fnmatch(3) for page ids */
};

#define MP_RECORDER_FILES 8

/* The file that a request of an order became. */
struct mp_recorder_file_name {
	_Atomic uint64_t
		order; /* as below, of its number, from 1; 0: no name */
	char name[NAME_MAX + 1]; /* in `dir` */
};

/*
 * An order for profiles.  Who gives one holds the file by flock(2), and takes
 * the order before back, by 0 in `open`; then writes its serial, the one behind
 * `last`, there; then the wish; then the serial, in `open`.  The process closes
 * it when it has taken enough.
 *
 * Serials are never 0, and go around.  The counts have one in their upper
 * halves, of the last order that was counted; an earlier one is not any more.
 */
struct mp_recorder_order {
	_Atomic uint32_t open; /* the serial, or 0 */
	_Atomic uint32_t last; /* serial that was given; the commands' */
	struct mp_recorder_wish wish;

	/* Set by the process. */
	_Atomic uint64_t matched, taken, failed, written;
	char dir[PATH_MAX]; /* of the files; empty where none are made */
	struct mp_recorder_file_name files[MP_RECORDER_FILES];
};

/* The size of the process when it was last read. */
struct mp_recorder_reading {
	struct mp_seq seq;
	_Atomic int64_t mono_ns;
	_Atomic int64_t real_us;
	_Atomic int64_t vss;
	_Atomic int64_t rss;
};

/* The log, as it was when it was last looked at. */
struct mp_recorder_log {
	struct mp_seq seq;
	_Atomic int64_t dev, ino, size;
};

struct mp_recorder {
	uint64_t magic;
	uint32_t version;
	uint32_t header_size; /* where the slots begin */
	uint32_t slot_size;
	uint32_t slot_count; /* a multiple of 64 */

	/* Who it tells of. */
	int32_t pid;
	uint32_t uid;		/* effective */
	uint64_t start_ticks;	/* of the process, see proc_pid_stat(5) */
	int64_t opened_real_us; /* the session, or its child's share of it */
	int64_t opened_mono_ns;
	uint32_t format; /* an enum mp_config_format */
	uint32_t async;	 /* 1: a writer thread logs */
	uint64_t log_threshold, sample_one_in;
	_Atomic int64_t utc_offset_s; /* of Launchpad's format */
	uint32_t host_len;
	char host[MP_ESCAPE_MAX];
	char log[PATH_MAX];	    /* `%p` expanded */
	char log_pattern[PATH_MAX]; /* not expanded */

	/* Set by others. */
	_Alignas(64) struct mp_recorder_pause pause;
	_Atomic uint32_t reopen; /* is added to: open the log anew */
	_Alignas(64) struct mp_recorder_order order;

	/* Set by the process. */
	_Alignas(64) struct mp_recorder_reading reading;
	_Alignas(64) struct mp_recorder_log log_state;
	_Alignas(64) struct mp_recorder_counts counts;
	_Alignas(64) struct mp_recorder_cost cost;
	_Alignas(64) struct mp_recorder_profiles profiles;
	_Alignas(64) struct mp_overlap overlap;

	/* Bit i % 64 of word i / 64 is slot i: whether it is taken, and whether
	   the writer thread has something to write there. */
	_Alignas(64) _Atomic uint64_t taken[MP_RECORDER_WORDS];
	_Alignas(64) _Atomic uint64_t ended[MP_RECORDER_WORDS];
};

static_assert(sizeof(_Atomic uint64_t) == 8 && sizeof(_Atomic uint32_t) == 4,
	      "atomics are plain words");
static_assert(sizeof(struct mp_recorder_slot) == 704,
	      "slots change only with the version");
static_assert(offsetof(struct mp_recorder, pause) == 8576 &&
		      offsetof(struct mp_recorder, order) == 8640 &&
		      offsetof(struct mp_recorder, reading) == 15168 &&
		      offsetof(struct mp_recorder, counts) == 15296 &&
		      offsetof(struct mp_recorder, taken) == 15808 &&
		      sizeof(struct mp_recorder) == 24000,
	      "the header changes only with the version");

static inline uint64_t mp_recorder_size(uint32_t slot_count)
{
	return sizeof(struct mp_recorder) +
	       (uint64_t)slot_count * sizeof(struct mp_recorder_slot);
}

#endif
