#include "cmd/input.h"

#include "cmd/cmd.h"
#include "report/scan.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define COMPLAINTS_MAX 10

int mp_input_begin(struct mp_input *in, const struct mp_usage *usage,
		   char **paths)
{
	static char dash[] = "-";
	static char *only_stdin[] = { dash, NULL };

	if (!*paths && isatty(STDIN_FILENO))
		return mp_options_wrong(usage, "name a log, or - for stdin");
	*in = (struct mp_input){ .paths = *paths ? paths : only_stdin };
	return 0;
}

static const char *name_of(const char *path)
{
	return strcmp(path, "-") ? path : "stdin";
}

static void fail(struct mp_input *in, int err)
{
	mp_cmd_say("%s: %s", in->name, mp_reader_strerror(err));
	in->failed = true;
}

static void open_next(struct mp_input *in)
{
	const char *path = *in->paths++;
	int err;

	in->name = name_of(path);
	err = mp_reader_open(path, &in->reader);
	if (err) {
		in->reader = NULL;
		fail(in, err);
	}
}

bool mp_input_next(struct mp_input *in, struct mp_line *ret)
{
	for (;;) {
		int n;

		while (!in->reader) {
			if (!*in->paths)
				return false;
			open_next(in);
		}
		n = mp_reader_next(in->reader, ret);
		if (n > 0)
			break;
		if (n < 0)
			fail(in, n);
		mp_reader_close(in->reader);
		in->reader = NULL;
	}
	if (ret->kind == MP_LINE_FAULT)
		in->faults++;
	else
		in->good += ret->kind != MP_LINE_EMPTY;
	return true;
}

void mp_input_complain(const struct mp_input *in, const struct mp_line *line)
{
	if (in->faults <= COMPLAINTS_MAX)
		mp_cmd_say("%s:%" PRIu64 ": %s: expected %s", in->name,
			   line->number, line->fault.name,
			   line->fault.expected);
}

struct scanning {
	struct mp_input *in;
	struct mp_progress progress;
};

static void note_fault(void *user, const char *path, uint64_t number,
		       const struct mp_record_fault *fault)
{
	const struct mp_line line = { .number = number, .fault = *fault };
	struct scanning *s = user;

	s->in->name = name_of(path);
	s->in->faults++;
	mp_progress_hide(&s->progress);
	mp_input_complain(s->in, &line);
}

static void note_end(void *user, const struct mp_scan_end *end)
{
	struct scanning *s = user;

	s->in->name = name_of(end->path);
	s->in->faults += end->refused;
	s->in->good += end->lines - end->empty - end->faults;
	mp_progress_hide(&s->progress);
	if (end->err)
		fail(s->in, end->err);
}

int mp_input_scan(struct mp_input *in, const struct mp_input_sink *sink)
{
	struct scanning s = { .in = in };
	bool bar = isatty(STDERR_FILENO) && !sink->prints;
	const struct mp_scan scan = {
		.paths = in->paths,
		.threads = mp_scan_threads(),
		.block_size = MP_SCAN_BLOCK,
		.progress = bar ? &s.progress : NULL,
		.view = sink->view,
		.add = sink->add,
		.foresee = sink->foresee,
		.expect = sink->expect,
		.note = sink->note,
		.lanes = sink->lanes,
		.lane_count = sink->count,
		.fault = note_fault,
		.end = note_end,
		.user = &s,
	};
	int err;

	mp_progress_begin(&s.progress, stderr, mp_source_sizes(in->paths));
	err = mp_scan(&scan);
	mp_progress_hide(&s.progress);
	return err;
}

bool mp_input_is_lost(const struct mp_input *in)
{
	return in->good == 0 && (in->failed || in->faults > 0);
}

int mp_input_finish(struct mp_input *in)
{
	mp_reader_close(in->reader);
	in->reader = NULL;
	if (in->faults > COMPLAINTS_MAX)
		mp_cmd_say("%" PRIu64 " lines could not be read; "
			   "`memprof check` lists them all",
			   in->faults);
	else if (in->faults > 0)
		mp_cmd_say("%" PRIu64 " %s could not be read", in->faults,
			   in->faults == 1 ? "line" : "lines");
	/* Then it is no log at all. */
	if (in->faults > 0 && in->good == 0)
		return MP_EXIT_ERROR;
	return in->failed ? MP_EXIT_ERROR : MP_EXIT_OK;
}
