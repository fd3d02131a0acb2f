/* diff: compares the memory of requests before and after a change. */

#include "cmd/amount.h"
#include "cmd/cmd.h"
#include "cmd/input.h"
#include "cmd/terminal.h"
#include "report/difftable.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum { OPT_ALL, OPT_FAIL_OVER, OPT_ON, OPT_WARM_UP, OPT_WIDTH, OPTIONS };

static const struct mp_option options[OPTIONS] = {
	[OPT_ALL] = { "all", 'a', NULL, "show what did not change, too" },
	[OPT_FAIL_OVER] = { "fail-over", 'f', "LIMIT",
			    "list what grew by more than 10% or 64K, exit 1" },
	[OPT_ON] = { "on", 'o', "NUMBERS",
		     "for which (retained,allocated,peak), of these and "
		     "duration" },
	[OPT_WARM_UP] = { "warm-up", 'u', "COUNT",
			  "leave out the first COUNT requests of each page" },
	[OPT_WIDTH] = { "width", 'w', "COLUMNS",
			"fit the table into COLUMNS; 0: show all of it" },
};

static const struct mp_usage usage = {
	.name = "diff",
	.operands = "OLD NEW",
	.help = "Compare two logs by page: what a request retains, allocates, "
		"holds at most, and\n"
		"how long it takes, before and after a change.  What chance "
		"may have done is left\n"
		"out.  With --fail-over, be a gate: exit 1 where a page grew "
		"too much.\n",
	.options = options,
	.option_count = OPTIONS,
};

struct choice {
	bool all;
	bool limited;
	struct mp_limit limit;
	uint64_t warm_up;
	struct mp_show_style style;
};

/* ---- options ---- */

/* Mark the measures that a list names; false where one is none. */
static bool read_measures(const char *list, bool *ret)
{
	for (;;) {
		size_t len = strcspn(list, ",");
		unsigned m = 0;

		while (m < MP_MEASURES &&
		       (strlen(mp_measure_name((enum mp_measure)m)) != len ||
			memcmp(mp_measure_name((enum mp_measure)m), list,
			       len) != 0))
			m++;
		if (m == MP_MEASURES)
			return false;
		ret[m] = true;
		if (!list[len])
			return true;
		list += len + 1;
	}
}

static int read_limit(const char *text, const char *on, struct mp_limit *ret)
{
	uint64_t bytes;

	if (!mp_amount_percent(text, &ret->value))
		ret->percent = true;
	else if (!mp_amount_bytes(text, &bytes))
		ret->value = (double)bytes;
	else
		return mp_options_refuse(&usage, OPT_FAIL_OVER, text);
	if (!read_measures(on ? on : "retained,allocated,peak", ret->measures))
		return mp_options_refuse(&usage, OPT_ON, on);
	if (!ret->percent && ret->measures[MP_MEASURE_DURATION])
		return mp_options_wrong(&usage,
					"a duration has no bytes: --fail-over "
					"takes percent, not `%s`",
					text);
	return 0;
}

static int read_choice(const char *const *values, struct choice *ret)
{
	uint64_t width;

	*ret = (struct choice){
		.all = values[OPT_ALL],
		.limited = values[OPT_FAIL_OVER],
		.style = { mp_terminal_width(), mp_terminal_has_colour() },
	};
	if (values[OPT_WARM_UP] &&
	    mp_amount_count(values[OPT_WARM_UP], INT64_MAX, &ret->warm_up))
		return mp_options_refuse(&usage, OPT_WARM_UP,
					 values[OPT_WARM_UP]);
	if (values[OPT_WIDTH]) {
		if (mp_amount_count(values[OPT_WIDTH], 10000, &width))
			return mp_options_refuse(&usage, OPT_WIDTH,
						 values[OPT_WIDTH]);
		ret->style.width = width;
	}
	if (values[OPT_ON] && !ret->limited)
		return mp_options_wrong(&usage, "--on is for --fail-over");
	return ret->limited ? read_limit(values[OPT_FAIL_OVER], values[OPT_ON],
					 &ret->limit)
			    : 0;
}

/* ---- the logs ---- */

static int read_side(struct mp_diff *d, enum mp_side side, char *path)
{
	char *paths[] = { path, NULL };
	struct mp_input in;
	struct mp_line line;
	int status = mp_input_begin(&in, &usage, paths);

	if (status)
		return status;
	while (mp_input_next(&in, &line)) {
		if (line.kind == MP_LINE_FAULT)
			mp_input_complain(&in, &line);
		if (line.kind == MP_LINE_RECORD &&
		    mp_diff_add(d, side, &line.record, line.form)) {
			mp_cmd_say("%s: too many pages for the memory there is",
				   in.name);
			in.failed = true;
			break;
		}
	}
	return mp_input_finish(&in);
}

/* A gate that could judge nothing must not stand open. */
static int judge(const struct mp_diff *d, const struct mp_limit *limit)
{
	uint64_t judged = 0, few = 0;
	size_t over;

	for (size_t i = 0; i < d->count; i++)
		for (unsigned m = 0; m < MP_MEASURES; m++) {
			enum mp_certainty c = d->pages[i]->changes[m].certainty;

			if (!limit->measures[m])
				continue;
			judged += c > MP_CERTAINTY_FEW;
			few += c == MP_CERTAINTY_FEW;
		}
	over = mp_difftable_print_over(d, stdout);
	mp_cmd_say("%" PRIu64 " numbers of pages judged, %zu over the limit",
		   judged, over);
	if (few > 0)
		mp_cmd_say("%" PRIu64 " not judged: they vary, and there are "
			   "too few requests",
			   few);
	if (judged == 0) {
		mp_cmd_say("nothing to judge: the logs have no such numbers of "
			   "the same page");
		return MP_EXIT_ERROR;
	}
	return over > 0 ? MP_EXIT_FOUND : MP_EXIT_OK;
}

static int tell(struct mp_diff *d, const struct choice *choice)
{
	if (mp_diff_judge(d, choice->limited ? &choice->limit : NULL)) {
		mp_cmd_say("diff: not enough memory");
		return MP_EXIT_ERROR;
	}
	if (choice->limited)
		return judge(d, &choice->limit);
	mp_difftable_print(d, choice->all, &choice->style, stdout);
	return MP_EXIT_OK;
}

int mp_cmd_diff(int argc, char **argv)
{
	const char *values[OPTIONS] = { NULL };
	struct choice choice;
	struct mp_diff d;
	int status = 0;
	int first = mp_options_read(&usage, argc, argv, values, &status);

	if (!first)
		return status;
	status = read_choice(values, &choice);
	if (status)
		return status;
	if (argc - first != 2)
		return mp_options_wrong(&usage, "name two logs");

	mp_diff_init(&d, choice.warm_up);
	for (unsigned side = 0; side < MP_SIDES; side++) {
		int err = read_side(&d, (enum mp_side)side,
				    argv[first + (int)side]);

		status = err ? err : status;
	}
	if (!status)
		status = tell(&d, &choice);
	mp_diff_release(&d);
	return status;
}
