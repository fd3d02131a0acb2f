#include "report/columns.h"

#include "report/explain.h"
#include "report/show.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static_assert(MP_SHOW_MAX <= MP_COLUMN_ROOM, "what is shown has room");

const struct mp_column mp_columns[MP_COLUMNS] = {
	[MP_COLUMN_PAGE_ID] = { "page_id", "page", 15, MP_UNIT_NONE,
				"The page id, as it is in the log." },
	[MP_COLUMN_REQUESTS] = { "requests", "requests", 12, MP_UNIT_COUNT,
				 "Requests in the log." },
	[MP_COLUMN_ERRORS] = { "errors", "errors", 8, MP_UNIT_COUNT,
			       "Requests with an oops id." },
	[MP_COLUMN_DURATION] = { "duration", "time", 2, MP_UNIT_TIME,
				 "Time that all of them took." },
	[MP_COLUMN_DURATION_MEAN] = { "duration_mean", "mean", 7, MP_UNIT_TIME,
				      "Time that one took on average." },
	[MP_COLUMN_DURATION_P95] = { "duration_p95", "p95", 6, MP_UNIT_TIME,
				     "Time that 95 % of them did not exceed." },
	[MP_COLUMN_DURATION_MAX] = { "duration_max", "longest", 4, MP_UNIT_TIME,
				     "Time that the longest took." },
	[MP_COLUMN_RETAINED] = { "retained", "retained", 13, MP_UNIT_BYTES,
				 "Bytes allocated minus bytes freed, by its "
				 "own requests." },
	[MP_COLUMN_RETAINED_REQUESTS] = { "retained_requests", NULL, 0,
					  MP_UNIT_COUNT, NULL },
	[MP_COLUMN_RETAINED_MEAN] = { "retained_mean", "B/request", 11,
				      MP_UNIT_RATE,
				      "The same for each request, in bytes." },
	[MP_COLUMN_KEPT] = { NULL, "95 %", 8, MP_UNIT_RATE,
			     "Bytes that a request keeps after the warm-up, "
			     "with 95 % confidence." },
	[MP_COLUMN_RSS] = { "rss", "RSS", 10, MP_UNIT_BYTES,
			    "Growth of the process during its requests, "
			    "whoever caused it." },
	[MP_COLUMN_CLEAN_RSS] = { "clean_rss", "RSS clean", 9, MP_UNIT_BYTES,
				  "The same of requests that overlapped no "
				  "other." },
	[MP_COLUMN_CLEAN_REQUESTS] = { "clean_requests", "clean", 5,
				       MP_UNIT_COUNT,
				       "How many overlapped no other." },
	[MP_COLUMN_ALLOCATED] = { "allocated", "allocated", 3, MP_UNIT_BYTES,
				  "Bytes allocated by its own requests." },
	[MP_COLUMN_FREED] = { "freed", "freed", 1, MP_UNIT_BYTES,
			      "Bytes freed by its own requests." },
	[MP_COLUMN_PEAK_MAX] = { "peak_max", "peak", 6, MP_UNIT_BYTES,
				 "Most bytes that one of them held at once." },
	[MP_COLUMN_VERDICT] = { "verdict", "verdict", 14, MP_UNIT_NONE,
				"Whether it leaks." },
	[MP_COLUMN_WHY] = { "why", NULL, 0, MP_UNIT_NONE, NULL },
	[MP_COLUMN_SURE] = { "sure", NULL, 0, MP_UNIT_FLAG, NULL },
	[MP_COLUMN_JUDGED] = { "judged", NULL, 0, MP_UNIT_COUNT, NULL },
	[MP_COLUMN_GREW] = { "grew", NULL, 0, MP_UNIT_COUNT, NULL },
	[MP_COLUMN_KEPT_MEAN] = { "kept_mean", NULL, 0, MP_UNIT_RATE, NULL },
	[MP_COLUMN_KEPT_LOW] = { "kept_low", NULL, 0, MP_UNIT_RATE, NULL },
	[MP_COLUMN_KEPT_HIGH] = { "kept_high", NULL, 0, MP_UNIT_RATE, NULL },
	[MP_COLUMN_KEPT_EARLY] = { "kept_early", NULL, 0, MP_UNIT_RATE, NULL },
	[MP_COLUMN_KEPT_LATE] = { "kept_late", NULL, 0, MP_UNIT_RATE, NULL },
	[MP_COLUMN_PARTNER] = { "partner", NULL, 0, MP_UNIT_NONE, NULL },
	[MP_COLUMN_EXPLANATION] = { "explanation", NULL, 0, MP_UNIT_NONE,
				    NULL },
};

bool mp_column_is_of(enum mp_column_id id, enum mp_view_by by)
{
	return by == MP_VIEW_PAGE ||
	       (id < MP_COLUMN_VERDICT && id != MP_COLUMN_KEPT);
}

const char *mp_column_key(enum mp_column_id id, enum mp_view_by by)
{
	bool other = id == MP_COLUMN_PAGE_ID && by != MP_VIEW_PAGE;

	return other ? mp_view_name(by) : mp_columns[id].key;
}

const char *mp_column_heading(enum mp_column_id id, enum mp_view_by by)
{
	return id == MP_COLUMN_PAGE_ID ? mp_view_name(by)
				       : mp_columns[id].heading;
}

enum mp_column_id mp_column_ranked(enum mp_rank rank)
{
	static const enum mp_column_id ids[] = {
		[MP_RANK_RETAINED] = MP_COLUMN_RETAINED,
		[MP_RANK_CLEAN_RSS] = MP_COLUMN_CLEAN_RSS,
		[MP_RANK_RSS] = MP_COLUMN_RSS,
	};

	return ids[rank];
}

/* ---- for programs ---- */

void mp_column_number(enum mp_column_id id, const struct mp_cell *cell,
		      char *ret)
{
	bool time = mp_columns[id].unit == MP_UNIT_TIME;

	if (cell->kind == MP_CELL_REAL && time)
		snprintf(ret, MP_COLUMN_ROOM, "%.9f", cell->real / 1e6);
	else if (cell->kind == MP_CELL_REAL)
		snprintf(ret, MP_COLUMN_ROOM, "%.15g", cell->real);
	else if (time)
		snprintf(ret, MP_COLUMN_ROOM, "%" PRId64 ".%06" PRId64,
			 cell->whole / 1000000, cell->whole % 1000000);
	else
		snprintf(ret, MP_COLUMN_ROOM, "%" PRId64, cell->whole);
}

/* ---- for people ---- */

static void show_text(const struct mp_cell *cell, char *ret)
{
	snprintf(ret, MP_COLUMN_ROOM, "%.*s", (int)cell->text.len,
		 cell->text.p);
}

static void show_time(const struct mp_cell *cell, char *ret)
{
	mp_show_time(cell->kind == MP_CELL_REAL ? (int64_t)cell->real
						: cell->whole,
		     ret);
}

void mp_column_show(enum mp_column_id id, const struct mp_page *page, char *ret)
{
	struct mp_sentence room;
	struct mp_cell cell = mp_column_get(id, page, &room);

	if (id == MP_COLUMN_KEPT)
		mp_explain_interval(&page->verdict, ret);
	else if (id == MP_COLUMN_RETAINED_MEAN)
		mp_show_mean(&page->retained, ret);
	else if (cell.kind == MP_CELL_UNKNOWN)
		strcpy(ret, id == MP_COLUMN_VERDICT ? "-" : "\\N");
	else if (cell.kind == MP_CELL_TEXT)
		show_text(&cell, ret);
	else if (mp_columns[id].unit == MP_UNIT_TIME)
		show_time(&cell, ret);
	else if (mp_columns[id].unit == MP_UNIT_BYTES)
		mp_show_bytes(cell.whole, ret);
	else
		snprintf(ret, MP_COLUMN_ROOM, "%" PRId64, cell.whole);
}
