#ifndef MP_HISTORY_H
#define MP_HISTORY_H

/*
 * history: what each process held over its time.
 *
 * A heap holds what requests in flight will give back; so what counts is the
 * least that was seen in each stretch of time, the floor.  Stretches are as in
 * `struct mp_evidence`: the order of the lines does not matter, and parts may
 * be merged.
 */

#include "core/record.h"
#include "report/gaps.h"
#include "report/runs.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MP_FLOORS 32 /* a power of two */

/* jemalloc's totals of a process. */
struct mp_heap_state {
	int64_t us; /* when; INT64_MIN where nothing is known */
	int64_t allocated, active, resident;
};

/*
 * Invariant: as in `struct mp_evidence`; of a stretch that saw no line, the
 * floor is INT64_MAX and the top is INT64_MIN.
 */
struct mp_life {
	uint64_t key; /* of pid and host; never 0 */
	int64_t pid;
	int64_t low, high;
	uint8_t shift;
	bool heap; /* floors are of allocated heap, else of RSS */
	int64_t floors[MP_FLOORS], tops[MP_FLOORS];
	struct mp_heap_state last;
	struct mp_runs runs;
	struct mp_gaps *gaps; /* null unless wanted */
	struct mp_text host;  /* behind this struct */
};

/* Invariant: each life is in one of the `slots`, of which at least half are
   null; their number is a power of two. */
struct mp_history {
	struct mp_life **slots;
	size_t slot_count, count;
	bool with_gaps;		   /* all lines come in the logs' order, and
				      what lies between requests is wanted */
	int64_t first_us, last_us; /* of all lines; the first is greater where
				      there are none */
};

void mp_history_init(struct mp_history *h);

/* Add a line of that kind.  Fails with -ENOMEM; a part of it may then be in
   `h`. */
int mp_history_add(struct mp_history *h, const struct mp_record *r,
		   enum mp_own kind);

/*
 * Take note of a `(started)` line that is added to another part.  Fails with
 * -ENOMEM.  A process of which no line was added yet needs none: what comes
 * now finds its run when the parts are one.
 */
int mp_history_note(struct mp_history *h, const struct mp_record *r);

/* Add all of `other`.  Fails with -ENOMEM, having added some of it. */
int mp_history_merge(struct mp_history *h, const struct mp_history *other);

/*
 * What all processes together held at least, at the `count` times of `us`,
 * which lie in the log.  False where that cannot be told: too few readings, or
 * processes that were there for a part of the log only.
 */
bool mp_history_held(const struct mp_history *h, const double *us, size_t count,
		     double *ret_bytes);

/* The width of the widest stretch of any life, as its logarithm to base 2. */
unsigned mp_history_shift(const struct mp_history *h);

/* Whether the floor of a life stayed within a tenth over its second half. */
bool mp_life_is_flat(const struct mp_life *life);

void mp_history_release(struct mp_history *h);

#endif
