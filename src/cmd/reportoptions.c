#include "cmd/reportoptions.h"

#include "cmd/amount.h"
#include "cmd/terminal.h"
#include "cmd/viewoptions.h"
#include "report/order.h"

#define TOP_MAX	   1000000000 /* rows */
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
			    "print lines of requests that grew RSS more, as "
			    "10M" },
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

const struct mp_usage mp_report_usage = {
	.name = "report",
	.operands = "[LOG...]",
	.help = "Rank the pages by the memory that they kept, over all LOGs: "
		"format 1 and\n"
		"Launchpad's forms, plain or gzip'd.  Without a LOG, or for "
		"-, stdin is read.\n",
	.options = options,
	.option_count = OPTIONS,
};

/* The last value of each option; patterns, which all count, are the view's. */
struct given {
	const char *values[OPTIONS];
	struct mp_view *view;
};

static int take(void *given, size_t option, const char *value)
{
	const struct mp_usage *usage = &mp_report_usage;
	struct given *g = given;

	g->values[option] = value;
	switch (option) {
	case OPT_BY:
		return mp_view_take_by(usage, value, g->view);
	case OPT_COLLAPSE:
		return mp_view_take_collapse(usage, value, g->view);
	case OPT_PAGE:
		return mp_view_take_page(usage, value, g->view);
	case OPT_SINCE:
		return mp_view_take_since(usage, value, g->view);
	case OPT_UNTIL:
		return mp_view_take_until(usage, value, g->view);
	default:
		return 0;
	}
}

/* What an option says that takes a number, if it is given. */
static int read_count(const char *const *values, size_t option, uint64_t most,
		      uint64_t *ret)
{
	const char *value = values[option];

	if (!value || !mp_amount_count(value, most, ret))
		return 0;
	return mp_options_refuse(&mp_report_usage, option, value);
}

static int read_format(const char *const *values, struct mp_report_choice *ret)
{
	const char *name = values[OPT_FORMAT] ? values[OPT_FORMAT] : "table";
	uint64_t top;
	int status;

	ret->format = mp_report_format_find(name);
	if (!ret->format)
		return mp_options_refuse(&mp_report_usage, OPT_FORMAT, name);
	top = ret->format->top;
	status = read_count(values, OPT_TOP, TOP_MAX, &top);
	ret->options.top = top;
	ret->options.plots = ret->format->plots;
	ret->output = values[OPT_OUTPUT];
	return status;
}

static int read_style(const char *const *values, struct mp_show_style *ret)
{
	uint64_t width = mp_terminal_width();
	int status = read_count(values, OPT_WIDTH, WIDTH_MAX, &width);

	*ret = (struct mp_show_style){ width, mp_terminal_has_colour() };
	return status;
}

static int read_warmup(const char *const *values,
		       struct mp_verdict_options *ret)
{
	uint64_t seconds = (uint64_t)mp_verdict_defaults.warmup_us / 1000000;
	int status;

	*ret = mp_verdict_defaults;
	status = read_count(values, OPT_WARMUP_COUNT, WARMUP_MAX,
			    &ret->warmup_requests);
	if (!status)
		status = read_count(values, OPT_WARMUP_TIME, WARMUP_MAX,
				    &seconds);
	ret->warmup_us = (int64_t)seconds * 1000000;
	return status;
}

static int read_order(const char *const *values, struct mp_report_options *ret)
{
	const char *sort = values[OPT_SORT];

	ret->sorted = sort;
	if (sort && mp_order_find(sort, &ret->sort))
		return mp_options_wrong(&mp_report_usage,
					"no column of numbers, nor `name`: "
					"`%s`",
					sort);
	return 0;
}

static int read_lists(const char *const *values, struct mp_report_options *ret)
{
	uint64_t worst = WORST;
	int status = read_count(values, OPT_WORST, WORST_MAX, &worst);

	ret->worst = worst;
	ret->processes = values[OPT_PROCESSES] ? SIZE_MAX : PROCESSES;
	ret->gaps = values[OPT_GAPS];
	if (!status && ret->gaps && values[OPT_PAGE])
		return mp_options_wrong(&mp_report_usage,
					"--gaps takes the lines of all pages, "
					"and no --page");
	return status;
}

/* What says which lines count goes with it; what says how a table is to look
   does not. */
static int read_threshold(const char *const *values,
			  struct mp_report_choice *ret)
{
	const char *size = values[OPT_THRESHOLD];
	uint64_t bytes;

	ret->lines = size;
	if (!size)
		return 0;
	for (size_t i = 0; i < OPTIONS; i++)
		if (values[i] && i != OPT_THRESHOLD && i != OPT_PAGE &&
		    i != OPT_SINCE && i != OPT_UNTIL)
			return mp_options_wrong(&mp_report_usage,
						"--threshold prints lines of "
						"the log: --%s is not for it",
						options[i].name);
	if (mp_amount_bytes(size, &bytes))
		return mp_options_refuse(&mp_report_usage, OPT_THRESHOLD, size);
	ret->threshold = (int64_t)bytes;
	return 0;
}

static int read_choice(const char *const *values, struct mp_report_choice *ret)
{
	int status = read_format(values, ret);

	if (!mp_view_is_plain(&ret->view))
		ret->options.view = &ret->view;
	if (!status && ret->view.since_us >= ret->view.until_us)
		status = mp_options_wrong(&mp_report_usage,
					  "nothing is both since %s and "
					  "until %s",
					  values[OPT_SINCE], values[OPT_UNTIL]);
	if (!status)
		status = read_order(values, &ret->options);
	if (!status)
		status = read_style(values, &ret->options.style);
	if (!status)
		status = read_lists(values, &ret->options);
	if (!status)
		status = read_warmup(values, &ret->options.verdict);
	return status ? status : read_threshold(values, ret);
}

int mp_report_choice_read(int argc, char **argv, struct mp_report_choice *ret,
			  int *ret_status)
{
	struct given given = { .view = &ret->view };
	int first;

	*ret = (struct mp_report_choice){ .view = mp_view_all };
	first = mp_options_each(&mp_report_usage, argc, argv, take, &given,
				ret_status);
	if (first)
		*ret_status = read_choice(given.values, ret);
	return *ret_status ? 0 : first;
}
