/* plot: draws the memory of processes and what pages kept, by gnuplot. */

#include "cmd/cmd.h"
#include "cmd/draw.h"
#include "cmd/input.h"
#include "cmd/terminal.h"
#include "cmd/viewoptions.h"
#include "report/gnuplot.h"
#include "report/scan.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum {
	OPT_COLLAPSE,
	OPT_OUTPUT,
	OPT_PAGE,
	OPT_PLOT,
	OPT_SCRIPT,
	OPT_SINCE,
	OPT_TERMINAL,
	OPT_UNTIL,
	OPTIONS
};

static const struct mp_option options[OPTIONS] = {
	[OPT_COLLAPSE] = { "collapse", 'c', "GLOB",
			   "count pages that match as one, as `/user/*`" },
	[OPT_OUTPUT] = { "output", 'o', "FILE",
			 "the picture: FILE ends in .svg, .png or .pdf" },
	[OPT_PAGE] = { "page", 'p', "GLOB",
		       "count only pages that match, as `Root:*`" },
	[OPT_PLOT] = { "plot", 0, "PLOT,...",
		       "which: memory,retained,pages; or all" },
	[OPT_SCRIPT] = { "script", 's', NULL,
			 "print the gnuplot script instead of running it" },
	[OPT_SINCE] = { "since", 0, "TIME",
			"from 2026-11-21T01:02 on, or from 30m ago" },
	[OPT_TERMINAL] = { "terminal", 't', NULL,
			   "draw with letters, on stdout" },
	[OPT_UNTIL] = { "until", 0, "TIME", "what began before that" },
};

static const struct mp_usage usage = {
	.name = "plot",
	.operands = "[LOG...]",
	.help = "Draw what the logs tell, by gnuplot(1).  Without a LOG, or "
		"for "
		"-, stdin is read.\n"
		"The plots, one below the other:\n\n"
		"  memory    RSS of the processes over time; starts, stops, "
		"oops ids\n"
		"  vss       their address space over time\n"
		"  heap      jemalloc's allocated, active and resident over "
		"time\n"
		"  retained  what the pages kept, added up over time\n"
		"  pages     what each page kept in all, and by request\n"
		"  deltas    how many requests kept how much\n"
		"  duration  how long requests took, and how much memory\n",
	.options = options,
	.option_count = OPTIONS,
};

static int find_picture(const char *file, enum mp_picture *ret)
{
	static const char *const ends[] = {
		[MP_PICTURE_SVG] = ".svg",
		[MP_PICTURE_PNG] = ".png",
		[MP_PICTURE_PDF] = ".pdf",
	};
	size_t len = strlen(file);

	for (size_t i = 0; i < sizeof(ends) / sizeof(*ends); i++)
		if (len > 4 && !strcmp(file + len - 4, ends[i])) {
			*ret = (enum mp_picture)i;
			return 0;
		}
	return -EINVAL;
}

/* ---- reading ---- */

struct lane {
	struct mp_plots plots;
	const struct mp_view *view;
};

static int add(void *lane, const struct mp_record *r, enum mp_record_form form)
{
	struct lane *l = lane;

	return mp_view_draws(l->view, r, form)
		       ? mp_plots_add(&l->plots, r, form)
		       : 0;
}

/* Each thread adds up other pages. */
static int read_all(struct mp_input *in, const struct mp_view *view,
		    struct mp_plots *ret)
{
	unsigned count = mp_scan_threads();
	struct lane *parts = calloc(count, sizeof(*parts));
	void *lanes[MP_SCAN_THREADS];
	int err;

	if (!parts)
		return -ENOMEM;
	for (unsigned i = 0; i < count; i++) {
		mp_plots_init(&parts[i].plots);
		parts[i].view = view;
		lanes[i] = &parts[i];
	}
	err = mp_input_scan(in, &(struct mp_input_sink){
					.lanes = lanes,
					.count = count,
					.view = view,
					.add = add,
				});
	for (unsigned i = 0; i < count; i++) {
		if (!err)
			err = mp_plots_merge(ret, &parts[i].plots);
		mp_plots_release(&parts[i].plots);
	}
	free(parts);
	return err;
}

/* ---- the command ---- */

struct given {
	const char *values[OPTIONS];
	struct mp_view view;
};

static int take(void *given, size_t option, const char *value)
{
	struct given *g = given;

	g->values[option] = value;
	switch (option) {
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

struct choice {
	struct mp_picture_style style;
	struct mp_page_plots page;
	const char *output; /* null: stdout */
	bool script;
};

static int read_where(const char *const *values, struct choice *ret)
{
	const char *output = values[OPT_OUTPUT];

	ret->output = output;
	ret->script = values[OPT_SCRIPT];
	ret->style = (struct mp_picture_style){ .picture = MP_PICTURE_SVG };
	if (output && find_picture(output, &ret->style.picture))
		return mp_options_wrong(
			&usage, "`%s` ends in none of .svg, .png and .pdf",
			output);
	if (values[OPT_TERMINAL] && output)
		return mp_options_wrong(&usage,
					"--terminal draws on stdout, not in "
					"`%s`",
					output);
	if (values[OPT_TERMINAL])
		ret->style = (struct mp_picture_style){
			.picture = MP_PICTURE_TEXT,
			.columns = (unsigned)mp_terminal_width(),
			.colour = mp_terminal_has_colour(),
		};
	else if (!output && !ret->script)
		return mp_options_wrong(
			&usage, "say where to: -o FILE.svg, or --terminal");
	return 0;
}

static int read_choice(const struct given *given, struct choice *ret)
{
	const char *plots = given->values[OPT_PLOT];

	ret->page = mp_plots_default;
	if (plots && mp_plots_read(plots, &ret->page))
		return mp_options_wrong(&usage, "no names of plots: `%s`",
					plots);
	if (given->view.since_us >= given->view.until_us)
		return mp_options_wrong(
			&usage, "nothing is both since %s and until %s",
			given->values[OPT_SINCE], given->values[OPT_UNTIL]);
	return read_where(given->values, ret);
}

static int show(const struct choice *choice, struct mp_plots *plots)
{
	FILE *script;
	int err;

	if (choice->script) {
		mp_gnuplot_write(stdout, &choice->style, &choice->page,
				 choice->output, plots);
		return 0;
	}
	err = mp_draw_open(&script);
	if (err)
		return err;
	mp_gnuplot_write(script, &choice->style, &choice->page, NULL, plots);
	return mp_draw_close(script, choice->output);
}

int mp_cmd_plot(int argc, char **argv)
{
	struct given given = { .view = mp_view_all };
	struct mp_plots *plots;
	struct choice choice;
	struct mp_input in;
	int status = 0, failed;
	int first = mp_options_each(&usage, argc, argv, take, &given, &status);

	if (!first)
		return status;
	status = read_choice(&given, &choice);
	if (status)
		return status;
	status = mp_input_begin(&in, &usage, argv + first);
	if (status)
		return status;

	plots = malloc(sizeof(*plots));
	failed = -ENOMEM;
	if (plots) {
		mp_plots_init(plots);
		failed = read_all(&in, &given.view, plots);
	}
	if (failed)
		mp_cmd_say("too many pages for the memory there is");
	else if (!choice.output || !mp_input_is_lost(&in))
		failed = show(&choice, plots);
	status = mp_input_finish(&in);
	if (plots)
		mp_plots_release(plots);
	free(plots);
	return failed ? MP_EXIT_ERROR : status;
}
