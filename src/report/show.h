#ifndef MP_SHOW_H
#define MP_SHOW_H

/*
 * show: numbers and ids as people read them.
 *
 * What is not known is `\N`, as in the log.
 */

#include "core/record.h"
#include "report/totals.h"

#define MP_SHOW_MAX	    32	/* bytes of the longest number, with its end */
#define MP_SHOW_ID_MAX	    768 /* bytes of the longest id, with its end */
#define MP_SHOW_PROCESS_MAX (MP_SHOW_MAX + MP_SHOW_ID_MAX)

/* How a table is to look. */
struct mp_show_style {
	size_t width; /* columns of the terminal; 0: as wide as need be */
	bool colour;
};

/* `1.25 MiB`, rounded to two decimals; below 1 KiB exact, as `512 B`. */
void mp_show_bytes(int64_t bytes, char *ret);

/* `1.25 ms`, in the largest unit that leaves a whole part. */
void mp_show_time(int64_t us, char *ret);

/* A timestamp as it stands in the log: `2026-11-21T01:02:03.123456Z`; without
   the `Z` where it is local time. */
void mp_show_moment(int64_t us, bool local, char *ret);

/* What a line of a sum has on average, with four decimals below 100 and one
   above; a whole number as such. */
void mp_show_mean(const struct mp_sum *sum, char *ret);

/*
 * Columns of a terminal that an id takes, by wcwidth(3).  What would steer the
 * terminal or turn the direction of writing counts, and is printed, as its
 * percent-encoded bytes.
 */
size_t mp_show_width(struct mp_text id);

/*
 * Write an id to `ret`, terminated, cut with a `~` at the end where it is wider
 * than `columns`, and return the columns that it takes.
 */
size_t mp_show_id(struct mp_text id, size_t columns, char *ret);

/* `4711@web1`; ret has room for MP_SHOW_PROCESS_MAX. */
void mp_show_process(int64_t pid, struct mp_text host, char *ret);

#endif
