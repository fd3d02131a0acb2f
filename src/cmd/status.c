/* status: what the running servers do, for people, Prometheus and cron. */

#include "cmd/amount.h"
#include "cmd/cmd.h"
#include "cmd/running.h"
#include "core/clock.h"
#include "live/health.h"
#include "live/statusprom.h"
#include "live/statustext.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define REQUESTS_SHOWN	 10
#define INTERVAL_DEFAULT 10.0
#define INTERVAL_MAX	 3600.0
#define AGE_MAX		 1e9

enum {
	OPT_PROMETHEUS,
	OPT_GROWTH,
	OPT_INTERVAL,
	OPT_AGE,
	OPT_RUN_DIR,
	OPTIONS
};

static const struct mp_option options[OPTIONS] = {
	[OPT_PROMETHEUS] = { "prometheus", 'p', NULL,
			     "for node_exporter's textfile collector" },
	[OPT_GROWTH] = { "max-rss-growth", 'g', "RATE",
			 "fail where RSS grows faster, as 10M/min" },
	[OPT_INTERVAL] = { "interval", 'i', "SECONDS",
			   "see how RSS grows for so long, up to 3600 (10)" },
	[OPT_AGE] = { "max-inflight-age", 'a', "SECONDS",
		      "fail where a request is in flight longer" },
	[OPT_RUN_DIR] = MP_RUNNING_OPTION,
};

static const struct mp_usage usage = {
	.name = "status",
	.operands = "[PID|LOG...]",
	.help = "Tell what running servers do: whether they are profiled, "
		"their counts, their\n"
		"requests in flight, and what memprof costs them.  Without an "
		"operand: all of\n"
		"yours, or of all users for root.\n"
		"With a --max option: one line for each process over the "
		"limit, or killed, and\n"
		"the exit status is then 1.\n",
	.options = options,
	.option_count = OPTIONS,
};

static int read_limits(const char *const *values, struct mp_health *ret,
		       double *ret_interval)
{
	const char *growth = values[OPT_GROWTH], *age = values[OPT_AGE];
	const char *interval = values[OPT_INTERVAL];

	*ret = (struct mp_health){ .check_growth = growth, .check_age = age };
	*ret_interval = INTERVAL_DEFAULT;
	if (growth && mp_amount_rate(growth, &ret->growth))
		return mp_options_refuse(&usage, OPT_GROWTH, growth);
	if (age && mp_amount_seconds(age, AGE_MAX, &ret->age_s))
		return mp_options_refuse(&usage, OPT_AGE, age);
	if (interval &&
	    (mp_amount_seconds(interval, INTERVAL_MAX, ret_interval) ||
	     *ret_interval <= 0))
		return mp_options_refuse(&usage, OPT_INTERVAL, interval);
	if (interval && !growth)
		return mp_options_wrong(&usage,
					"--interval is for --max-rss-growth");
	if (values[OPT_PROMETHEUS] && (growth || age))
		return mp_options_wrong(&usage, "--prometheus knows no limits");
	return 0;
}

static void wait_for(double seconds)
{
	struct timespec left = { .tv_sec = (time_t)seconds };

	left.tv_nsec =
		(long)((seconds - (double)left.tv_sec) * (double)MP_NS_PER_S);
	while (nanosleep(&left, &left) && errno == EINTR)
		;
}

/* Look at each process a second time, and tell who is over a limit. */
static int judge(struct mp_live_list *list, const struct mp_health *limits,
		 double interval)
{
	struct mp_health_before *before = calloc(list->count, sizeof(*before));
	struct mp_procs *procs = NULL;
	size_t found = 0;
	int err = before ? mp_procs_open(&procs) : -ENOMEM;

	for (size_t i = 0; i < list->count && !err; i++)
		before[i] = mp_health_look(&list->items[i]);
	if (!err && limits->check_growth)
		wait_for(interval);
	for (size_t i = 0; i < list->count && !err; i++) {
		struct mp_live *live = &list->items[i];

		/* One that has ended in good order meanwhile is fine. */
		if (!mp_live_refresh(live, procs))
			found += mp_health_print(limits, live, before[i],
						 stdout);
	}
	mp_procs_close(procs);
	free(before);
	if (err)
		mp_cmd_say("%s", strerror(-err));
	return err ? MP_EXIT_ERROR : found ? MP_EXIT_FOUND : MP_EXIT_OK;
}

static int print_prometheus(const struct mp_live_list *list)
{
	int err = mp_statusprom_print(list, stdout);

	if (err)
		mp_cmd_say("%s", strerror(-err));
	return err ? MP_EXIT_ERROR : MP_EXIT_OK;
}

int mp_cmd_status(int argc, char **argv)
{
	const char *values[OPTIONS] = { NULL };
	struct mp_live_list list;
	struct mp_health limits;
	double interval;
	int status = 0;
	int first = mp_options_read(&usage, argc, argv, values, &status);
	const char *run_dir = mp_running_dir(values[OPT_RUN_DIR]);

	if (!first)
		return status;
	status = read_limits(values, &limits, &interval);
	if (!status)
		status = mp_running_find(run_dir, argv + first, false, &list);
	if (status)
		return status;
	if (values[OPT_PROMETHEUS]) /* which had better hear of none */
		status = print_prometheus(&list);
	else if (list.count == 0)
		status = mp_running_none(&list, run_dir);
	else if (limits.check_growth || limits.check_age)
		status = judge(&list, &limits, interval);
	else
		mp_statustext_print(&list, REQUESTS_SHOWN, stdout);
	mp_live_release(&list);
	return status;
}
