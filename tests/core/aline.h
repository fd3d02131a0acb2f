#ifndef MP_ALINE_H
#define MP_ALINE_H

/* What the tests of records share: a line with its record, and parsing of exact
   copies. */

#include "test.h"

#include "core/record.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define WHOLE                                                                  \
	"2026-11-21T01:02:03.123456Z\tRootObject:index.html\tOOPS-1\t0.250000" \
	"\t1000\t500\t3000\t400\t2000\t-100\t70\t30\t60\t2\t11\t12\t13\t7\t8"  \
	"\tweb1\n"

/* 2026-11-21 01:02:03 UTC */
#define SECONDS INT64_C(1795222923)

static inline struct mp_text text(const char *s)
{
	return (struct mp_text){ s, strlen(s) };
}

/* The record of WHOLE. */
static inline struct mp_record whole(void)
{
	return (struct mp_record){
		.timestamp_us = SECONDS * 1000000 + 123456,
		.page_id = text("RootObject:index.html"),
		.oops_id = text("OOPS-1"),
		.duration_us = 250000,
		.start_vss = 1000,
		.start_rss = 500,
		.end_vss = 3000,
		.end_rss = 400,
		.vss_delta = 2000,
		.rss_delta = -100,
		.allocated = 70,
		.freed = 30,
		.peak = 60,
		.overlap = 2,
		.heap_allocated = 11,
		.heap_active = 12,
		.heap_resident = 13,
		.pid = 7,
		.tid = 8,
		.host = text("web1"),
	};
}

static inline bool same_text(struct mp_text a, struct mp_text b)
{
	return a.len == b.len && !memcmp(a.p, b.p, a.len);
}

/* Parse an exact copy, so that a sanitizer sees a read past its end.  The copy
   is the caller's to free: the texts of `ret` point into it. */
static inline char *parse(const char *line, size_t len, struct mp_record *ret,
			  struct mp_record_fault *ret_fault, int *ret_form)
{
	char *copy = malloc(len ? len : 1);

	assert_non_null(copy);
	memcpy(copy, line, len);
	*ret_form = mp_record_parse(copy, len, ret, ret_fault);
	return copy;
}

/* A line is refused at `column`, and the record is left alone. */
static inline void assert_refused(const char *line, size_t len, unsigned column)
{
	struct mp_record got, untouched;
	struct mp_record_fault fault = { 0 };
	int form;
	char *copy;

	memset(&got, 0x5a, sizeof(got));
	untouched = got;
	copy = parse(line, len, &got, &fault, &form);
	assert_int_equal(form, -EINVAL);
	assert_int_equal(fault.column, column);
	assert_non_null(fault.name);
	assert_non_null(fault.expected);
	assert_memory_equal(&got, &untouched, sizeof(got));
	assert_int_equal(mp_record_parse(copy, len, &got, NULL), -EINVAL);
	free(copy);
}

#endif
