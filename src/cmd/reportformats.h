#ifndef MP_REPORTFORMATS_H
#define MP_REPORTFORMATS_H

/* reportformats: the formats of a report, by name. */

#include "report/report.h"

#include <stdio.h>

struct mp_report_format {
	const char *name;
	size_t top; /* rows to tell apart, unless the user says otherwise */
	void (*print)(const struct mp_report *r, FILE *out);
	bool plots; /* whether it draws */
};

/* Null where there is none of that name. */
const struct mp_report_format *mp_report_format_find(const char *name);

#endif
