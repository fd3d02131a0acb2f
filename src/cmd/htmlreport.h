#ifndef MP_HTMLREPORT_H
#define MP_HTMLREPORT_H

/* htmlreport: a report as HTML, with its plots drawn by gnuplot(1). */

#include "report/report.h"

#include <stdio.h>

/* Print it; where they cannot be drawn, it says so and is else complete. */
void mp_htmlreport_print(const struct mp_report *r, FILE *out);

#endif
