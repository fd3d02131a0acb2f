#ifndef MP_TIMELINES_H
#define MP_TIMELINES_H

/* What the tests of the timeline share: requests, and what became of them. */

#include "test.h"

#include "report/timeline.h"

#include <stdlib.h>
#include <string.h>

#define SECOND INT64_C(1000000)
#define START  (INT64_C(1795222923) * SECOND)

static inline struct mp_text text_of(const char *s)
{
	return (struct mp_text){ s, strlen(s) };
}

/* A request of process 7 that knows no memory. */
static inline struct mp_record request_at(int64_t us)
{
	return (struct mp_record){
		.timestamp_us = us,
		.page_id = text_of("Page"),
		.oops_id = text_of("-"),
		.duration_us = 0,
		.start_vss = MP_UNKNOWN,
		.start_rss = MP_UNKNOWN,
		.end_vss = MP_UNKNOWN,
		.end_rss = MP_UNKNOWN,
		.heap_allocated = MP_UNKNOWN,
		.heap_active = MP_UNKNOWN,
		.heap_resident = MP_UNKNOWN,
		.pid = 7,
		.host = text_of("web1"),
	};
}

static inline void add(struct mp_timeline *t, const struct mp_record *r)
{
	assert_int_equal(mp_timeline_add(t, r, MP_RECORD_FORMAT_1), 0);
}

/* The readings of a process in bucket `i`, null where there are none. */
static inline const struct mp_extremes *at(const struct mp_process *p,
					   enum mp_quantity quantity, int64_t i)
{
	const struct mp_extremes *e =
		mp_row_find(&p->rows[quantity], &mp_cells_extremes, i);

	return e && e->least.bytes != MP_UNKNOWN ? e : NULL;
}

/* Sums up the readings of one process, wherever they are. */
struct found {
	size_t buckets;
	struct mp_reading least, most;
};

static inline struct found find(const struct mp_timeline *t, size_t process,
				enum mp_quantity quantity)
{
	struct found f = { 0 };

	for (int64_t i = t->low; i <= t->high; i++) {
		const struct mp_extremes *e =
			at(t->processes[process], quantity, i);

		if (!e)
			continue;
		assert_true(e->least.bytes <= e->most.bytes);
		if (f.buckets++ == 0 || e->least.bytes < f.least.bytes)
			f.least = e->least;
		if (f.buckets == 1 || e->most.bytes > f.most.bytes)
			f.most = e->most;
	}
	return f;
}

static inline void expect(struct mp_reading r, int64_t us, int64_t bytes)
{
	assert_int_equal(r.time_us, us);
	assert_int_equal(r.bytes, bytes);
}

#endif
