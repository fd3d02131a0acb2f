#ifndef MP_REPORT_H
#define MP_REPORT_H

/*
 * report: what the logs told, sorted, cut and judged, for whoever prints it.
 *
 * Lines are added, by several threads to parts that are joined then; after
 * mp_report_finish() nothing changes, so that all formats print the same.
 */

#include "report/columns.h"
#include "report/gaplist.h"
#include "report/killed.h"
#include "report/plots.h"
#include "report/procs.h"
#include "report/show.h"
#include "report/totals.h"
#include "report/view.h"
#include "report/worst.h"

/* What the user may choose. */
struct mp_report_options {
	const struct mp_view *view; /* or null: all lines, by page */
	bool sorted;		    /* by `sort`; else by growth, or by time */
	enum mp_column_id sort;	    /* a column of numbers, or the ids */
	size_t top;   /* rows that are told apart; all others are `(other)` */
	size_t worst; /* requests in each list of the worst */
	size_t processes; /* to be listed */
	bool plots;	  /* collect what pictures are drawn from, too */
	bool gaps;	  /* between requests are wanted: see history.h */
	struct mp_verdict_options verdict;
	struct mp_show_style style; /* of what is read on a terminal */
};

/* Where rows are no pages, their names and numbers stand in `struct mp_page`
   all the same; they have no verdicts. */
struct mp_report {
	struct mp_report_options options;
	uint64_t faults; /* lines that could not be read, as the caller says */
	bool partial;	 /* and whether a log, or a part of one, was not */
	enum mp_view_by by;
	unsigned forms; /* bit 1 << form for each form that lines had */
	struct mp_totals totals;
	struct mp_worst worst;
	struct mp_killed killed; /* requests that are in no sum */
	struct mp_plots *plots;	 /* null: none, or of no line */
	uint64_t left_out;	 /* requests that the view does not count */
	struct mp_procs procs;
	struct mp_gap_list gaps; /* where they are wanted */
	struct mp_process_verdict processes;
	enum mp_rank rank; /* the growth that is known, and sorted by */
	enum mp_column_id sorted_by;
	size_t shown;	      /* the first pages, which are told apart */
	struct mp_page other; /* the sum of those behind them, or no requests */
	struct mp_page all;   /* the sum of all pages */
};

void mp_report_init(struct mp_report *r,
		    const struct mp_report_options *options);

/* Add a line.  Fails with -ENOMEM; a part of it may then be in `r`. */
int mp_report_add(struct mp_report *r, const struct mp_record *record,
		  enum mp_record_form form);

/* Fetch what adding a line will need, as mp_totals_expect() explains; `hash` is
   as in mp_view_hash(). */
void mp_report_foresee(struct mp_report *r, uint64_t hash);
void mp_report_expect(struct mp_report *r, const struct mp_record *record,
		      uint64_t hash);

/* Take note of a `(started)` line that is added to another part; as above. */
int mp_report_note(struct mp_report *r, const struct mp_record *record);

/* Move what was added to `part`, whose rows are others.  Fails with -ENOMEM;
   both may still be released then. */
int mp_report_join(struct mp_report *r, struct mp_report *part);

/* Sort the rows, and sum them up.  Fails with -ENOMEM. */
int mp_report_arrange(struct mp_report *r);

/* Judge the pages, leave out those that were not asked for, and arrange the
   others.  Fails with -ENOMEM. */
int mp_report_finish(struct mp_report *r);

/* Whether there is something that was judged. */
bool mp_report_has_verdicts(const struct mp_report *r);

void mp_report_release(struct mp_report *r);

#endif
