#ifndef MP_TOTALS_H
#define MP_TOTALS_H

/*
 * totals: what each page did, summed over the lines of logs.
 *
 * Memory grows with the number of pages, not of lines.  A sum covers the lines
 * where its number is known, and counts them: a sum over none is unknown, not
 * zero.  Sums that do not fit stay at the largest number, and `saturated` says
 * so.
 */

#include "core/record.h"
#include "report/evidence.h"
#include "report/history.h"
#include "report/sketch.h"
#include "report/verdict.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Invariant: `value` is 0 where `lines` is. */
struct mp_sum {
	int64_t value;
	uint64_t lines; /* those that went into it */
};

struct mp_page {
	struct mp_text id;
	uint64_t requests;
	uint64_t errors; /* requests with an oops id */
	struct mp_sum duration_us;
	int64_t duration_max_us; /* or MP_UNKNOWN, as is peak_max */
	struct mp_sketch durations_us;
	struct mp_sum rss;	 /* growth, of all lines */
	struct mp_sum clean_rss; /* growth, of lines with overlap 0 */
	struct mp_sum allocated;
	struct mp_sum freed;
	struct mp_sum
		retained; /* allocated minus freed, where both are known */
	int64_t peak_max;
	struct mp_evidence evidence;
	struct mp_verdict verdict; /* once mp_verdict_judge() was called */
};

struct mp_slot {
	uint64_t hash; /* of the page's id */
	struct mp_page *page;
};

/* A record that is to be added, and what is to be fetched for that. */
struct mp_expected {
	const struct mp_record *record; /* only to be compared */
	struct mp_page *page;		/* null: not known to be there */
	int64_t timestamp_us, duration_us;
};

#define MP_TOTALS_EXPECTED 16 /* a power of two */

/* What pages are ranked by: the first of these that any line knows. */
enum mp_rank { MP_RANK_RETAINED, MP_RANK_CLEAN_RSS, MP_RANK_RSS };

/*
 * Invariant: pages[0] to pages[count - 1] are all pages but the hidden ones,
 * which follow; each is in one of the `slots`, of which at least half have
 * none; their number is a power of two.
 */
struct mp_totals {
	struct mp_page **pages;
	size_t count, capacity;
	size_t hidden;
	struct mp_slot *slots;
	size_t slot_count;
	/* The last ones that were expected, in turn; how many there were, and
	   how many of these are past. */
	struct mp_expected expected[MP_TOTALS_EXPECTED];
	unsigned expected_count, past_count;
	struct mp_page outside;	   /* the `(outside)` lines */
	struct mp_history history; /* of the processes */
	uint64_t started, stopped, recovered;
	uint64_t unknown_own; /* lines of a later memprof's own */
	/* Requests that have no line, and the least and the most that
	   `sample_one_in` was; 0 where no line tells. */
	struct mp_sum sampled, threshold, paused;
	int64_t one_in_min, one_in_max;
	bool saturated;
};

void mp_totals_init(struct mp_totals *t);

/* Add a line.  Fails with -ENOMEM; a part of it may then be in `t`. */
int mp_totals_add(struct mp_totals *t, const struct mp_record *r,
		  enum mp_record_form form);

/* The same; a request is added to the page `id` instead of its own. */
int mp_totals_add_as(struct mp_totals *t, const struct mp_record *r,
		     enum mp_record_form form, struct mp_text id);

/*
 * Memory is slow: what adding a request needs is fetched while others are being
 * added.  First comes what tells where a page is, by the hash of its id; three
 * or more records later the page that `r` is of, and with that the parts of
 * those that were expected before.  What never comes, or comes unexpected, does
 * not matter.
 */
void mp_totals_foresee(const struct mp_totals *t, uint64_t hash);
void mp_totals_expect(struct mp_totals *t, const struct mp_record *r,
		      uint64_t hash);

/* Take note of a `(started)` line that is added elsewhere; as above. */
int mp_totals_note(struct mp_totals *t, const struct mp_record *r);

/*
 * Move all that `from` holds into `t`; their pages differ.  Fails with
 * -ENOMEM; both may still be released then.
 */
int mp_totals_join(struct mp_totals *t, struct mp_totals *from);

/* Sum up all pages.  The sketch of the sum is the caller's to release; where
   memory is short it is empty. */
void mp_totals_all(struct mp_totals *t, struct mp_page *ret);

/* The same without the pages before number `first`. */
void mp_totals_rest(struct mp_totals *t, size_t first, struct mp_page *ret);

/*
 * Leave pages out of all sums and of what follows, and `(outside)` as well.  A
 * verdict may still name one.  No line is to be added after that.
 */
void mp_totals_hide(struct mp_totals *t,
		    bool (*is_hidden)(const void *user, struct mp_text id),
		    const void *user);

/* The growth that `rank` ranks by. */
const struct mp_sum *mp_page_growth(const struct mp_page *page,
				    enum mp_rank rank);

void mp_totals_release(struct mp_totals *t);

#endif
