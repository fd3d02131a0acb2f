#ifndef MP_HTML_H
#define MP_HTML_H

/*
 * html: a report as one page of HTML, which needs nothing beside it.
 *
 * It loads nothing, and allows no script and no style but its own two; without
 * the script it only cannot be sorted.
 */

#include "report/htmlpicture.h"
#include "report/report.h"

#include <stdio.h>

/* How many pages are told apart unless the user says otherwise: a browser is
   slow with more. */
#define MP_HTML_PAGES 1000

/* Print it, with `picture`; where that is null, with `why` there is none. */
void mp_html_print(const struct mp_report *r,
		   const struct mp_htmlpicture *picture, const char *why,
		   FILE *out);

#endif
