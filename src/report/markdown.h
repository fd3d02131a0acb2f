#ifndef MP_MARKDOWN_H
#define MP_MARKDOWN_H

/* markdown: a report to be pasted into a ticket, as GitHub's Markdown. */

#include "report/report.h"

#include <stdio.h>

/* Print the answer, what is said of pages, the more telling columns of the
   table, and the notes. */
void mp_markdown_print(const struct mp_report *r, FILE *out);

#endif
