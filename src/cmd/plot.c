/* plot: draws the memory of processes and what pages kept, by gnuplot. */

#include "cmd/cmd.h"
#include "cmd/draw.h"
#include "cmd/input.h"
#include "cmd/terminal.h"
#include "report/gnuplot.h"
#include "report/scan.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { OPT_OUTPUT, OPT_PLOT, OPT_SCRIPT, OPT_TERMINAL, OPTIONS };

static const struct mp_option options[OPTIONS] = {
	[OPT_OUTPUT] = { "output", 'o', "FILE",
			 "the picture: FILE ends in .svg, .png or .pdf" },
	[OPT_PLOT] = { "plot", 'p', "PLOT,...",
		       "which: memory,retained,pages; or all" },
	[OPT_SCRIPT] = { "script", 's', NULL,
			 "print the gnuplot script instead of running it" },
	[OPT_TERMINAL] = { "terminal", 't', NULL,
			   "draw with letters, on stdout" },
};

static const struct mp_usage usage = {
	.name = "plot",
	.operands = "[LOG...]",
	.help = "Draw what the logs tell, by gnuplot(1).  Without a LOG, or "
		"for "
		"-, stdin is read.\n"
		"The plots, one below the other:\n\n"
		"  memory    RSS of the processes over time; starts, stops and "
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

static int add(void *plots, const struct mp_record *r, enum mp_record_form form)
{
	return mp_plots_add(plots, r, form);
}

/* Each thread adds up other pages. */
static int read_all(struct mp_input *in, struct mp_plots *ret)
{
	unsigned count = mp_scan_threads();
	struct mp_plots *plots = calloc(count, sizeof(*plots));
	void *lanes[MP_SCAN_THREADS];
	int err;

	if (!plots)
		return -ENOMEM;
	for (unsigned i = 0; i < count; i++) {
		mp_plots_init(&plots[i]);
		lanes[i] = &plots[i];
	}
	err = mp_input_scan(in, &(struct mp_input_sink){
					.lanes = lanes,
					.count = count,
					.add = add,
				});
	for (unsigned i = 0; i < count; i++) {
		if (!err)
			err = mp_plots_merge(ret, &plots[i]);
		mp_plots_release(&plots[i]);
	}
	free(plots);
	return err;
}

/* ---- the command ---- */

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

static int read_choice(const char *const *values, struct choice *ret)
{
	const char *plots = values[OPT_PLOT];

	ret->page = mp_plots_default;
	if (plots && mp_plots_read(plots, &ret->page))
		return mp_options_wrong(&usage, "no names of plots: `%s`",
					plots);
	return read_where(values, ret);
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
	const char *values[OPTIONS] = { NULL };
	struct mp_plots *plots;
	struct choice choice;
	struct mp_input in;
	int status = 0, failed;
	int first = mp_options_read(&usage, argc, argv, values, &status);

	if (!first)
		return status;
	status = read_choice(values, &choice);
	if (status)
		return status;
	status = mp_input_begin(&in, &usage, argv + first);
	if (status)
		return status;

	plots = malloc(sizeof(*plots));
	failed = -ENOMEM;
	if (plots) {
		mp_plots_init(plots);
		failed = read_all(&in, plots);
	}
	if (failed)
		mp_cmd_say("too many pages for the memory there is");
	else
		failed = show(&choice, plots);
	status = mp_input_finish(&in);
	if (plots)
		mp_plots_release(plots);
	free(plots);
	return failed ? MP_EXIT_ERROR : status;
}
