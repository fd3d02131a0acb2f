#ifndef MP_TEST_REPORTING_H
#define MP_TEST_REPORTING_H

/* reporting: a report of a few lines, and what a format makes of it. */

#include "test.h"

#include "lines.h"
#include "report/report.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct mp_report report;

static inline int reporting_begin(void **state)
{
	static const struct mp_report_options options = {
		.top = SIZE_MAX,
		.verdict = { .warmup_us = 60000000, .warmup_requests = 100 },
	};

	(void)state;
	mp_report_init(&report, &options);
	return 0;
}

static inline int reporting_end(void **state)
{
	(void)state;
	mp_report_release(&report);
	return 0;
}

/* The same, of rows that are no pages; to be called before any line. */
static inline void reporting_by(enum mp_view_by by)
{
	static struct mp_view view;
	struct mp_report_options options = report.options;

	view = mp_view_all;
	view.by = by;
	options.view = &view;
	mp_report_release(&report);
	mp_report_init(&report, &options);
}

static inline void reporting_add(const struct mp_record *r)
{
	assert_int_equal(mp_report_add(&report, r, MP_RECORD_FORMAT_1), 0);
}

/* A request of which only the heap is known. */
static inline void reporting_add_heap(const char *id, int64_t allocated,
				      int64_t freed)
{
	struct mp_record r = lines_record(id);

	r.allocated = allocated;
	r.freed = freed;
	reporting_add(&r);
}

/* What a format prints; to be freed. */
static inline char *reporting_print(void (*print)(const struct mp_report *r,
						  FILE *out))
{
	char *text = NULL;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	assert_non_null(out);
	print(&report, out);
	assert_int_equal(fclose(out), 0);
	return text;
}

static inline void assert_has(const char *text, const char *part)
{
	if (!strstr(text, part))
		fail_msg("no `%s` in:\n%s", part, text);
}

static inline void assert_not(const char *text, const char *part)
{
	if (strstr(text, part))
		fail_msg("a `%s` in:\n%s", part, text);
}

#endif
