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

static int write_to(const struct choice *choice, const struct mp_calls *c)
{
	const struct mp_view_format *format = choice->format;
	struct mp_outfile out;
	int err = mp_outfile_open(&out, choice->output);
	int closed;

	if (err)
		return err;
	err = format->show ? format->show(out.file, c, &choice->style)
			   : format->write(out.file, c);
	if (err)
		mp_cmd_say("%s: %s", format->name, strerror(-err));
	closed = mp_outfile_close(&out, !err);
	return err ? err : closed;
}

/* Filtered and grouped, each a copy of what was before. */
static int show(const struct choice *choice, const struct mp_calls *all)
{
	struct mp_calls some, grouped;
	int err = mp_calls_filter(all, &choice->filter, &some);

	if (err)
		goto release_some;
	if (some.stack_count == 0 && all->stack_count > 0)
		mp_cmd_say("nothing matches");
	err = mp_calls_group(&some, choice->by, &grouped);
	if (!err)
		err = write_to(choice, &grouped);
	mp_calls_release(&grouped);
release_some:
	mp_calls_release(&some);
	return err;
}

static int view(const struct choice *choice, char **paths, int count)
{
	struct mp_calls calls;
	int err = mp_viewload(paths, count, &calls);

	if (!err)
		err = show(choice, &calls);
	mp_calls_release(&calls);
	return err ? MP_EXIT_ERROR : MP_EXIT_OK;
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
	if (!status && first == argc)
		status = mp_options_wrong(&usage, "name a profile, or - for "
						  "stdin");
	if (!status && choice.format->binary && !choice.output &&
	    isatty(STDOUT_FILENO))
		status = mp_options_wrong(&usage,
					  "%s is nothing to read: name "
					  "a file, by -o",
					  choice.format->name);
	if (!status)
		status = view(&choice, argv + first, argc - first);
	release(&choice);
	return status;
}
