#ifndef MP_TEST_LINES_H
#define MP_TEST_LINES_H

/* lines: records for the tests of reports, with little known. */

#include "core/record.h"

#include <string.h>

static inline struct mp_text lines_text(const char *s)
{
	return (struct mp_text){ s, strlen(s) };
}

/* A request of page `id` of which nothing is known but its time. */
static inline struct mp_record lines_record(const char *id)
{
	return (struct mp_record){
		.timestamp_us = 1000000,
		.page_id = lines_text(id),
		.oops_id = lines_text("-"),
		.duration_us = MP_UNKNOWN,
		.start_vss = MP_UNKNOWN,
		.start_rss = MP_UNKNOWN,
		.end_vss = MP_UNKNOWN,
		.end_rss = MP_UNKNOWN,
		.vss_delta = MP_UNKNOWN,
		.rss_delta = MP_UNKNOWN,
		.allocated = MP_UNKNOWN,
		.freed = MP_UNKNOWN,
		.peak = MP_UNKNOWN,
		.overlap = MP_UNKNOWN,
		.heap_allocated = MP_UNKNOWN,
		.heap_active = MP_UNKNOWN,
		.heap_resident = MP_UNKNOWN,
		.pid = 7,
		.tid = 7,
		.host = lines_text("web1"),
	};
}

#endif
