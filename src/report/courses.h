#ifndef MP_COURSES_H
#define MP_COURSES_H

/*
 * courses: what each page kept, over time and by request.
 *
 * Time is cut into buckets as in timeline.h, each with the growth of the
 * requests that ended in it.  Requests are also counted by the power of two of
 * their growth.  Nothing depends on the order of the lines.
 */

#include "core/record.h"
#include "report/names.h"
#include "report/row.h"
#include "report/totals.h"

#include <stdbool.h>
#include <stdint.h>

#define MP_COURSES_BUCKETS 512
#define MP_COURSES_CELLS   (2 * 1024 * 1024) /* of all pages; 16 MiB */

/*
 * Growth is the retained heap of each request; where no line of the page knows
 * that, the RSS growth of clean requests; else that of all.  Lines that know
 * only a worse one than another line of the page are counted, no more.
 */
struct mp_course {
	struct mp_text id;
	uint64_t requests;
	enum mp_rank rank; /* of what is below; of the last kind where
				 growth.lines is 0 */
	struct mp_sum growth;
	struct mp_row over_time; /* growth in each bucket */
	struct mp_row sizes;	 /* requests by mp_courses_size() of growth */
};

/* Invariant: bucket i holds the times from i << shift microseconds on. */
struct mp_courses {
	struct mp_names names; /* of pages[], in their first order */
	struct mp_course **pages;
	size_t capacity;
	unsigned shift;
	int64_t low, high; /* low > high: there are none */
	size_t cells;	   /* room of all rows over time */
	uint64_t requests;
	int64_t first_us, last_us; /* of all requests; the first is greater
				      where there are none */
};

void mp_courses_init(struct mp_courses *c);

/* Add a request.  Fails with -ENOMEM. */
int mp_courses_add(struct mp_courses *c, const struct mp_record *r);

/* Add all of `from`.  Fails with -ENOMEM. */
int mp_courses_merge(struct mp_courses *c, const struct mp_courses *from);

/* Sort the pages: first those with the best kind of growth that any has, which
   is returned; of these the ones that grew most.  Nothing can be added then. */
enum mp_rank mp_courses_sort(struct mp_courses *c);

/*
 * How a request that grew by `bytes` is counted: as 0 where that is 0; as n
 * from 2 to the power n - 1 on, below the next; where it shrank, as -n.
 */
int mp_courses_size(int64_t bytes);

void mp_courses_release(struct mp_courses *c);

#endif
