/* report: ranks the pages by the memory that they kept. */

#include "cmd/cmd.h"
#include "cmd/input.h"
#include "cmd/outfile.h"
#include "cmd/over.h"
#include "cmd/reportoptions.h"
#include "report/rawids.h"
#include "report/scan.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

static int add(void *part, const struct mp_record *r, enum mp_record_form form)
{
	return mp_report_add(part, r, form);
}

static void foresee(void *part, uint64_t hash)
{
	mp_report_foresee(part, hash);
}

static void expect(void *part, const struct mp_record *r, uint64_t hash)
{
	mp_report_expect(part, r, hash);
}

static int note(void *part, const struct mp_record *r)
{
	return mp_report_note(part, r);
}

/* Each thread adds to a part of its own. */
static int read_all(struct mp_input *in, struct mp_report *report)
{
	struct mp_report *parts;
	void *lanes[MP_SCAN_THREADS];
	/* What lies between two lines takes both to one lane. */
	unsigned count = report->options.gaps ? 1 : mp_scan_threads();
	int err;

	parts = calloc(count, sizeof(*parts));
	if (!parts)
		return -ENOMEM;
	for (unsigned i = 0; i < count; i++) {
		mp_report_init(&parts[i], &report->options);
		lanes[i] = &parts[i];
	}
	err = mp_input_scan(in, &(struct mp_input_sink){
					.lanes = lanes,
					.count = count,
					.view = report->options.view,
					.add = add,
					.foresee = foresee,
					.expect = expect,
					.note = note,
				});
	for (unsigned i = 0; i < count && !err; i++)
		err = mp_report_join(report, &parts[i]);
	for (unsigned i = 0; i < count; i++)
		mp_report_release(&parts[i]);
	free(parts);
	return err;
}

static int print_to(const char *path, const struct mp_report_format *format,
		    const struct mp_report *r)
{
	struct mp_outfile out;
	int err;

	err = mp_outfile_open(&out, path);
	if (err)
		return err;
	format->print(r, out.file);
	return mp_outfile_close(&out, true);
}

/* Who logs raw URLs sees no page twice, and no leak. */
static void warn_of_raw_ids(const struct mp_report *r)
{
	struct mp_rawids raw;
	char advice[MP_RAWIDS_SHAPES * (sizeof(raw.patterns[0]) + 16)] = "";
	char *p = advice;

	if (r->by != MP_VIEW_PAGE || mp_rawids_find(&r->totals, &raw) ||
	    raw.pages == 0)
		return;
	for (size_t i = 0; i < raw.pattern_count; i++)
		p += sprintf(p, " --collapse '%s'", raw.patterns[i]);
	if (raw.pattern_count > 0)
		mp_cmd_say("%zu pages look like raw URLs; this makes them "
			   "few:%s",
			   raw.pages, advice);
	else
		mp_cmd_say("%zu pages look like raw URLs: see --collapse in "
			   "memprof-report(1)",
			   raw.pages);
}

static int print_report(struct mp_input *in,
			const struct mp_report_choice *choice)
{
	struct mp_report report;
	int status;

	mp_report_init(&report, &choice->options);
	if (read_all(in, &report) || mp_report_finish(&report)) {
		mp_cmd_say("too many pages for the memory there is");
		in->failed = true;
	} else if (!choice->output || !mp_input_is_lost(in)) {
		report.faults = in->faults;
		report.partial = in->failed;
		warn_of_raw_ids(&report);
		if (print_to(choice->output, choice->format, &report))
			in->failed = true;
	}
	status = mp_input_finish(in);
	mp_report_release(&report);
	return status;
}

int mp_cmd_report(int argc, char **argv)
{
	struct mp_report_choice choice;
	struct mp_input in;
	int status = 0;
	int first = mp_report_choice_read(argc, argv, &choice, &status);

	if (!first)
		return status;
	status = mp_input_begin(&in, &mp_report_usage, argv + first);
	if (status)
		return status;
	return choice.lines ? mp_cmd_over(&in, &choice.view, choice.threshold)
			    : print_report(&in, &choice);
}
