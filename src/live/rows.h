#ifndef MP_ROWS_H
#define MP_ROWS_H

/* rows: what the tables of `memprof top` hold, filtered and in order. */

#include "live/live.h"
#include "live/minute.h"

#include <stdbool.h>
#include <stddef.h>

enum mp_rows_sort {
	MP_ROWS_BY_AGE,
	MP_ROWS_BY_MEMORY,
	MP_ROWS_BY_REQUESTS,
	MP_ROWS_BY_NAME,
	MP_ROWS_SORTS,
};

/* Where the rows are from, and which of them are wanted. */
struct mp_rows_view {
	const struct mp_live_list *now;
	const struct mp_live_list *before;  /* for rates; or null */
	const struct mp_live_list *earlier; /* for growth; or null */
	const struct mp_minute_page *pages;
	size_t page_count;
	enum mp_rows_sort sort;
	const char *filter; /* of pages, see mp_rows_match(); or empty */
};

struct mp_rows_process {
	const struct mp_live *live;
	int64_t rss;
	double requests; /* a second; below 0 where it is not known */
	double cpu;	 /* percent of one processor; the same */
	int64_t grown;	 /* RSS a minute since it was seen earlier, or since
			    before; or MP_UNKNOWN */
	int64_t oldest_ns;
};

struct mp_rows_request {
	const struct mp_live *live;
	const struct mp_snapshot_request *r;
	int64_t age_ns;
	int64_t kept;  /* by its finished slices, or MP_UNKNOWN */
	int64_t grown; /* RSS since it began, or MP_UNKNOWN */
};

struct mp_rows {
	struct mp_rows_process *processes;
	struct mp_rows_request *requests;
	struct mp_minute_page *pages;
	size_t process_count, request_count, page_count;
};

/* Whether a page is one that `filter` means: a glob, or a part of the page
   where it has none of a glob's characters. */
bool mp_rows_match(const char *filter, struct mp_text page);

/* The page of a request. */
struct mp_text mp_rows_page(const struct mp_rows_request *r);

/* What is stored points into the view, and goes by mp_rows_release().  Fails
   with -ENOMEM. */
int mp_rows_make(const struct mp_rows_view *view, struct mp_rows *ret);

void mp_rows_release(struct mp_rows *rows);

#endif
