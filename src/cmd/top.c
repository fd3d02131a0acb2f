/* top: what running servers do, again and again. */

#include "cmd/amount.h"
#include "cmd/cmd.h"
#include "cmd/running.h"
#include "cmd/screen.h"
#include "cmd/stop.h"
#include "core/clock.h"
#include "live/logs.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define INTERVAL_MIN 0.1
#define INTERVAL_MAX 3600.0
#define FILTER_MAX   128
#define GROWTH_NS    (30 * MP_NS_PER_S)

enum { OPT_ONCE, OPT_INTERVAL, OPT_PAGE, OPT_SORT, OPT_RUN_DIR, OPTIONS };

static const struct mp_option options[OPTIONS] = {
	[OPT_ONCE] = { "once", '1', NULL, "print all of it once, as text" },
	[OPT_INTERVAL] = { "interval", 'i', "SECONDS",
			   "look again after so long, 0.1 to 3600 (1)" },
	[OPT_PAGE] = { "page", 'p', "GLOB",
		       "pages that match, as `Root:*`, or hold this" },
	[OPT_SORT] = { "sort", 's', "KEY",
		       "age, memory, requests or name (age)" },
	[OPT_RUN_DIR] = MP_RUNNING_OPTION,
};

static const struct mp_usage usage = {
	.name = "top",
	.operands = "[PID|LOG...]",
	.help = "Show what running servers do: their processes, their "
		"requests in flight, and what\n"
		"their pages kept in the last minute.  Without an operand: all "
		"of yours, or of all\n"
		"users for root.  ? lists the keys.\n",
	.options = options,
	.option_count = OPTIONS,
};

static const char keys[] = "q quit  ? help  / filter  space pause  "
			   "sort: age memory requests name";

static const char *const help[] = {
	"memprof top",
	"",
	"  a  sort by age: requests by that, processes by their oldest one,",
	"     pages by what they kept",
	"  m  by memory: processes by RSS, requests and pages by what they "
	"kept",
	"  r  by requests: processes by requests a second, pages by requests",
	"  n  by name: processes by pid, requests and pages by page",
	"  /  show some pages alone: a glob, as Root:*, or a part of them; "
	"empty:",
	"     all",
	"  space  pause, and go on",
	"  q  quit",
	"",
	"RSS/min  by how much the process grew, in a minute, since the last "
	"look",
	"FLYING   requests in flight, of which OLDEST is the age of the first",
	"KEPT     heap allocated minus freed: of a request, by its finished "
	"slices",
	"PEAK     most heap that a request held, of its finished slices",
	"RSS      by how much the process grew, while the request was in "
	"flight",
	"EACH     what a request kept, on average",
};

struct job {
	const char *run_dir;
	char **names;
	int64_t interval_ns;
	struct mp_logs *logs;
	struct mp_live_list now, before;
	struct mp_live_list older, newer; /* some time ago, for growth */
	const struct mp_minute_page *pages;
	size_t page_count;
	enum mp_rows_sort sort;
	char filter[FILTER_MAX];
	bool paused;
};

static int64_t real_us(const struct mp_live_list *list)
{
	return list->count > 0 ? list->items[0].now_real_us
			       : mp_clock_real_us();
}

/* Look at the pages of `job->now`. */
static int look_at_logs(struct job *job)
{
	int err = mp_logs_read(job->logs, &job->now);

	if (!err)
		job->page_count =
			mp_minute_pages(mp_logs_minute(job->logs),
					real_us(&job->now), &job->pages);
	return err;
}

/* Keep what was seen, now and then: from 30 to 60 seconds ago, as soon as
   there is such a look. */
static void retire(struct job *job, struct mp_live_list *list)
{
	if (list->count == 0 ||
	    (job->newer.count > 0 &&
	     list->items[0].now_mono_ns - job->newer.items[0].now_mono_ns <
		     GROWTH_NS)) {
		mp_live_release(list);
		return;
	}
	mp_live_close_files(list);
	mp_live_release(&job->older);
	job->older = job->newer;
	job->newer = *list;
	*list = (struct mp_live_list){ 0 };
}

/* Look at everything again. */
static int look(struct job *job)
{
	struct mp_live_list list;
	int err = mp_live_find(job->run_dir, false, &list);

	if (err)
		return err;
	if (*job->names) /* one that is gone may come back */
		mp_live_select(&list, job->names);
	retire(job, &job->before);
	job->before = job->now;
	job->now = list;
	return look_at_logs(job);
}

static int make_frame(const struct job *job, size_t width, size_t height,
		      struct mp_frame *ret)
{
	const struct mp_frame_view view = {
		.rows = {
			.now = &job->now,
			.before = &job->before,
			.earlier = job->older.count > 0 ? &job->older
							: &job->newer,
			.pages = job->pages,
			.page_count = job->page_count,
			.sort = job->sort,
			.filter = job->filter,
		},
		.closed_logs = mp_logs_closed(job->logs),
		.width = width,
		.height = height,
	};

	return mp_frame_make(&view, ret);
}

static int print_once(const struct job *job)
{
	struct mp_frame frame;
	int err = make_frame(job, 0, 0, &frame);

	if (err)
		return err;
	for (size_t i = 0; i < frame.count; i++)
		puts(frame.lines[i].text);
	mp_frame_release(&frame);
	return 0;
}

/* ---- on a terminal ---- */

static int draw(const struct job *job, const char *bottom)
{
	size_t height = mp_screen_height();
	struct mp_frame frame;
	int err;

	err = make_frame(job, mp_screen_width(), height > 0 ? height - 1 : 0,
			 &frame);
	if (err)
		return err;
	mp_screen_draw(&frame, bottom);
	mp_frame_release(&frame);
	return 0;
}

/* Show the help until a key is pressed. */
static int show_help(void)
{
	struct mp_frame frame;
	int err = mp_frame_of(help, sizeof(help) / sizeof(*help), &frame);
	int key = MP_SCREEN_NONE;

	if (err)
		return err;
	while (!mp_stop_is_asked() &&
	       (key == MP_SCREEN_NONE || key == MP_SCREEN_RESIZED)) {
		mp_screen_draw(&frame, "any key goes back");
		key = mp_screen_key(1000);
	}
	mp_frame_release(&frame);
	return key == MP_SCREEN_GONE;
}

/* Take off the last character, all bytes of it. */
static void erase_last(char *text)
{
	size_t len = strlen(text);

	while (len > 0 && ((unsigned char)text[len - 1] & 0xc0) == 0x80)
		len--;
	text[len > 0 ? len - 1 : 0] = '\0';
}

/* Let the user write another filter; the pages follow each key. */
static int ask_filter(struct job *job)
{
	char was[FILTER_MAX], bottom[FILTER_MAX + 64];
	int err = 0, key = MP_SCREEN_NONE;

	memcpy(was, job->filter, sizeof(was));
	while (!mp_stop_is_asked() && !err && key != MP_SCREEN_ENTER &&
	       key != MP_SCREEN_GONE) {
		size_t len = strlen(job->filter);

		snprintf(bottom, sizeof(bottom),
			 "pages like (enter: done, escape: as before): %s_",
			 job->filter);
		err = draw(job, bottom);
		key = mp_screen_key(1000);
		if (key == MP_SCREEN_ESCAPE) {
			memcpy(job->filter, was, sizeof(was));
			break;
		}
		if (key == MP_SCREEN_BACKSPACE) {
			erase_last(job->filter);
		} else if (key > ' ' && key < 256 && len + 1 < FILTER_MAX) {
			job->filter[len] = (char)key;
			job->filter[len + 1] = '\0';
		}
	}
	return err;
}

/* Do what a key says.  Returns 1 where that is to end, or an error. */
static int obey(struct job *job, int key)
{
	static const char sorts[MP_ROWS_SORTS + 1] = "amrn";
	const char *sort = key > 0 ? strchr(sorts, key) : NULL;

	if (sort)
		job->sort = (enum mp_rows_sort)(sort - sorts);
	else if (key == ' ')
		job->paused = !job->paused;
	else if (key == '?' || key == 'h')
		return show_help();
	else if (key == '/')
		return ask_filter(job);
	return key == 'q' || key == MP_SCREEN_GONE;
}

static int run(struct job *job)
{
	int64_t next = mp_clock_mono_ns() + job->interval_ns;
	int err = 0;

	while (!mp_stop_is_asked() && !err) {
		int64_t now = mp_clock_mono_ns();

		if (now >= next) {
			if (!job->paused)
				err = look(job);
			next = now + job->interval_ns;
		}
		if (!err)
			err = draw(job, job->paused ? "paused: space goes on"
						    : keys);
		if (!err)
			err = obey(job,
				   mp_screen_key((int)((next - now) / 1000000) +
						 1));
	}
	return err < 0 ? err : 0;
}

static int show(struct job *job)
{
	int err = mp_screen_open();

	if (err) {
		mp_cmd_say("no terminal to draw on: --once prints instead");
		return MP_EXIT_ERROR;
	}
	mp_stop_listen();
	err = run(job);
	mp_screen_close();
	if (err)
		mp_cmd_say("%s", strerror(-err));
	return err ? MP_EXIT_ERROR : MP_EXIT_OK;
}

/* ---- the command line ---- */

static int read_choice(const char *const *values, struct job *job)
{
	const char *interval = values[OPT_INTERVAL], *sort = values[OPT_SORT];
	const char *page = values[OPT_PAGE];
	double seconds = 1;

	if (interval && (mp_amount_seconds(interval, INTERVAL_MAX, &seconds) ||
			 seconds < INTERVAL_MIN))
		return mp_options_refuse(&usage, OPT_INTERVAL, interval);
	job->interval_ns = (int64_t)(seconds * (double)MP_NS_PER_S);
	if (page && strlen(page) >= FILTER_MAX)
		return mp_options_wrong(&usage, "too long: `%s`", page);
	snprintf(job->filter, sizeof(job->filter), "%s", page ? page : "");
	while (sort && job->sort < MP_ROWS_SORTS &&
	       strcmp(sort, mp_frame_sort_names[job->sort]) != 0)
		job->sort++;
	if (job->sort == MP_ROWS_SORTS)
		return mp_options_refuse(&usage, OPT_SORT, sort);
	return 0;
}

static int begin(struct job *job)
{
	int err;

	job->logs = mp_logs_new();
	err = job->logs ? look_at_logs(job) : -ENOMEM;
	if (err)
		mp_cmd_say("%s", strerror(-err));
	return err;
}

int mp_cmd_top(int argc, char **argv)
{
	const char *values[OPTIONS] = { NULL };
	struct job job = { 0 };
	int status = 0;
	int first = mp_options_read(&usage, argc, argv, values, &status);

	if (!first)
		return status;
	status = read_choice(values, &job);
	if (status)
		return status;
	job.run_dir = mp_running_dir(values[OPT_RUN_DIR]);
	job.names = argv + first;
	status = mp_running_find(job.run_dir, job.names, false, &job.now);
	if (status)
		return status;
	if (job.now.count == 0)
		status = mp_running_none(&job.now, job.run_dir);
	else if (begin(&job))
		status = MP_EXIT_ERROR;
	else if (!values[OPT_ONCE])
		status = show(&job);
	else if (print_once(&job))
		status = MP_EXIT_ERROR;
	mp_logs_free(job.logs);
	mp_live_release(&job.now);
	mp_live_release(&job.before);
	mp_live_release(&job.older);
	mp_live_release(&job.newer);
	return status;
}
