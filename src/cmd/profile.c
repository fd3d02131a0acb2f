/* profile: lets running servers profile some of their next requests. */

#include "cmd/amount.h"
#include "cmd/cmd.h"
#include "cmd/running.h"
#include "cmd/stop.h"
#include "core/clock.h"
#include "core/recorders.h"
#include "live/steer.h"

#include <errno.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NAP_MS 20 /* between looks at what is there */

enum {
	OPT_PAGE,
	OPT_NEXT,
	OPT_EVERY,
	OPT_INTERVAL,
	OPT_WALL,
	OPT_WAIT,
	OPT_STOP,
	OPT_RUN_DIR,
	OPTIONS
};

static const struct mp_option options[OPTIONS] = {
	[OPT_PAGE] = { "page", 'p', "GLOB", "pages that match, as `Root:*`" },
	[OPT_NEXT] = { "next", 'n', "COUNT",
		       "so many requests of each process (1)" },
	[OPT_EVERY] = { "every", 'e', "N", "of so many that match, one (1)" },
	[OPT_INTERVAL] = { "interval", 'i', "SECONDS",
			   "between samples (as configured)" },
	[OPT_WALL] = { "wall", 0, NULL,
		       "by the wall clock, with where it waits" },
	[OPT_WAIT] = { "wait", 'w', NULL,
		       "until the profiles are there, and print their paths" },
	[OPT_STOP] = { "stop", 0, NULL, "take back what was ordered before" },
	[OPT_RUN_DIR] = MP_RUNNING_OPTION,
};

static const struct mp_usage usage = {
	.name = "profile",
	.operands = "[PID|LOG...]",
	.help = "Let a running server profile the requests that begin next; "
		"`memprof view` reads\n"
		"the files.  Its configuration must have "
		"`profiling_allowed: true` and a\n"
		"`profile_dir`.\n"
		"A LOG means all processes that write it.\n"
		"An operand may be left out where one server runs.\n",
	.options = options,
	.option_count = OPTIONS,
};

/* ---- the order ---- */

static int read_wish(const char *values[OPTIONS], struct mp_recorder_wish *ret)
{
	const char *page = values[OPT_PAGE] ? values[OPT_PAGE] : "*";
	uint64_t next = 1, every = 1;
	double interval = 0;

	if (!*page || strlen(page) >= sizeof(ret->page))
		return mp_options_wrong(&usage, "--page: 1 to %zu bytes",
					sizeof(ret->page) - 1);
	if (values[OPT_NEXT] &&
	    (mp_amount_count(values[OPT_NEXT], 1000000, &next) || next == 0))
		return mp_options_wrong(&usage, "--next: 1 to 1000000, not %s",
					values[OPT_NEXT]);
	if (values[OPT_EVERY] &&
	    (mp_amount_count(values[OPT_EVERY], 1000000000, &every) ||
	     every == 0))
		return mp_options_wrong(&usage,
					"--every: 1 to 1000000000, not %s",
					values[OPT_EVERY]);
	if (values[OPT_INTERVAL] &&
	    (mp_amount_seconds(values[OPT_INTERVAL], 1, &interval) ||
	     interval < 0.0001))
		return mp_options_wrong(&usage,
					"--interval: 0.0001 to 1, not %s",
					values[OPT_INTERVAL]);
	*ret = (struct mp_recorder_wish){
		.next = (uint32_t)next,
		.every = (uint32_t)every,
		.wall = values[OPT_WALL] != NULL,
		.interval_ns = llround(interval * 1e9),
	};
	strcpy(ret->page, page);
	return 0;
}

/* ---- who gets it ---- */

/* One process that an order was given to. */
struct given {
	const struct mp_live *live;
	uint32_t serial;
	uint32_t told; /* files */
	bool over;
};

static void tell_error(const struct mp_live *live, int err)
{
	if (err == -EPERM)
		mp_cmd_say("process %d makes no profiles: its configuration "
			   "needs `profiling_allowed: true` and `profile_dir`",
			   (int)live->shot.pid);
	else
		mp_cmd_say("process %d: %s", (int)live->shot.pid,
			   strerror(-err));
}

/* Returns how many took it; `*ret_status` becomes an error where one did
   not. */
static size_t give(const struct mp_live_list *list,
		   const struct mp_recorder_wish *wish, struct given *ret,
		   int *ret_status)
{
	size_t count = 0;

	for (size_t i = 0; i < list->count; i++) {
		const struct mp_live *live = &list->items[i];
		struct given g = { .live = live };
		int n;

		if (!live->alive)
			continue;
		n = mp_steer_profile(live, wish, &g.serial);
		if (n > 0) {
			ret[count++] = g;
			continue;
		}
		tell_error(live, n);
		*ret_status = MP_EXIT_ERROR;
	}
	return count;
}

static int stop_all(const struct mp_live_list *list)
{
	const struct mp_recorder_wish none = { .next = 0 };
	int status = MP_EXIT_OK;

	for (size_t i = 0; i < list->count; i++) {
		uint32_t serial;
		int n;

		if (!list->items[i].alive)
			continue;
		n = mp_steer_profile(&list->items[i], &none, &serial);
		if (n > 0)
			n = mp_steer_profile_no_more(&list->items[i], serial);
		if (n < 0 && n != -EPERM) {
			tell_error(&list->items[i], n);
			status = MP_EXIT_ERROR;
		}
	}
	return status;
}

static void say_ordered(size_t processes, const struct mp_recorder_wish *wish)
{
	mp_cmd_say("%zu process%s will profile %s%u request%s of %s", processes,
		   processes == 1 ? "" : "es", processes == 1 ? "" : "each ",
		   wish->next, wish->next == 1 ? "" : "s", wish->page);
}

/* ---- waiting ---- */

static bool is_alive(const struct mp_live *live)
{
	int32_t holder;

	return mp_recorders_is_alive(live->fd, live->shot.pid,
				     live->shot.start_ticks, &holder);
}

static void print_files(struct given *g, uint32_t written)
{
	char path[PATH_MAX];

	for (; g->told < written; g->told++) {
		if (mp_steer_file(g->live, g->serial, g->told, path) > 0)
			puts(path);
		else
			mp_cmd_say("process %d: one file's name was not "
				   "kept; it is in the same folder",
				   (int)g->live->shot.pid);
	}
	fflush(stdout);
}

/* Whether all is there that will be. */
static bool look(struct given *g, uint32_t next)
{
	bool alive = is_alive(g->live);
	struct mp_steer_profiled p;
	int err = mp_steer_look(g->live, g->serial, &p);
	int pid = (int)g->live->shot.pid;

	if (err) {
		tell_error(g->live, err);
		return true;
	}
	print_files(g, p.written);
	if (p.written + p.failed >= next) {
		if (p.failed > 0)
			mp_cmd_say("process %d: %u of %u profiles failed: "
				   "`memprof status` tells why",
				   pid, p.failed, next);
	} else if (!alive) {
		mp_cmd_say("process %d ended after %u of %u profiles", pid,
			   p.written, next);
	} else if (p.overtaken && p.written + p.failed >= p.taken) {
		/* What it has taken may still come until then. */
		mp_cmd_say("process %d: another order took its place, or took "
			   "it back, after %u of %u profiles",
			   pid, p.written, next);
	} else {
		return false;
	}
	return true;
}

static int wait_for(struct given *given, size_t count, uint32_t next)
{
	size_t left = count, files = 0;

	do {
		for (size_t i = 0; i < count; i++)
			if (!given[i].over && look(&given[i], next)) {
				given[i].over = true;
				left--;
			}
	} while (left > 0 && mp_stop_wait(-1, NAP_MS));
	for (size_t i = 0; i < count; i++) {
		mp_steer_profile_no_more(given[i].live, given[i].serial);
		files += given[i].told;
	}
	return files == count * next ? MP_EXIT_OK : MP_EXIT_FOUND;
}

static int order(const struct mp_live_list *list,
		 const struct mp_recorder_wish *wish, bool wait)
{
	struct given *given = calloc(list->count, sizeof(*given));
	int status = MP_EXIT_OK, waited;
	size_t count;

	if (!given) {
		mp_cmd_say("%s", strerror(ENOMEM));
		return MP_EXIT_ERROR;
	}
	/* Whatever ends us while we wait, the order is taken back. */
	if (wait) {
		mp_stop_listen();
		signal(SIGPIPE, SIG_IGN);
	}
	count = give(list, wish, given, &status);
	if (count > 0)
		say_ordered(count, wish);
	else if (status == MP_EXIT_OK) {
		mp_cmd_say("process %d is not running",
			   (int)list->items[0].shot.pid);
		status = MP_EXIT_ERROR;
	}
	if (count > 0 && wait) {
		waited = wait_for(given, count, wish->next);
		status = status ? status : waited;
	}
	free(given);
	return status;
}

int mp_cmd_profile(int argc, char **argv)
{
	const char *values[OPTIONS] = { NULL };
	struct mp_recorder_wish wish;
	struct mp_live_list list;
	int status = 0;
	int first = mp_options_read(&usage, argc, argv, values, &status);
	const char *run_dir = mp_running_dir(values[OPT_RUN_DIR]);

	if (!first)
		return status;
	status = read_wish(values, &wish);
	if (status)
		return status;
	status = mp_running_find(run_dir, argv + first, true, &list);
	if (status)
		return status;
	if (list.count == 0)
		status = mp_running_none(&list, run_dir);
	else if (first == argc && mp_running_servers(&list) > 1)
		status = mp_options_wrong(
			&usage, "several servers run: name one by its log or "
				"a pid");
	else if (values[OPT_STOP])
		status = stop_all(&list);
	else
		status = order(&list, &wish, values[OPT_WAIT] != NULL);
	mp_live_release(&list);
	return status;
}
