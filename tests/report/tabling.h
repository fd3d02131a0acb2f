#ifndef MP_TABLING_H
#define MP_TABLING_H

/* What the tests of the table share: a report of a few lines, printed. */

#include "test.h"

#include "lines.h"
#include "report/table.h"

#include <locale.h>
#include <stdio.h>
#include <stdlib.h>

#define KIB INT64_C(1024)
#define MIB (1024 * KIB)

static struct mp_report report;
static char *printed;

static inline int set_up(void **state)
{
	(void)state;
	static const struct mp_report_options all = { .top = SIZE_MAX };

	mp_report_init(&report, &all);
	printed = NULL;
	return 0;
}

static inline int tear_down(void **state)
{
	(void)state;
	mp_report_release(&report);
	free(printed);
	return 0;
}

static inline void add(struct mp_record r)
{
	assert_int_equal(mp_report_add(&report, &r, MP_RECORD_FORMAT_1), 0);
}

static inline void add_heap(const char *id, int64_t allocated, int64_t freed)
{
	struct mp_record r = lines_record(id);

	r.allocated = allocated;
	r.freed = freed;
	add(r);
}

static inline void add_own(const char *id, const char *oops_id)
{
	struct mp_record r = lines_record(id);

	r.oops_id = lines_text(oops_id);
	add(r);
}

static inline void print(size_t width, bool colour)
{
	size_t size;
	FILE *out;

	report.options.style = (struct mp_show_style){ width, colour };
	mp_report_arrange(&report);
	free(printed);
	out = open_memstream(&printed, &size);
	assert_non_null(out);
	mp_table_print(&report, out);
	assert_int_equal(fclose(out), 0);
}

/* Row `i` of the table, its titles being row 0; empty where it ends. */
static inline struct CMUnitTest test_row(const char *name,
					 CMUnitTestFunction function, void *c)
{
	return (struct CMUnitTest){
		.name = name,
		.test_func = function,
		.setup_func = set_up,
		.teardown_func = tear_down,
		.initial_state = c,
	};
}

static inline int use_utf8(void **state)
{
	(void)state;
	return setlocale(LC_CTYPE, "C.UTF-8") ? 0 : -1;
}

#endif
