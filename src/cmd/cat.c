/* cat: puts logs, of any form, into one form. */

#include "cmd/cmd.h"
#include "cmd/options.h"
#include "report/forms.h"
#include "report/lines.h"
#include "report/source.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define COMPLAINTS_MAX 10

enum { OPT_TO, OPTIONS };

static const struct mp_option options[OPTIONS] = {
	[OPT_TO] = { "to", 't', "FORM",
		     "memprof (the default), launchpad, json, csv or logfmt" },
};

static const struct mp_usage usage = {
	.name = "cat",
	.operands = "[FILE...]",
	.help = "Print the records of all FILEs as one file, in one form.  "
		"Reads every form that\n"
		"it writes, plain or gzip'd, each line by itself.  Without a "
		"FILE, or for -, stdin\n"
		"is read.  What is no record is told, and left out.\n",
	.options = options,
	.option_count = OPTIONS,
};

struct job {
	enum mp_form to;
	uint64_t written;
	uint64_t faults;   /* lines that are no record */
	uint64_t left_out; /* records that the form has no room for */
	bool failed;	   /* a file, or part of it, was not read */
};

static void complain(struct job *job, const char *name, uint64_t number,
		     const struct mp_record_fault *fault)
{
	if (++job->faults <= COMPLAINTS_MAX)
		mp_cmd_say("%s:%" PRIu64 ": %s: expected %s", name, number,
			   fault->name, fault->expected);
}

static void put(struct job *job, const struct mp_record *r)
{
	char line[MP_FORMS_MAX];
	size_t len = mp_form_write(job->to, r, line);

	fwrite(line, 1, len, stdout);
	if (len > 0)
		job->written++;
	else
		job->left_out++;
}

/* What is wrong with a line as such, or null. */
static const char *wrong_with(const struct mp_lines_line *line)
{
	if (line->state == MP_LINES_TORN)
		return "a newline at its end: it is torn";
	if (line->state == MP_LINES_OVERLONG)
		return "fewer bytes: no record is so long";
	return NULL;
}

/* In Launchpad's seconds two lines may well be equal. */
static bool is_torn(const struct mp_lines_line *line)
{
	return line->state == MP_LINES_REPEATED &&
	       memchr(line->text.p, '\t', line->text.len);
}

static void put_line(struct job *job, const char *name,
		     const struct mp_lines_line *line)
{
	const char *wrong = wrong_with(line);
	struct mp_record_fault fault;
	struct mp_fields room;
	struct mp_record r;
	int n = -1;

	if (!wrong && line->text.len == 0)
		return; /* left by a writer that mended a tear */
	if (wrong)
		mp_fields_fail_line(&fault, wrong);
	else
		n = mp_form_read(line->text.p, line->text.len, &room, &r,
				 &fault);
	if (n > 0 && is_torn(line))
		n = mp_fields_fail_line(
			&fault, "a whole line: it is torn, and repeated below");
	if (n > 0)
		put(job, &r);
	else if (n < 0)
		complain(job, name, line->number, &fault);
}

static void put_file(struct job *job, const char *path)
{
	const char *name = strcmp(path, "-") ? path : "stdin";
	struct mp_lines_line line;
	struct mp_lines *lines;
	int err = mp_lines_open(path, &lines);

	if (!err) {
		while ((err = mp_lines_next(lines, &line)) > 0)
			put_line(job, name, &line);
		mp_lines_close(lines);
	}
	if (err) {
		mp_cmd_say("%s: %s", name, mp_source_strerror(err));
		job->failed = true;
	}
}

static int finish(const struct job *job)
{
	if (job->left_out > 0)
		mp_cmd_say("%" PRIu64 " of memprof's own lines left out: this "
			   "form has none",
			   job->left_out);
	if (job->faults > 0)
		mp_cmd_say("%" PRIu64 " %s could not be read", job->faults,
			   job->faults == 1 ? "line" : "lines");
	if (job->faults > 0 && job->written + job->left_out == 0)
		return MP_EXIT_ERROR;
	return job->failed ? MP_EXIT_ERROR : MP_EXIT_OK;
}

int mp_cmd_cat(int argc, char **argv)
{
	const char *values[OPTIONS] = { [OPT_TO] = "memprof" };
	static char dash[] = "-";
	char line[MP_FORMS_MAX];
	struct job job = { 0 };
	int status = 0;
	int first = mp_options_read(&usage, argc, argv, values, &status);

	if (!first)
		return status;
	job.to = mp_form_find(values[OPT_TO]);
	if (job.to == MP_FORMS)
		return mp_options_refuse(&usage, OPT_TO, values[OPT_TO]);
	if (first == argc && isatty(STDIN_FILENO))
		return mp_options_wrong(&usage, "name a file, or - for stdin");

	fwrite(line, 1, mp_form_header(job.to, line), stdout);
	if (first == argc)
		put_file(&job, dash);
	for (; first < argc; first++)
		put_file(&job, argv[first]);
	return finish(&job);
}
