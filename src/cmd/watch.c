/* watch: growth arms the profiler: when a request of a log passes a bound, the
   next one of its page is profiled. */

#include "cmd/amount.h"
#include "cmd/arm.h"
#include "cmd/cmd.h"
#include "cmd/running.h"
#include "cmd/stop.h"
#include "core/clock.h"
#include "live/steer.h"
#include "report/follow.h"
#include "report/glob.h"
#include "report/own.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define POLL_MS	   100
#define PATIENCE_S 60 /* that an order waits for a request of its page */
#define BUDGET_MAX 3600

enum {
	OPT_ARM,
	OPT_PAGE,
	OPT_BUDGET,
	OPT_COUNT,
	OPT_WALL,
	OPT_RUN_DIR,
	OPTIONS
};

static const struct mp_option options[OPTIONS] = {
	[OPT_ARM] = { "arm", 'a', "NAME>BOUND",
		      "as retained>64K, rss>1M, duration>0.5" },
	[OPT_PAGE] = { "page", 'p', "GLOB", "pages that match, as `Root:*`" },
	[OPT_BUDGET] = { "budget", 'b', "COUNT", "profiles an hour (6)" },
	[OPT_COUNT] = { "count", 'n', "COUNT", "end after so many profiles" },
	[OPT_WALL] = { "wall", 0, NULL,
		       "by the wall clock, with where it waits" },
	[OPT_RUN_DIR] = MP_RUNNING_OPTION,
};

static const struct mp_usage usage = {
	.name = "watch",
	.operands = "LOG",
	.help = "Read a log as it is written; when a request passes the bound "
		"of --arm, let the\n"
		"server profile the next one of the same page, and print the "
		"path of its file.\n"
		"NAME is retained, rss, allocated, peak (bytes) or duration "
		"(seconds).\n",
	.options = options,
	.option_count = OPTIONS,
};

struct job {
	char *name;
	const char *run_dir;
	struct mp_arm arm;
	bool chosen;
	struct mp_glob page;
	uint64_t budget, count; /* `count` 0: without end */
	bool wall;

	int64_t *spent_ns; /* when each of the last `budget` was ordered */
	uint64_t ordered, printed;

	/* The order that is under way. */
	struct mp_live_list servers;
	uint32_t *serials; /* of each process, 0: none */
	bool waits;
	int64_t until_ns;
	struct mp_recorder_wish wish;
};

/* ---- orders ---- */

static bool has_budget(const struct job *job, int64_t now_ns)
{
	int64_t oldest;

	if (job->ordered < job->budget)
		return true;
	oldest = job->spent_ns[job->ordered % job->budget];
	return now_ns - oldest >= 3600 * MP_NS_PER_S;
}

static void end_order(struct job *job)
{
	if (!job->waits)
		return;
	for (size_t i = 0; i < job->servers.count; i++)
		if (job->serials[i])
			mp_steer_profile_no_more(&job->servers.items[i],
						 job->serials[i]);
	free(job->serials);
	mp_live_release(&job->servers);
	job->waits = false;
}

/* Nobody takes an order: the last error is `err`, or there is nobody. */
static void say_nobody(const struct job *job, int err)
{
	if (err == -EPERM)
		mp_cmd_say("%s: its server makes no profiles: it needs "
			   "`profiling_allowed: true` and `profile_dir`",
			   job->name);
	else
		mp_cmd_say("%s: %s", job->name,
			   err ? strerror(-err) : "no server writes it");
}

/* Tell at once, and not when the first request passes the bound, where nobody
   would make a profile.  Returns 0 or the exit status. */
static int find_servers(const struct job *job)
{
	char *names[] = { job->name, NULL };
	struct mp_live_list list;
	int err = 0,
	    status = mp_running_find(job->run_dir, names, false, &list);
	size_t able = 0;

	if (status)
		return status;
	for (size_t i = 0; i < list.count; i++) {
		int n = list.items[i].alive
				? mp_steer_makes_profiles(&list.items[i])
				: 0;

		able += list.items[i].alive && n == 0;
		err = n < 0 ? n : err;
	}
	mp_live_release(&list);
	if (able > 0)
		return 0;
	say_nobody(job, err);
	return MP_EXIT_ERROR;
}

/* Give the order to all who write the log.  Returns how many took it. */
static size_t give(struct job *job)
{
	size_t given = 0;
	int err = 0;

	for (size_t i = 0; i < job->servers.count; i++) {
		const struct mp_live *live = &job->servers.items[i];
		int n = live->alive ? mp_steer_profile(live, &job->wish,
						       &job->serials[i])
				    : 0;

		given += n > 0;
		err = n < 0 ? n : err;
	}
	if (!given)
		say_nobody(job, err);
	return given;
}

/* Returns 0, or the exit status where that can't be done. */
static int begin_order(struct job *job, const struct mp_record *r,
		       int64_t now_ns)
{
	char *names[] = { job->name, NULL };
	int status;

	job->wish = (struct mp_recorder_wish){ .next = 1,
					       .every = 1,
					       .wall = job->wall };
	if (!mp_arm_page(r->page_id, job->wish.page, sizeof(job->wish.page)))
		return 0;
	status = mp_running_find(job->run_dir, names, true, &job->servers);
	if (status)
		return status;
	job->serials = calloc(job->servers.count, sizeof(*job->serials));
	if (!job->serials) {
		mp_live_release(&job->servers);
		mp_cmd_say("%s", strerror(ENOMEM));
		return MP_EXIT_ERROR;
	}
	job->waits = true;
	if (!give(job)) {
		end_order(job);
		return MP_EXIT_ERROR;
	}
	job->spent_ns[job->ordered++ % job->budget] = now_ns;
	job->until_ns = now_ns + PATIENCE_S * MP_NS_PER_S;
	mp_cmd_say("%.*s passed the bound: its next request is profiled",
		   (int)r->page_id.len, r->page_id.p);
	return 0;
}

/* Whether the order is over: its file is there, or will not be. */
static bool look(struct job *job, int64_t now_ns)
{
	bool failed = false;

	for (size_t i = 0; i < job->servers.count; i++) {
		const struct mp_live *live = &job->servers.items[i];
		struct mp_steer_profiled p;
		char path[PATH_MAX];

		if (!job->serials[i] ||
		    mp_steer_look(live, job->serials[i], &p))
			continue;
		failed |= p.failed > 0;
		if (p.written == 0)
			continue;
		if (mp_steer_file(live, job->serials[i], 0, path) > 0)
			puts(path);
		fflush(stdout);
		job->printed++;
		return true;
	}
	if (failed)
		mp_cmd_say("the profile of %s failed: `memprof status` tells "
			   "why",
			   job->wish.page);
	else if (now_ns >= job->until_ns)
		mp_cmd_say("no request of %s in %d seconds", job->wish.page,
			   PATIENCE_S);
	else
		return false;
	return true;
}

/* ---- the log ---- */

/* Whether a line is a request that passes the bound. */
static bool read_line(const struct job *job, struct mp_text line,
		      struct mp_record *ret)
{
	int form = mp_record_parse(line.p, line.len, ret, NULL);

	return form >= 0 && form != MP_RECORD_HEADER &&
	       mp_own_kind(ret, (enum mp_record_form)form) == MP_OWN_NONE &&
	       mp_arm_is_passed(&job->arm, ret) &&
	       (!job->chosen || mp_glob_matches(&job->page, ret->page_id));
}

/* One line, or a look at what is under way.  Whether to go on; else with the
   exit status. */
static bool step(struct job *job, struct mp_follow *log, int *ret_status)
{
	int64_t now_ns = mp_clock_mono_ns();
	struct mp_record r;
	struct mp_text line;
	int n = mp_follow_next(log, &line);

	*ret_status = MP_EXIT_OK;
	if (job->waits && look(job, now_ns))
		end_order(job);
	if (job->count && job->printed >= job->count)
		return false;
	if (n < 0) {
		mp_cmd_say("%s: %s", job->name, strerror(-n));
		*ret_status = MP_EXIT_ERROR;
	} else if (n == 0) {
		return mp_stop_wait(-1, POLL_MS);
	} else if (!job->waits && read_line(job, line, &r) &&
		   has_budget(job, now_ns)) {
		*ret_status = begin_order(job, &r, now_ns);
	}
	return *ret_status == MP_EXIT_OK;
}

static int watch(struct job *job)
{
	struct mp_follow *log;
	int status = MP_EXIT_OK;
	int err = mp_follow_open_file(job->name, &log);

	if (err) {
		mp_cmd_say("%s: %s", job->name,
			   err == -EINVAL ? "not a regular file"
					  : strerror(-err));
		return MP_EXIT_ERROR;
	}
	status = find_servers(job);
	if (status) {
		mp_follow_close(log);
		return status;
	}
	/* Whatever ends us, an order under way is taken back. */
	mp_stop_listen();
	signal(SIGPIPE, SIG_IGN);
	mp_follow_rewind(log, 0);
	while (!mp_stop_is_asked() && step(job, log, &status))
		;
	end_order(job);
	mp_follow_close(log);
	return status;
}

static int read_choice(const char *const *values, struct job *job)
{
	*job = (struct job){ .budget = 6,
			     .wall = values[OPT_WALL] != NULL,
			     .chosen = values[OPT_PAGE] != NULL,
			     .run_dir = mp_running_dir(values[OPT_RUN_DIR]) };
	if (!values[OPT_ARM])
		return mp_options_wrong(&usage, "--arm is missing");
	if (mp_arm_read(values[OPT_ARM], &job->arm))
		return mp_options_wrong(&usage,
					"--arm: as retained>64K, not `%s`",
					values[OPT_ARM]);
	if (values[OPT_BUDGET] &&
	    (mp_amount_count(values[OPT_BUDGET], BUDGET_MAX, &job->budget) ||
	     job->budget == 0))
		return mp_options_wrong(&usage, "--budget: 1 to %d, not `%s`",
					BUDGET_MAX, values[OPT_BUDGET]);
	if (values[OPT_COUNT] &&
	    (mp_amount_count(values[OPT_COUNT], UINT32_MAX, &job->count) ||
	     job->count == 0))
		return mp_options_wrong(&usage, "--count: 1 or more, not `%s`",
					values[OPT_COUNT]);
	if (job->chosen)
		mp_glob_init(&job->page, values[OPT_PAGE]);
	return 0;
}

int mp_cmd_watch(int argc, char **argv)
{
	const char *values[OPTIONS] = { NULL };
	struct job job;
	int status = 0;
	int first = mp_options_read(&usage, argc, argv, values, &status);

	if (!first)
		return status;
	if (argc - first != 1)
		return mp_options_wrong(&usage, "name one log");
	status = read_choice(values, &job);
	if (status)
		return status;
	job.name = argv[first];
	job.spent_ns = calloc(job.budget, sizeof(*job.spent_ns));
	if (!job.spent_ns) {
		mp_cmd_say("%s", strerror(ENOMEM));
		return MP_EXIT_ERROR;
	}
	status = watch(&job);
	free(job.spent_ns);
	return status;
}
