#ifndef MP_WORST_H
#define MP_WORST_H

/*
 * worst: the few requests that stand out most, of any number.
 *
 * Of each kind of growth a bounded heap keeps the largest, and its root, the
 * least of them, is all that a usual line is compared with.  Equal ones are
 * told apart by what stands in their lines, the earliest first: so the lists
 * depend on which lines were added, never on their order, and parts of a log
 * may be added apart and joined.
 */

#include "core/escape.h"
#include "core/record.h"

#include <stddef.h>

enum mp_worst_by {
	MP_WORST_RETAINED,
	MP_WORST_PEAK,
	MP_WORST_CLEAN_RSS, /* of requests with overlap 0 */
	MP_WORST_RSS,	    /* of all, who may share it */
	MP_WORST_LISTS
};

struct mp_worst_request {
	int64_t bytes; /* what it is listed for; more than 0 */
	enum mp_record_form form;
	struct mp_record record; /* its texts are in `text` */
	char text[3 * MP_ESCAPE_MAX];
};

/*
 * Invariant: no more than `most` of the `struct mp_worst`.  A heap whose root
 * is the least; or, once mp_worst_sort() was called, from the largest down.
 */
struct mp_worst_list {
	struct mp_worst_request **requests;
	size_t count;
	int64_t bar;	/* who has less does not come in */
	uint64_t equal; /* those beyond the list that have as much as the last
			   in it */
};

struct mp_worst {
	size_t most; /* of each list */
	struct mp_worst_list lists[MP_WORST_LISTS];
};

/* Lists of `most` requests; 0: of none. */
void mp_worst_init(struct mp_worst *w, size_t most);

/* mp_worst_add() of a line that may belong into a list. */
int mp_worst_put(struct mp_worst *w, const struct mp_record *r,
		 enum mp_record_form form);

/*
 * Add a line; those of memprof's own are no requests.  Fails with -ENOMEM.
 *
 * mp_worst_put() looks closer: the difference of what is not known may be
 * anything.  And the bar of clean requests is never above that of all.
 */
static inline int mp_worst_add(struct mp_worst *w, const struct mp_record *r,
			       enum mp_record_form form)
{
	const struct mp_worst_list *l = w->lists;
	int64_t kept = (int64_t)((uint64_t)r->allocated - (uint64_t)r->freed);

	if (kept < l[MP_WORST_RETAINED].bar && r->peak < l[MP_WORST_PEAK].bar &&
	    r->rss_delta < l[MP_WORST_CLEAN_RSS].bar)
		return 0;
	return mp_worst_put(w, r, form);
}

/* Add all of `from`, which stays as it is.  Fails with -ENOMEM. */
int mp_worst_join(struct mp_worst *w, const struct mp_worst *from);

/* Sort the lists, the largest first.  Nothing can be added afterwards. */
void mp_worst_sort(struct mp_worst *w);

void mp_worst_release(struct mp_worst *w);

#endif
