#ifndef MP_MINUTE_H
#define MP_MINUTE_H

/*
 * minute: what each page did in the last minute, as records come in.
 *
 * A request counts in the second in which it ended.  Memory is bounded: where
 * a minute has too many pages, those that come last are one, `(other)`.
 */

#include "core/record.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MP_MINUTE_PAGES 4096

/* Numbers are sums over the last minute but for the last. */
struct mp_minute_page {
	struct mp_text id; /* the minute's: good until the next record */
	uint64_t requests;
	int64_t kept; /* or MP_UNKNOWN where no request knows it */
	int64_t rss;  /* growth, or MP_UNKNOWN */
	int64_t longest_us;
};

struct mp_minute;

/* Null where there is no memory. */
struct mp_minute *mp_minute_new(void);
void mp_minute_free(struct mp_minute *m);

/* Add a request; `local_s` is what its timestamp is ahead of UTC.  Lines of
   memprof's own are none.  Fails with -ENOMEM. */
int mp_minute_add(struct mp_minute *m, const struct mp_record *r,
		  int64_t local_s);

/*
 * Store all pages of the minute before `now_us` in `*ret`, in no order, and
 * return their number.  The array is the minute's, and good until the next
 * call.
 */
size_t mp_minute_pages(struct mp_minute *m, int64_t now_us,
		       const struct mp_minute_page **ret);

#endif
