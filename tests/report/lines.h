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
	struct mp_record r = mp_record_unknown;

	r.timestamp_us = 1000000;
	r.page_id = lines_text(id);
	r.oops_id = lines_text("-");
	r.pid = 7;
	r.tid = 7;
	r.host = lines_text("web1");
	return r;
}

#endif
