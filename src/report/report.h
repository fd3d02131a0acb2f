#ifndef MP_REPORT_H
#define MP_REPORT_H

/*
 * report: what the logs told, sorted, cut and judged, for whoever prints it.
 *
 * Lines are added, by several threads to parts that are joined then; after
 * mp_report_finish() nothing changes, so that all formats print the same.
 */

#include "report/show.h"
#include "report/totals.h"
#include "report/worst.h"

/* What the user may choose. */
struct mp_report_options {
	size_t top;   /* pages that are told apart; all others are `(other)` */
	size_t worst; /* requests in each list of the worst */
	struct mp_verdict_options verdict;
	struct mp_show_style style; /* of what is read on a terminal */
};

struct mp_report {
	struct mp_report_options options;
	uint64_t faults; /* lines that could not be read, as the caller says */
	bool partial;	 /* and whether a log, or a part of one, was not */
	struct mp_totals totals;
	struct mp_worst worst;
	struct mp_process_verdict processes;
	enum mp_rank rank;    /* what the pages are sorted by */
	size_t shown;	      /* the first pages, which are told apart */
	struct mp_page other; /* the sum of those behind them, or no requests */
	struct mp_page all;   /* the sum of all pages */
};

void mp_report_init(struct mp_report *r,
		    const struct mp_report_options *options);

/* Add a line.  Fails with -ENOMEM; a part of it may then be in `r`. */
int mp_report_add(struct mp_report *r, const struct mp_record *record,
		  enum mp_record_form form);

/* Move what was added to `part`, whose pages are others.  Fails with -ENOMEM;
   both may still be released then. */
int mp_report_join(struct mp_report *r, struct mp_report *part);

/* Sort the pages, those that grew most first, and sum them up. */
void mp_report_arrange(struct mp_report *r);

/* The same, and judge them. */
void mp_report_finish(struct mp_report *r);

void mp_report_release(struct mp_report *r);

#endif
