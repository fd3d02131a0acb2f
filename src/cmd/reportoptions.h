#ifndef MP_REPORTOPTIONS_H
#define MP_REPORTOPTIONS_H

/* reportoptions: what the command line of `memprof report` asks for. */

#include "cmd/options.h"
#include "cmd/reportformats.h"
#include "report/view.h"

extern const struct mp_usage mp_report_usage;

/* It points into itself. */
struct mp_report_choice {
	struct mp_view view;
	struct mp_report_options options;
	const struct mp_report_format *format;
	const char *output; /* a path, or null for stdout */
	bool lines;	    /* print those of large requests, and no report */
	int64_t threshold;  /* bytes that are not large yet */
};

/* Read the options in `argv`; returns as mp_options_read() does. */
int mp_report_choice_read(int argc, char **argv, struct mp_report_choice *ret,
			  int *ret_status);

#endif
