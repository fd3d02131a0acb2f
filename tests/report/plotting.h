#ifndef MP_TEST_PLOTTING_H
#define MP_TEST_PLOTTING_H

/* plotting: a log of a few lines, and the script of its plots. */

#include "test.h"

#include "lines.h"
#include "report/gnuplot.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define START INT64_C(1795222920000000) /* 2026-11-21 01:02:00 */

static struct mp_plots plots;

static inline void begin(void)
{
	mp_plots_init(&plots);
}

/* Add a request of `page` that kept `kept` bytes. */
static inline void add(const char *page, int64_t us, int64_t rss, int64_t kept)
{
	bool known = kept != MP_UNKNOWN;
	struct mp_record r = {
		.timestamp_us = START + us,
		.page_id = lines_text(page),
		.oops_id = lines_text("-"),
		.start_vss = rss,
		.start_rss = rss,
		.end_vss = rss,
		.end_rss = rss,
		.allocated = known ? 5000 + kept : MP_UNKNOWN,
		.freed = known ? 5000 : MP_UNKNOWN,
		.peak = MP_UNKNOWN,
		.overlap = 0,
		.pid = 7,
		.host = lines_text("web1"),
	};

	assert_int_equal(mp_plots_add(&plots, &r, MP_RECORD_FORMAT_1), 0);
}

/* End the log and return the script of some plots, to be freed. */
static inline char *script_of(enum mp_picture picture, const char *names)
{
	const struct mp_picture_style style = { .picture = picture };
	struct mp_page_plots page;
	static char *text;
	static size_t size;
	FILE *out = open_memstream(&text, &size);

	assert_non_null(out);
	assert_int_equal(mp_plots_read(names, &page), 0);
	mp_gnuplot_write(out, &style, &page, NULL, &plots);
	assert_int_equal(fclose(out), 0);
	mp_plots_release(&plots);
	assert_non_null(text);
	return text;
}

static inline void expect(const char *script, const char *want)
{
	if (!strstr(script, want))
		fail_msg("no `%s` in:\n%s", want, script);
}

#endif
