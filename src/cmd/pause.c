/* pause, resume, reopen: steer running servers, all their processes at once. */

#include "cmd/cmd.h"
#include "cmd/running.h"
#include "live/statustext.h"
#include "live/steer.h"

#include <stdio.h>
#include <string.h>

enum { OPT_RUN_DIR, OPTIONS };

static const struct mp_option options[OPTIONS] = {
	[OPT_RUN_DIR] = MP_RUNNING_OPTION,
};

struct order {
	int (*give)(const struct mp_live *live);
	const char *done;    /* as in `3 processes paused` */
	const char *already; /* where it was so */
};

static void print_server(const char *pattern, size_t done, size_t already,
			 const struct order *order)
{
	mp_statustext_print_path(pattern, stdout);
	printf(": %zu process%s %s", done, done == 1 ? "" : "es", order->done);
	if (already > 0)
		printf(", %zu %s", already, order->already);
	putchar('\n');
}

/* Steer one server.  Returns the exit status. */
static int steer(const struct mp_live *first, size_t processes,
		 const struct order *order)
{
	size_t done = 0, already = 0, alive = 0;
	int status = MP_EXIT_OK;

	for (size_t i = 0; i < processes; i++) {
		int n;

		if (!first[i].alive)
			continue;
		alive++;
		n = order->give(&first[i]);
		done += n > 0;
		already += n == 0;
		if (n < 0) {
			mp_cmd_say("process %d: %s", (int)first[i].shot.pid,
				   strerror(-n));
			status = MP_EXIT_ERROR;
		}
	}
	if (alive == 0) {
		mp_cmd_say("process %d is not running: `memprof recover` puts "
			   "into the log what it did",
			   (int)first->shot.pid);
		return MP_EXIT_ERROR;
	}
	print_server(first->shot.log_pattern, done, already, order);
	return status;
}

/* Steer all servers that run, or that were named. */
static int steer_all(const struct mp_live_list *list, bool named,
		     const struct order *order)
{
	int status = MP_EXIT_OK;
	size_t end;

	for (size_t i = 0; i < list->count; i = end) {
		const struct mp_live *first = &list->items[i];

		end = mp_live_server_end(list, i);
		if ((named || mp_running_is(first, end - i)) &&
		    steer(first, end - i, order))
			status = MP_EXIT_ERROR;
	}
	return status;
}

static int run(const struct mp_usage *usage, const struct order *order,
	       int argc, char **argv)
{
	const char *values[OPTIONS] = { NULL };
	struct mp_live_list list;
	int status = 0;
	int first = mp_options_read(usage, argc, argv, values, &status);
	const char *run_dir = mp_running_dir(values[OPT_RUN_DIR]);
	size_t running;

	if (!first)
		return status;
	status = mp_running_find(run_dir, argv + first, true, &list);
	if (status)
		return status;
	running = mp_running_servers(&list);
	if (list.count == 0)
		status = mp_running_none(&list, run_dir);
	else if (first == argc && running != 1)
		status = mp_options_wrong(
			usage, "%zu servers run: name one by its log or a pid",
			running);
	else
		status = steer_all(&list, first < argc, order);
	mp_live_release(&list);
	return status;
}

int mp_cmd_pause(int argc, char **argv)
{
	static const struct mp_usage usage = {
		.name = "pause",
		.operands = "[PID|LOG...]",
		.help = "Do not measure the requests that begin from now on, "
			"until `memprof resume`.\n"
			"A LOG means all processes that write it, and those "
			"that they fork.\n"
			"An operand may be left out where one server runs.\n",
		.options = options,
		.option_count = OPTIONS,
	};
	static const struct order order = { mp_steer_pause, "paused",
					    "paused already" };

	return run(&usage, &order, argc, argv);
}

int mp_cmd_resume(int argc, char **argv)
{
	static const struct mp_usage usage = {
		.name = "resume",
		.operands = "[PID|LOG...]",
		.help = "Measure requests again, after `memprof pause` or "
			"profiling_start_paused.\n"
			"A LOG means all processes that write it.\n"
			"An operand may be left out where one server runs.\n",
		.options = options,
		.option_count = OPTIONS,
	};
	static const struct order order = { mp_steer_resume, "resumed",
					    "not paused" };

	return run(&usage, &order, argc, argv);
}

int mp_cmd_reopen(int argc, char **argv)
{
	static const struct mp_usage usage = {
		.name = "reopen",
		.operands = "[PID|LOG...]",
		.help = "Let servers open their log anew, as after rotation; "
			"each does it within a\n"
			"second of traffic.\n"
			"A LOG means all processes that write it.\n"
			"An operand may be left out where one server runs.\n",
		.options = options,
		.option_count = OPTIONS,
	};
	static const struct order order = { mp_steer_reopen, "told to reopen",
					    "" };

	return run(&usage, &order, argc, argv);
}
