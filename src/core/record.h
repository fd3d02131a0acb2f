#ifndef MP_RECORD_H
#define MP_RECORD_H

/*
 * record: one line of the log, both ways: format 1, and Launchpad's forms.
 *
 * memprof-log(5) describes the columns.  Depends on nothing and allocates
 * nothing; may be called from any thread.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MP_RECORD_COLUMNS 20
#define MP_RECORD_MAX	  1280 /* bytes of the longest line, newline included */

#define MP_RECORD_TIME_LEN 27 /* bytes of a timestamp */

/* A number that is not known: `\N` in the log. */
#define MP_UNKNOWN INT64_MIN

/* A field as it stands in the log; neither owned nor terminated. */
struct mp_text {
	const char *p;
	size_t len;
};

/*
 * Any number but the timestamp may be MP_UNKNOWN.  What a short form of the
 * log does not hold is MP_UNKNOWN, and `host` is then empty.
 */
struct mp_record {
	int64_t timestamp_us; /* since 1970, UTC; local in Launchpad's forms */
	struct mp_text page_id;
	struct mp_text oops_id;
	int64_t duration_us;
	int64_t start_vss; /* bytes, here and below */
	int64_t start_rss;
	int64_t end_vss;
	int64_t end_rss;
	int64_t vss_delta;
	int64_t rss_delta;
	int64_t allocated;
	int64_t freed;
	int64_t peak;
	int64_t overlap;
	int64_t heap_allocated;
	int64_t heap_active;
	int64_t heap_resident;
	int64_t pid;
	int64_t tid;
	struct mp_text host;
};

/* A record of which nothing is known; to be filled in. */
extern const struct mp_record mp_record_unknown;

/* What is wrong with a line.  The strings are constant. */
struct mp_record_fault {
	unsigned column;      /* from 1 */
	const char *name;     /* of the column */
	const char *expected; /* what should have stood there */
};

/* The first line of a log, newline included. */
extern const char mp_record_header[];
extern const size_t mp_record_header_len;

/* The name of column `column`, counted from 0. */
const char *mp_record_column_name(unsigned column);

/*
 * Write the line of `r`, newline included, to `line`, which has room for
 * MP_RECORD_MAX bytes, and return its length.  Ids and host must be escaped
 * already, and not empty.
 */
size_t mp_record_format(const struct mp_record *r, char *line);

/*
 * The same in Launchpad's eight columns: the local time is `utc_offset_s`
 * seconds ahead of UTC.
 */
size_t mp_record_format_launchpad(const struct mp_record *r,
				  int64_t utc_offset_s, char *line);

/* Write a timestamp, in microseconds since 1970, as the log has it.  `ret` has
   room for MP_RECORD_TIME_LEN bytes; nothing is terminated. */
void mp_record_format_time(int64_t us, char *ret);

/* What a line of a log may be. */
enum mp_record_form {
	MP_RECORD_FORMAT_1,
	MP_RECORD_LAUNCHPAD_8,
	MP_RECORD_LAUNCHPAD_7, /* without the duration */
	MP_RECORD_HEADER,      /* the column names; `ret` is left as it was */
};

/*
 * Read a line of any form, with or without its newline.  The texts of `ret`
 * point into `line`.  Returns an `enum mp_record_form`; or -EINVAL and leaves
 * `ret` as it was, with the first fault in `ret_fault`, which may be null.
 */
int mp_record_parse(const char *line, size_t len, struct mp_record *ret,
		    struct mp_record_fault *ret_fault);

/* The oops id of a request that was in flight when its process was killed. */
#define MP_RECORD_UNFINISHED "UNFINISHED"

/* Whether a page id is one of memprof's own, like `(outside)`. */
static inline bool mp_record_is_own(const struct mp_record *r)
{
	return r->page_id.len > 0 && r->page_id.p[0] == '(';
}

#endif
