/* tail: the last requests of a log, and those to come. */

#include "cmd/amount.h"
#include "cmd/cmd.h"
#include "cmd/options.h"
#include "cmd/stop.h"
#include "cmd/terminal.h"
#include "report/follow.h"
#include "report/glob.h"
#include "report/growth.h"
#include "report/ring.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define LINES_MAX      100000
#define FIRST_WINDOW   (256 * 1024)
#define POLL_MS	       200
#define COMPLAINTS_MAX 10

enum { OPT_FOLLOW, OPT_LINES, OPT_PAGE, OPT_THRESHOLD, OPT_OOPS, OPTIONS };

static const struct mp_option options[OPTIONS] = {
	[OPT_FOLLOW] = { "follow", 'f', NULL,
			 "go on with what is written, through rotation" },
	[OPT_LINES] = { "lines", 'n', "COUNT",
			"begin with the last COUNT, to 100000, that match "
			"(10)" },
	[OPT_PAGE] = { "page", 'p', "GLOB", "pages that match, as `Root:*`" },
	[OPT_THRESHOLD] = { "threshold", 't', "BYTES",
			    "requests that kept, or grew RSS by, more, as "
			    "10M" },
	[OPT_OOPS] = { "oops", 'o', NULL, "requests with an oops id" },
};

static const struct mp_usage usage = {
	.name = "tail",
	.operands = "[LOG]",
	.help = "Print the last requests of a log, one a line, with what they "
		"kept and by how much\n"
		"they grew the process.  Without a LOG, or for -, stdin is "
		"read.\n",
	.options = options,
	.option_count = OPTIONS,
};

struct job {
	bool follow;
	bool chosen; /* only pages that match `page` */
	struct mp_glob page;
	bool limited;
	int64_t threshold;
	bool oops;
	const char *name; /* of the log */
	struct mp_follow *log;
	struct mp_growth_style style;
	uint64_t faults;
};

/* ---- which lines ---- */

static bool is_match(const struct job *job, const struct mp_record *r)
{
	int64_t kept = mp_growth_kept(r);

	if (job->oops && r->oops_id.len == 1 && *r->oops_id.p == '-')
		return false;
	/* MP_UNKNOWN is less than every number. */
	if (job->limited && kept <= job->threshold &&
	    r->rss_delta <= job->threshold)
		return false;
	return !job->chosen || mp_glob_matches(&job->page, r->page_id);
}

/* Whether a line is a record that is asked for; what is none is told. */
static bool read_line(struct job *job, struct mp_text line,
		      struct mp_record *ret)
{
	struct mp_record_fault fault;
	int form;

	if (line.len == 0)
		return false;
	form = mp_record_parse(line.p, line.len, ret, &fault);
	if (form < 0 && job->faults++ < COMPLAINTS_MAX)
		mp_cmd_say("%s: a line that is no record: %s: expected %s",
			   job->name, fault.name, fault.expected);
	return form >= 0 && form != MP_RECORD_HEADER && is_match(job, ret);
}

/* ---- the last ones ---- */

/* Wait for more of a pipe, a moment at most; false where all is over. */
static bool wait_for_more(const struct job *job)
{
	fflush(stdout);
	return mp_stop_wait(mp_follow_descriptor(job->log), POLL_MS);
}

/* Read up to the end, and keep the last lines that match. */
static int read_last(struct job *job, struct mp_ring *ring)
{
	struct mp_record r;
	struct mp_text line;
	int n;

	while (!mp_stop_is_asked()) {
		n = mp_follow_next(job->log, &line);
		if (n > 0 && read_line(job, line, &r) &&
		    mp_ring_add(ring, line))
			return -ENOMEM;
		if (n > 0)
			continue;
		/* A pipe is at its end when it is closed. */
		if (n < 0 || mp_follow_descriptor(job->log) < 0 ||
		    mp_follow_is_over(job->log) || job->follow ||
		    !wait_for_more(job))
			return n;
	}
	return 0;
}

static void print_ring(struct job *job, const struct mp_ring *ring)
{
	for (size_t i = 0; i < ring->count; i++) {
		const char *line = mp_ring_at(ring, i);
		struct mp_record r;

		if (mp_record_parse(line, strlen(line), &r, NULL) >= 0)
			mp_growth_print(&job->style, &r, stdout);
	}
}

/* Look as far back as it takes, for a log may be very long. */
static int print_last(struct job *job, size_t lines)
{
	uint64_t window = FIRST_WINDOW;
	struct mp_ring ring;
	int err = mp_ring_init(&ring, lines);

	if (err)
		return err;
	for (;;) {
		bool part = mp_follow_rewind(job->log, window);

		job->faults = 0;
		err = read_last(job, &ring);
		if (err || !part || ring.count == ring.size)
			break;
		mp_ring_clear(&ring);
		window *= 8;
	}
	print_ring(job, &ring);
	mp_ring_release(&ring);
	return err;
}

/* ---- and those to come ---- */

static int follow(struct job *job)
{
	struct mp_record r;
	struct mp_text line;

	while (!mp_stop_is_asked()) {
		int n = mp_follow_next(job->log, &line);

		if (n < 0)
			return n;
		if (n > 0) {
			if (read_line(job, line, &r))
				mp_growth_print(&job->style, &r, stdout);
		} else if (mp_follow_is_over(job->log) || !wait_for_more(job)) {
			break;
		}
	}
	return 0;
}

static int read_choice(const char *const *values, struct job *job,
		       uint64_t *ret_lines)
{
	const char *lines = values[OPT_LINES];
	const char *threshold = values[OPT_THRESHOLD];
	uint64_t bytes = 0;

	*ret_lines = 10;
	if (lines && mp_amount_count(lines, LINES_MAX, ret_lines))
		return mp_options_refuse(&usage, OPT_LINES, lines);
	if (threshold && mp_amount_bytes(threshold, &bytes))
		return mp_options_refuse(&usage, OPT_THRESHOLD, threshold);
	*job = (struct job){
		.follow = values[OPT_FOLLOW],
		.chosen = values[OPT_PAGE],
		.limited = threshold,
		.threshold = (int64_t)bytes,
		.oops = values[OPT_OOPS],
		.style = { mp_terminal_has_colour(), INT64_MIN },
	};
	if (job->chosen)
		mp_glob_init(&job->page, values[OPT_PAGE]);
	return 0;
}

int mp_cmd_tail(int argc, char **argv)
{
	const char *values[OPTIONS] = { NULL };
	const char *path = "-";
	struct job job;
	uint64_t lines;
	int err, status = 0;
	int first = mp_options_read(&usage, argc, argv, values, &status);

	if (!first)
		return status;
	status = read_choice(values, &job, &lines);
	if (status)
		return status;
	if (argc - first > 1)
		return mp_options_wrong(&usage, "one log at a time");
	if (first < argc)
		path = argv[first];
	else if (isatty(STDIN_FILENO))
		return mp_options_wrong(&usage, "name a log, or - for stdin");

	job.name = strcmp(path, "-") ? path : "stdin";
	if (job.follow)
		mp_stop_listen();
	err = mp_follow_open(path, &job.log);
	if (!err) {
		mp_growth_print_titles(&job.style, stdout);
		err = print_last(&job, lines);
		if (!err && job.follow)
			err = follow(&job);
		mp_follow_close(job.log);
	}
	if (err)
		mp_cmd_say("%s: %s", job.name, strerror(-err));
	return err ? MP_EXIT_ERROR : MP_EXIT_OK;
}
