#ifndef MP_TOTALLING_H
#define MP_TOTALLING_H

/* What the tests of totals share: the totals of a few records. */

#include "test.h"

#include "lines.h"
#include "report/order.h"
#include "report/text.h"

#include <stdio.h>
#include <stdlib.h>

static struct mp_totals totals;

static inline int set_up(void **state)
{
	(void)state;
	mp_totals_init(&totals);
	return 0;
}

static inline int tear_down(void **state)
{
	(void)state;
	mp_totals_release(&totals);
	return 0;
}

static inline void add_to(struct mp_totals *t, struct mp_record r)
{
	assert_int_equal(mp_totals_add(t, &r, MP_RECORD_FORMAT_1), 0);
}

static inline void add(struct mp_record r)
{
	add_to(&totals, r);
}

static inline const struct mp_page *page(const char *id)
{
	for (size_t i = 0; i < totals.count; i++)
		if (totals.pages[i]->id.len == strlen(id) &&
		    !memcmp(totals.pages[i]->id.p, id, strlen(id)))
			return totals.pages[i];
	fail_msg("there is no page %s", id);
	return NULL;
}

static inline void assert_sum(const struct mp_sum *got, int64_t value,
			      uint64_t lines)
{
	assert_int_equal(got->value, value);
	assert_int_equal(got->lines, lines);
}

static inline struct mp_record heap_record(const char *id, int64_t allocated,
					   int64_t freed)
{
	struct mp_record r = lines_record(id);

	r.allocated = allocated;
	r.freed = freed;
	return r;
}

static inline struct mp_record rss_record(const char *id, int64_t rss,
					  int64_t overlap)
{
	struct mp_record r = lines_record(id);

	r.rss_delta = rss;
	r.overlap = overlap;
	return r;
}

static inline struct mp_record skipped(const char *what)
{
	struct mp_record r = lines_record("(skipped)");

	r.oops_id = lines_text(what);
	return r;
}

#define TOTALS_TEST(function) \
	cmocka_unit_test_setup_teardown(function, set_up, tear_down)

#endif
