#ifndef MP_PAGESJSON_H
#define MP_PAGESJSON_H

/*
 * pagesjson: a report as one object of JSON (RFC 8259), for programs.
 *
 * memprof-report(1) tells its keys, which are an interface: a key may be added,
 * but what changes the meaning of one changes the version.
 */

#include "report/report.h"

#include <stdio.h>

#define MP_PAGESJSON_VERSION 1

/* Print it, each page on a line of its own. */
void mp_pagesjson_print(const struct mp_report *r, FILE *out);

#endif
