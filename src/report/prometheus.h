#ifndef MP_PROMETHEUS_H
#define MP_PROMETHEUS_H

/*
 * prometheus: the totals in Prometheus' text format, as node_exporter's
 * textfile collector reads it.
 *
 * Each page is a label, and each label is a series that a server keeps for
 * weeks: so the first pages are told apart, and all others are one.
 */

#include "report/report.h"

#include <stdio.h>

/* How many pages are told apart unless the user says otherwise. */
#define MP_PROMETHEUS_PAGES 20

/* Print the sums of the pages that are told apart, and of all others as the
   page `(other)`.  What is not known of a page has no line. */
void mp_prometheus_print(const struct mp_report *r, FILE *out);

#endif
