/* view: shows profiles of requests, in any format. */

#include "cmd/amount.h"
#include "cmd/cmd.h"
#include "cmd/options.h"
#include "cmd/outfile.h"
#include "cmd/terminal.h"
#include "cmd/viewformats.h"
#include "cmd/viewload.h"
#include "view/filter.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#define COUNT_MAX 1000000000

enum {
	OPT_BY,
	OPT_COUNT,
	OPT_DIFF,
	OPT_FOCUS,
	OPT_FORMAT,
	OPT_IGNORE,
	OPT_MATCH,
	OPT_OUTPUT,
	OPT_PAGE,
	OPT_RUNTIME,
	OPT_SORT,
	OPTIONS
};

static const struct mp_option options[OPTIONS] = {
	[OPT_BY] = { "by", 'b', "WHAT",
		     "tell apart each function, line, or object" },
	[OPT_COUNT] = { "count", 'n', "ROWS", "list so many of each kind" },
	[OPT_DIFF] = { "diff", 'd', NULL,
		       "show what changed from a first FILE to a second" },
	[OPT_FOCUS] = { "focus", 0, "REGEX",
			"only stacks with a function that matches" },
	[OPT_FORMAT] = { "format", 'f', "FORMAT",
			 "tree (the default), top, folded, json, callgrind, "
			 "pprof, speedscope, pstats, flamegraph, icicle, "
			 "sunburst, or html" },
	[OPT_IGNORE] = { "ignore", 0, "REGEX",
			 "no stacks with a function that matches" },
	[OPT_MATCH] = { "match", 'm', "REGEX",
			"list only functions that match, in top" },
	[OPT_OUTPUT] = { "output", 'o', "FILE",
			 "write to FILE instead of stdout: whole or not at "
			 "all" },
	[OPT_PAGE] = { "page", 'p', "GLOB",
		       "only pages that match, as `Root:*`" },
	[OPT_RUNTIME] = { "runtime", 0, NULL,
			  "keep what calls main(), and begins threads" },
	[OPT_SORT] = { "sort", 's', "COLUMN",
		       "of top: self (the default), total, samples or name" },
};

static const struct mp_usage usage = {
	.name = "view",
	.operands = "FILE...",
	.help = "Show where the time of profiled requests went.  Several FILEs "
		"add up; - is stdin.\n"
		"Names are from the programs and libraries themselves, and "
		"from their debug files:\n"
		"nothing is asked of the network.\n",
	.options = options,
	.option_count = OPTIONS,
};

struct choice {
	const struct mp_view_format *format;
	struct mp_view_style style;
	struct mp_filter filter;
	struct mp_glob page;
	regex_t focus, ignore, match;
	enum mp_group_by by;
	const char *output;
	bool diff;
};

static int find_name(const char *const *names, unsigned count, const char *name)
{
	for (unsigned i = 0; i < count; i++)
		if (!strcmp(names[i], name))
			return (int)i;
	return -ENOENT;
}

/* The regex of an option that is given, or null. */
static int read_regex(const char *text, regex_t *room, const regex_t **ret)
{
	char why[128];
	int err;

	*ret = NULL;
	if (!text)
		return 0;
	err = regcomp(room, text, REG_EXTENDED);
	if (err) {
		regerror(err, room, why, sizeof(why));
		return mp_options_wrong(&usage, "`%s`: %s", text, why);
	}
	*ret = room;
	return 0;
}

static int read_patterns(const char *const *values, struct choice *ret)
{
	int status =
		read_regex(values[OPT_FOCUS], &ret->focus, &ret->filter.focus);

	if (!status)
		status = read_regex(values[OPT_IGNORE], &ret->ignore,
				    &ret->filter.ignore);
	if (!status)
		status = read_regex(values[OPT_MATCH], &ret->match,
				    &ret->style.match);
	if (values[OPT_PAGE]) {
		mp_glob_init(&ret->page, values[OPT_PAGE]);
		ret->filter.page = &ret->page;
	}
	ret->filter.keep_runtime = values[OPT_RUNTIME] != NULL;
	return status;
}

static int read_words(const char *const *values, struct choice *ret)
{
	int by, sort;

	ret->format = mp_view_format_find(values[OPT_FORMAT]);
	if (!ret->format)
		return mp_options_wrong(&usage, "no format: `%s`",
					values[OPT_FORMAT]);
	ret->by = ret->format->by;
	if (values[OPT_BY]) {
		by = find_name(mp_group_names, MP_GROUPS, values[OPT_BY]);
		if (by < 0)
			return mp_options_wrong(
				&usage,
				"--by: no function, line or object: "
				"`%s`",
				values[OPT_BY]);
		ret->by = (enum mp_group_by)by;
	}
	sort = find_name(mp_view_sorts, MP_VIEW_SORTS, values[OPT_SORT]);
	if (sort < 0)
		return mp_options_wrong(&usage, "no column: `%s`",
					values[OPT_SORT]);
	ret->style.sort = (enum mp_view_sort)sort;
	return 0;
}

static int read_count(const char *value, size_t *ret)
{
	uint64_t count;

	if (!value)
		return 0;
	if (mp_amount_count(value, COUNT_MAX, &count) || count == 0)
		return mp_options_wrong(&usage, "--count: no number: `%s`",
					value);
	*ret = (size_t)count;
	return 0;
}

static int read_choice(const char *const *values, struct choice *ret)
{
	int status = read_words(values, ret);

	if (!status)
		status = read_count(values[OPT_COUNT], &ret->style.count);
	if (!status)
		status = read_patterns(values, ret);
	ret->diff = values[OPT_DIFF] != NULL;
	ret->output = values[OPT_OUTPUT];
	if (!ret->output) {
		ret->style.colour = mp_terminal_has_colour();
		ret->style.width = mp_terminal_width();
	}
	return status;
}

static void release(struct choice *choice)
{
	if (choice->filter.focus)
		regfree(&choice->focus);
	if (choice->filter.ignore)
		regfree(&choice->ignore);
	if (choice->style.match)
		regfree(&choice->match);
}

/* ---- what is shown ------------------------------------------------------- */

/* All that the user asked for, loaded, filtered and grouped. */
static int prepare(const struct choice *choice, char **paths, int count,
		   struct mp_calls *ret)
{
	struct mp_calls all, some;
	int err = mp_viewload(paths, count, &all);

	if (err) {
		mp_calls_release(&all);
		mp_calls_init(ret);
		return err;
	}
	err = mp_calls_filter(&all, &choice->filter, &some);
	if (some.stack_count == 0 && all.stack_count > 0)
		mp_cmd_say("nothing matches");
	mp_calls_release(&all);
	if (err)
		mp_calls_init(ret);
	else
		err = mp_calls_group(&some, choice->by, ret);
	mp_calls_release(&some);
	if (err)
		mp_cmd_say("%s", strerror(-err));
	return err;
}

/* Write one profile, or what changed. */
static int write_to(const struct choice *choice, const struct mp_calls *c,
		    const struct mp_calldiff *diff)
{
	const struct mp_view_format *format = choice->format;
	struct mp_outfile out;
	int err = mp_outfile_open(&out, choice->output);
	int closed;

	if (err)
		return err;
	if (diff)
		err = format->diff(out.file, diff, &choice->style);
	else if (format->show)
		err = format->show(out.file, c, &choice->style);
	else
		err = format->write(out.file, c);
	if (err)
		mp_cmd_say("%s: %s", format->name, strerror(-err));
	closed = mp_outfile_close(&out, !err);
	return err ? err : closed;
}

static int view(const struct choice *choice, char **paths, int count)
{
	struct mp_calls calls;
	int err = prepare(choice, paths, count, &calls);

	if (!err)
		err = write_to(choice, &calls, NULL);
	mp_calls_release(&calls);
	return err;
}

static int compare(const struct choice *choice, const struct mp_calls *before,
		   const struct mp_calls *after)
{
	struct mp_calldiff diff;
	int err;

	if (before->head.wall != after->head.wall) {
		mp_cmd_say("one profile is of CPU time, the other of wall "
			   "time");
		return -EINVAL;
	}
	err = mp_calldiff_build(before, after, &diff);
	if (err)
		mp_cmd_say("%s", strerror(-err));
	else
		err = write_to(choice, NULL, &diff);
	mp_calldiff_release(&diff);
	return err;
}

static int view_diff(const struct choice *choice, char **paths)
{
	struct mp_calls before, after;
	int err = prepare(choice, paths, 1, &before);

	if (!err) {
		err = prepare(choice, paths + 1, 1, &after);
		if (!err)
			err = compare(choice, &before, &after);
		mp_calls_release(&after);
	}
	mp_calls_release(&before);
	return err;
}

/* Whether as many files are named as are needed, and the format can do it. */
static int check_operands(const struct choice *choice, int count)
{
	const struct mp_view_format *format = choice->format;

	if (count == 0)
		return mp_options_wrong(&usage, "name a profile, or - for "
						"stdin");
	if (choice->diff && count != 2)
		return mp_options_wrong(&usage, "--diff takes two profiles");
	if (choice->diff && !format->diff)
		return mp_options_wrong(&usage,
					"%s can't show a --diff: "
					"tree, top, folded, json, "
					"flamegraph, icicle, sunburst "
					"and html can",
					format->name);
	if (format->binary && !choice->output && isatty(STDOUT_FILENO))
		return mp_options_wrong(&usage,
					"%s is nothing to read: name "
					"a file, by -o",
					format->name);
	return 0;
}

int mp_cmd_view(int argc, char **argv)
{
	const char *values[OPTIONS] = {
		[OPT_FORMAT] = "tree", [OPT_SORT] = "self"
	};
	struct choice choice = { 0 };
	int status = 0;
	int first = mp_options_read(&usage, argc, argv, values, &status);

	if (!first)
		return status;
	status = read_choice(values, &choice);
	if (!status)
		status = check_operands(&choice, argc - first);
	if (!status &&
	    (choice.diff ? view_diff(&choice, argv + first)
			 : view(&choice, argv + first, argc - first)))
		status = MP_EXIT_ERROR;
	release(&choice);
	return status;
}
