#ifndef MP_COLUMNS_H
#define MP_COLUMNS_H

/*
 * columns: what a report tells of each page, in one table for all formats.
 *
 * A column has a key where programs read it, a heading where people do, or
 * both.
 */

#include "report/sentence.h"
#include "report/totals.h"
#include "report/view.h"

#include <stdbool.h>

enum mp_column_id {
	MP_COLUMN_PAGE_ID,
	MP_COLUMN_REQUESTS,
	MP_COLUMN_ERRORS,
	MP_COLUMN_DURATION,
	MP_COLUMN_DURATION_MEAN,
	MP_COLUMN_DURATION_P95,
	MP_COLUMN_DURATION_MAX,
	MP_COLUMN_RETAINED,
	MP_COLUMN_RETAINED_REQUESTS,
	MP_COLUMN_RETAINED_MEAN,
	MP_COLUMN_KEPT,
	MP_COLUMN_RSS,
	MP_COLUMN_CLEAN_RSS,
	MP_COLUMN_CLEAN_REQUESTS,
	MP_COLUMN_ALLOCATED,
	MP_COLUMN_FREED,
	MP_COLUMN_PEAK_MAX,
	MP_COLUMN_VERDICT,
	MP_COLUMN_WHY,
	MP_COLUMN_SURE,
	MP_COLUMN_JUDGED,
	MP_COLUMN_GREW,
	MP_COLUMN_KEPT_MEAN,
	MP_COLUMN_KEPT_LOW,
	MP_COLUMN_KEPT_HIGH,
	MP_COLUMN_KEPT_EARLY,
	MP_COLUMN_KEPT_LATE,
	MP_COLUMN_PARTNER,
	MP_COLUMN_EXPLANATION,
	MP_COLUMNS
};

enum mp_unit {
	MP_UNIT_NONE, /* a text */
	MP_UNIT_FLAG,
	MP_UNIT_COUNT,
	MP_UNIT_BYTES,
	MP_UNIT_RATE, /* bytes a request, which may be less than one */
	MP_UNIT_TIME,
};

struct mp_column {
	const char *key;     /* or null */
	const char *heading; /* or null */
	unsigned worth;	     /* where room is short, the least goes first */
	enum mp_unit unit;
	const char *help; /* what it is; null without a heading */
};

extern const struct mp_column mp_columns[MP_COLUMNS];

enum mp_cell_kind {
	MP_CELL_UNKNOWN,
	MP_CELL_TEXT,
	MP_CELL_FLAG,
	MP_CELL_WHOLE,
	MP_CELL_REAL
};

/* A value of a column, in bytes or microseconds. */
struct mp_cell {
	enum mp_cell_kind kind;
	struct mp_text text;
	int64_t whole; /* or a flag */
	double real;
};

/* Whether rows of that kind have the column: only pages have verdicts. */
bool mp_column_is_of(enum mp_column_id id, enum mp_view_by by);

/* Its key and its heading in such rows, whose ids may not be pages'. */
const char *mp_column_key(enum mp_column_id id, enum mp_view_by by);
const char *mp_column_heading(enum mp_column_id id, enum mp_view_by by);

/* What a column has for a page: columnget.c.  A text may point into `room`. */
struct mp_cell mp_column_get(enum mp_column_id id, const struct mp_page *page,
			     struct mp_sentence *room);

#define MP_COLUMN_ROOM 64 /* bytes of the longest number, with its end */

/* Write a known number for programs: in bytes, or in seconds. */
void mp_column_number(enum mp_column_id id, const struct mp_cell *cell,
		      char *ret);

/*
 * Write a value for people, of any column with a heading but the page's id;
 * `\N` where it is not known, `-` where it is not asked for.
 */
void mp_column_show(enum mp_column_id id, const struct mp_page *page,
		    char *ret);

/* The column that pages are ranked by. */
enum mp_column_id mp_column_ranked(enum mp_rank rank);

#endif
