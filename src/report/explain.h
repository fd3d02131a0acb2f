#ifndef MP_EXPLAIN_H
#define MP_EXPLAIN_H

/* explain: verdicts in sentences: why, and what to do next. */

#include "report/report.h"
#include "report/sentence.h"

#include <stdio.h>

/* What is said of a page, of a process, or of growth outside. */
struct mp_statement {
	struct mp_sentence who; /* `process 4711`, or the page's id */
	const char *verdict;	/* as in `leak` */
	struct mp_sentence why;
};

typedef void mp_explain_tell(void *user, const struct mp_statement *s);

/*
 * Tell of each page that is not steady, leaks first, and of the processes.
 * Returns how many such pages are left untold, as there are so many.
 */
size_t mp_explain_each(const struct mp_report *r, mp_explain_tell *tell,
		       void *user);

/* The answer in a line: how many pages leak. */
void mp_explain_headline(const struct mp_report *r, struct mp_sentence *ret);

/* What stands above the statements: how the verdicts were made. */
void mp_explain_heading(const struct mp_report *r, struct mp_sentence *ret);

/* What must be known to trust them; empty where there is nothing. */
void mp_explain_caution(const struct mp_report *r, struct mp_sentence *ret);

/* What stands below: how many pages were not told of, `left` of which are not
   steady; empty where there are none. */
void mp_explain_rest(const struct mp_report *r, size_t left,
		     struct mp_sentence *ret);

/* Print all this.  Lines are broken at the width of the style. */
void mp_explain_print(const struct mp_report *r, FILE *out);

/* The interval of what a request keeps, as `4.1..4.3`, in bytes; `-` where
   nothing was judged.  `ret` has room for MP_SHOW_MAX. */
void mp_explain_interval(const struct mp_verdict *v, char *ret);

#endif
