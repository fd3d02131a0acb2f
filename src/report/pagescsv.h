#ifndef MP_PAGESCSV_H
#define MP_PAGESCSV_H

/*
 * pagescsv: a report as comma- or tab-separated values, for programs.
 *
 * The first line names the columns; the first column, `kind`, tells pages from
 * their sums and from what is only counted: memprof-report(1).
 */

#include "report/report.h"

#include <stdio.h>

/* As RFC 4180 has it, but for lines that end as they do here; a field is empty
   where it is not known. */
void mp_pagescsv_print(const struct mp_report *r, FILE *out);

/* As PostgreSQL's COPY and the log have it: `\N` where it is not known. */
void mp_pagescsv_print_tabs(const struct mp_report *r, FILE *out);

#endif
