/* report: ranks the pages by the memory that they kept. */

#include "report/report.h"
#include "cmd/amount.h"
#include "cmd/cmd.h"
#include "cmd/htmlreport.h"
#include "cmd/input.h"
#include "cmd/outfile.h"
#include "cmd/over.h"
#include "cmd/terminal.h"
#include "cmd/viewoptions.h"
#include "report/explain.h"
#include "report/html.h"
#include "report/markdown.h"
#include "report/order.h"
#include "report/pagescsv.h"
#include "report/pagesjson.h"
#include "report/proclist.h"
#include "report/prometheus.h"
#include "report/rawids.h"
#include "report/scan.h"
#include "report/table.h"
#include "report/worstlist.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TOP_MAX	   1000000000 /* pages */
#define WIDTH_MAX  10000      /* columns */
#define WARMUP_MAX 1000000000 /* requests, seconds */
#define PROCESSES  3	      /* to be listed */
#define WORST	   5	      /* requests in each list of the worst */
#define WORST_MAX  1000

enum {
	OPT_BY,
	OPT_COLLAPSE,
	OPT_FORMAT,
	OPT_GAPS,
	OPT_OUTPUT,
	OPT_PAGE,
	OPT_PROCESSES,
	OPT_SINCE,
	OPT_SORT,
	OPT_THRESHOLD,
	OPT_TOP,
	OPT_UNTIL,
	OPT_WARMUP_COUNT,
	OPT_WARMUP_TIME,
	OPT_WIDTH,
	OPT_WORST,
	OPTIONS
};

static const struct mp_option options[OPTIONS] = {
	[OPT_BY] = { "by", 'b', "WHAT",
		     "rows: page, pid, host, minute, hour or oops" },
	[OPT_COLLAPSE] = { "collapse", 'c', "GLOB",
			   "count pages that match as one, as `/user/*`" },
	[OPT_FORMAT] = { "format", 'f', "FORMAT",
			 "table, json, csv, tsv, markdown, html, or "
			 "prometheus" },
	[OPT_GAPS] = { "gaps", 0, NULL,
		       "estimate what RSS grew by between requests" },
	[OPT_OUTPUT] = { "output", 'o', "FILE",
			 "write to FILE instead of stdout: whole or not at "
			 "all" },
	[OPT_PAGE] = { "page", 'p', "GLOB",
		       "count only pages that match, as `Root:*`" },
	[OPT_PROCESSES] = { "processes", 0, NULL,
			    "list all processes, not only the first 3" },
	[OPT_SINCE] = { "since", 0, "TIME",
			"from 2026-11-21T01:02 on, or from 30m ago" },
	[OPT_SORT] = { "sort", 's', "COLUMN",
		       "the largest of this first; or by `name`" },
	[OPT_THRESHOLD] = { "threshold", 't', "SIZE",
			    "print the lines of requests that grew RSS by "
			    "more, as 10M" },
	[OPT_TOP] = { "top", 'n', "ROWS",
		      "tell so many rows apart, sum up the others" },
	[OPT_UNTIL] = { "until", 0, "TIME", "what began before that" },
	[OPT_WARMUP_COUNT] = { "warmup-count", 0, "N",
			       "judge no page by its first N requests (100)" },
	[OPT_WARMUP_TIME] = { "warmup-time", 0, "S",
			      "nor by its first S seconds (60)" },
	[OPT_WIDTH] = { "width", 'w', "COLUMNS",
			"fit the table into COLUMNS; 0: show all of it" },
	[OPT_WORST] = { "worst", 0, "N",
			"list the N worst requests; 0: none (5)" },
};

static const struct mp_usage usage = {
	.name = "report",
	.operands = "[LOG...]",
	.help = "Rank the pages by the memory that they kept, over all LOGs: "
		"format 1 and\n"
		"Launchpad's forms, plain or gzip'd.  Without a LOG, or for "
		"-, stdin is read.\n",
	.options = options,
	.option_count = OPTIONS,
};

static int read_number(const char *text, size_t max, size_t *ret)
{
	char *end;
	unsigned long v;

	errno = 0;
	v = strtoul(text, &end, 10);
	if (*text < '0' || *text > '9' || *end || errno || v > max)
		return -EINVAL;
	*ret = v;
	return 0;
}

static int add(void *part, const struct mp_record *r, enum mp_record_form form)
{
	return mp_report_add(part, r, form);
}

static int note(void *part, const struct mp_record *r)
{
	return mp_report_note(part, r);
}

/* Each thread adds to a part of its own. */
static int read_all(struct mp_input *in, struct mp_report *report)
{
	struct mp_report *parts;
	void *lanes[MP_SCAN_THREADS];
	/* What lies between two lines takes both to one lane. */
	unsigned count = report->options.gaps ? 1 : mp_scan_threads();
	int err;

	parts = calloc(count, sizeof(*parts));
	if (!parts)
		return -ENOMEM;
	for (unsigned i = 0; i < count; i++) {
		mp_report_init(&parts[i], &report->options);
		lanes[i] = &parts[i];
	}
	err = mp_input_scan(in, &(struct mp_input_sink){
					.lanes = lanes,
					.count = count,
					.view = report->options.view,
					.add = add,
					.note = note,
				});
	for (unsigned i = 0; i < count && !err; i++)
		err = mp_report_join(report, &parts[i]);
	for (unsigned i = 0; i < count; i++)
		mp_report_release(&parts[i]);
	free(parts);
	return err;
}

/* ---- formats ---- */

static void print_table(const struct mp_report *r, FILE *out)
{
	mp_table_print(r, out);
	mp_explain_print(r, out);
	mp_worstlist_print(&r->worst, &r->options.style, out);
	if (r->options.gaps)
		mp_gaplist_print(&r->gaps, &r->options.style, out);
	mp_proclist_print(&r->procs, r->options.processes, &r->options.style,
			  out);
}

static const struct format {
	const char *name;
	size_t top; /* pages to tell apart, unless the user says otherwise */
	void (*print)(const struct mp_report *r, FILE *out);
	bool plots; /* whether it draws */
} formats[] = {
	{ "table", SIZE_MAX, print_table, false },
	{ "json", SIZE_MAX, mp_pagesjson_print, false },
	{ "csv", SIZE_MAX, mp_pagescsv_print, false },
	{ "tsv", SIZE_MAX, mp_pagescsv_print_tabs, false },
	{ "markdown", SIZE_MAX, mp_markdown_print, false },
	{ "html", MP_HTML_PAGES, mp_htmlreport_print, true },
	{ "prometheus", MP_PROMETHEUS_PAGES, mp_prometheus_print, false },
};

static const struct format *find_format(const char *name)
{
	for (size_t i = 0; i < sizeof(formats) / sizeof(*formats); i++)
		if (!strcmp(formats[i].name, name))
			return &formats[i];
	return NULL;
}

static int print_to(const char *path, const struct format *format,
		    const struct mp_report *r)
{
	struct mp_outfile out;
	int err;

	err = mp_outfile_open(&out, path);
	if (err)
		return err;
	format->print(r, out.file);
	return mp_outfile_close(&out, true);
}

/* ---- options ---- */

struct given {
	const char *values[OPTIONS];
	struct mp_view view;
};

static int take(void *given, size_t option, const char *value)
{
	struct given *g = given;

	g->values[option] = value;
	switch (option) {
	case OPT_BY:
		return mp_view_take_by(&usage, value, &g->view);
	case OPT_COLLAPSE:
		return mp_view_take_collapse(&usage, value, &g->view);
	case OPT_PAGE:
		return mp_view_take_page(&usage, value, &g->view);
	case OPT_SINCE:
		return mp_view_take_since(&usage, value, &g->view);
	case OPT_UNTIL:
		return mp_view_take_until(&usage, value, &g->view);
	default:
		return 0;
	}
}

static int read_warmup(const char *const *values,
		       struct mp_verdict_options *ret)
{
	const char *count = values[OPT_WARMUP_COUNT];
	const char *time = values[OPT_WARMUP_TIME];
	size_t n;

	*ret = mp_verdict_defaults;
	if (count && read_number(count, WARMUP_MAX, &n))
		return mp_options_wrong(&usage, "no number of requests: `%s`",
					count);
	if (count)
		ret->warmup_requests = n;
	if (time && read_number(time, WARMUP_MAX, &n))
		return mp_options_wrong(&usage, "no number of seconds: `%s`",
					time);
	if (time)
		ret->warmup_us = (int64_t)n * 1000000;
	return 0;
}

static int read_choice(const struct given *given,
		       const struct format **ret_format,
		       struct mp_report_options *ret)
{
	const char *const *values = given->values;
	const char *format = values[OPT_FORMAT];
	const char *sort = values[OPT_SORT];
	const char *top = values[OPT_TOP];
	const char *width = values[OPT_WIDTH];
	const char *worst = values[OPT_WORST];

	*ret = (struct mp_report_options){ .sorted = sort };
	if (!mp_view_is_plain(&given->view))
		ret->view = &given->view;

	*ret_format = find_format(format ? format : "table");
	if (!*ret_format)
		return mp_options_wrong(&usage, "no format: `%s`", format);
	if (given->view.since_us >= given->view.until_us)
		return mp_options_wrong(&usage,
					"nothing is both since %s and "
					"until %s",
					values[OPT_SINCE], values[OPT_UNTIL]);
	ret->top = (*ret_format)->top;
	ret->plots = (*ret_format)->plots;
	if (sort && mp_order_find(sort, &ret->sort))
		return mp_options_wrong(&usage,
					"no column of numbers, nor `name`: "
					"`%s`",
					sort);
	if (top && read_number(top, TOP_MAX, &ret->top))
		return mp_options_wrong(&usage, "no number of rows: `%s`", top);
	ret->style = (struct mp_show_style){ mp_terminal_width(),
					     mp_terminal_has_colour() };
	if (width && read_number(width, WIDTH_MAX, &ret->style.width))
		return mp_options_wrong(&usage, "no width: `%s`", width);
	ret->gaps = values[OPT_GAPS];
	if (ret->gaps && values[OPT_PAGE])
		return mp_options_wrong(&usage,
					"--gaps takes the lines of all pages, "
					"and no --page");
	ret->processes = values[OPT_PROCESSES] ? SIZE_MAX : PROCESSES;
	ret->worst = WORST;
	if (worst && read_number(worst, WORST_MAX, &ret->worst))
		return mp_options_wrong(&usage, "no number of requests: `%s`",
					worst);
	return read_warmup(values, &ret->verdict);
}

/* What says which lines count goes with it; what says how a table is to look
   does not. */
static int read_threshold(const struct given *given, int64_t *ret)
{
	const char *size = given->values[OPT_THRESHOLD];
	uint64_t bytes;

	for (size_t i = 0; i < OPTIONS; i++)
		if (given->values[i] && i != OPT_THRESHOLD && i != OPT_PAGE &&
		    i != OPT_SINCE && i != OPT_UNTIL)
			return mp_options_wrong(&usage,
						"--threshold prints lines of "
						"the log: --%s is not for it",
						options[i].name);
	if (mp_amount_bytes(size, &bytes))
		return mp_options_wrong(&usage, "no size: `%s`", size);
	*ret = (int64_t)bytes;
	return 0;
}

static int print_over(const struct given *given, char **paths)
{
	struct mp_input in;
	int64_t bytes = 0;
	int status = read_threshold(given, &bytes);

	if (!status)
		status = mp_input_begin(&in, &usage, paths);
	if (status)
		return status;
	return mp_cmd_over(&in, &given->view, bytes);
}

/* Who logs raw URLs sees no page twice, and no leak. */
static void warn_of_raw_ids(const struct mp_report *r)
{
	struct mp_rawids raw;
	char advice[MP_RAWIDS_SHAPES * (sizeof(raw.patterns[0]) + 16)] = "";
	char *p = advice;

	if (r->by != MP_VIEW_PAGE || mp_rawids_find(&r->totals, &raw) ||
	    raw.pages == 0)
		return;
	for (size_t i = 0; i < raw.pattern_count; i++)
		p += sprintf(p, " --collapse '%s'", raw.patterns[i]);
	if (raw.pattern_count > 0)
		mp_cmd_say("%zu pages look like raw URLs; this makes them "
			   "few:%s",
			   raw.pages, advice);
	else
		mp_cmd_say("%zu pages look like raw URLs: see --collapse in "
			   "memprof-report(1)",
			   raw.pages);
}

int mp_cmd_report(int argc, char **argv)
{
	struct given given = { .view = mp_view_all };
	struct mp_report_options choice;
	const struct format *format;
	struct mp_report report;
	struct mp_input in;
	int status = 0;
	int first = mp_options_each(&usage, argc, argv, take, &given, &status);

	if (!first)
		return status;
	status = read_choice(&given, &format, &choice);
	if (status)
		return status;
	if (given.values[OPT_THRESHOLD])
		return print_over(&given, argv + first);
	status = mp_input_begin(&in, &usage, argv + first);
	if (status)
		return status;

	mp_report_init(&report, &choice);
	if (read_all(&in, &report) || mp_report_finish(&report)) {
		mp_cmd_say("too many pages for the memory there is");
		in.failed = true;
	} else {
		report.faults = in.faults;
		report.partial = in.failed;
		warn_of_raw_ids(&report);
		if (print_to(given.values[OPT_OUTPUT], format, &report))
			in.failed = true;
	}
	status = mp_input_finish(&in);
	mp_report_release(&report);
	return status;
}
