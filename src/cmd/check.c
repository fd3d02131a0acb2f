/* check: verifies logs line by line, and lists each fault on stdout. */

#include "cmd/cmd.h"
#include "cmd/input.h"
#include "report/own.h"
#include "report/verify.h"

#include <inttypes.h>
#include <stdio.h>

static const struct mp_usage usage = {
	.name = "check",
	.operands = "[LOG...]",
	.help = "Verify logs line by line: format 1 and Launchpad's forms, "
		"plain or gzip'd.\n"
		"Without a LOG, or for -, stdin is read.  Each fault is a line "
		"on stdout,\n"
		"`file:line: column: expected ...`, and the exit status is "
		"then 1.\n",
};

struct counts {
	uint64_t requests, own, headers, empty, faults;
};

static void count(struct counts *c, struct mp_line *line)
{
	switch (line->kind) {
	case MP_LINE_HEADER:
		c->headers++;
		return;
	case MP_LINE_EMPTY:
		c->empty++;
		return;
	case MP_LINE_RECORD:
		if (mp_verify(&line->record, line->form, &line->fault))
			break;
		if (line->form == MP_RECORD_FORMAT_1 &&
		    mp_record_is_own(&line->record))
			c->own++;
		else
			c->requests++;
		return;
	case MP_LINE_FAULT:
		break;
	}
	line->kind = MP_LINE_FAULT;
	c->faults++;
}

int mp_cmd_check(int argc, char **argv)
{
	struct counts c = { 0 };
	struct mp_input in;
	struct mp_line line;
	int status = 0;
	int first = mp_options_read(&usage, argc, argv, NULL, &status);

	if (!first)
		return status;
	status = mp_input_begin(&in, &usage, argv + first);
	if (status)
		return status;

	while (mp_input_next(&in, &line)) {
		count(&c, &line);
		if (line.kind == MP_LINE_FAULT)
			printf("%s:%" PRIu64 ": %s: expected %s\n", in.name,
			       line.number, line.fault.name,
			       line.fault.expected);
	}
	mp_cmd_say("%" PRIu64 " requests, %" PRIu64
		   " lines of memprof's own, headers: %" PRIu64
		   ", empty lines: %" PRIu64 ", faults: %" PRIu64,
		   c.requests, c.own, c.headers, c.empty, c.faults);
	if (in.failed)
		return MP_EXIT_ERROR;
	return c.faults > 0 ? MP_EXIT_FOUND : MP_EXIT_OK;
}
