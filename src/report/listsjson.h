#ifndef MP_LISTSJSON_H
#define MP_LISTSJSON_H

/* listsjson: what stands beside the pages in a report as JSON; each a key and
   its value. */

#include "report/report.h"

#include <stdio.h>

/* All processes, and what is told of all. */
void mp_listsjson_processes(const struct mp_report *r, FILE *out);

/* Growth between requests, or null where nobody asked for it. */
void mp_listsjson_gaps(const struct mp_report *r, FILE *out);

/* What was in flight when processes were killed. */
void mp_listsjson_killed(const struct mp_report *r, FILE *out);

/* Those requests that are listed as the worst, and how many more have as much
   as the last of them. */
void mp_listsjson_worst(const struct mp_report *r, FILE *out);

#endif
