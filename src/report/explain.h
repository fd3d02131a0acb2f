#ifndef MP_EXPLAIN_H
#define MP_EXPLAIN_H

/* explain: verdicts in sentences: why, and what to do next. */

#include "report/report.h"

#include <stdio.h>

/*
 * Print a sentence or two for each page that is not steady, leaks first, and
 * for the processes.  Lines are broken at the width of the style.
 */
void mp_explain_print(const struct mp_report *r, FILE *out);

/* The interval of what a request keeps, as `4.1..4.3`, in bytes; `-` where
   nothing was judged.  `ret` has room for MP_SHOW_MAX. */
void mp_explain_interval(const struct mp_verdict *v, char *ret);

#endif
