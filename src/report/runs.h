#ifndef MP_RUNS_H
#define MP_RUNS_H

/*
 * runs: what is known of all processes that had one pid on one host.
 *
 * A run begins with its `(started)` line, and a line belongs to the last run
 * that began before it.  Logs may come in another order, and then a line comes
 * before that: it is put into a stray part, which finds its run in the end.  So
 * which lines were added decides, not their order or how they were dealt out:
 * every part of the reader knows all `(started)` lines, and parts may be
 * merged.
 */

#include "core/record.h"
#include "report/own.h"

#include <stddef.h>

#define MP_RUNS_TOOK_MAX (INT64_C(1) << 60) /* microseconds; more is as much */

/* The RSS of a process at some time; MP_UNKNOWN where nothing tells. */
struct mp_rss_reading {
	int64_t us, bytes;
};

struct mp_run {
	int64_t began_us; /* its `(started)` line; or its first line, if stray */
	bool stray;
	int64_t stopped_us; /* its `(stopped)` line; INT64_MAX: there is none */
	int64_t told_us;    /* when it began, by that line; or INT64_MAX */
	int64_t from_us;    /* when the first of its lines begins, and */
	int64_t until_us;   /* when the last one ends; less where none does */
	struct mp_rss_reading first, last;
	int64_t most_rss; /* or MP_UNKNOWN */
	uint64_t requests;
	uint64_t killed;     /* lines that say so: `(recovered)`, and of
				requests in flight then */
	uint64_t outside;    /* its `(outside)` lines, and */
	int64_t outside_rss; /* the growth they tell */
};

/* Invariant: sorted by `began_us`, and no two equal, but for a stray one behind
   one that is not: what happens when a process begins is its own. */
struct mp_runs {
	struct mp_run *runs;
	size_t count;
};

/* mp_runs_add() of any line. */
int mp_runs_put(struct mp_runs *runs, const struct mp_record *r,
		enum mp_own kind);

/*
 * Add a line, which is of that kind.  Fails with -ENOMEM, and `runs` is then
 * as it was.
 *
 * Most lines are of requests of the last run, behind its first line, which took
 * some time, and do not end together with the last one.
 */
static inline int mp_runs_add(struct mp_runs *runs, const struct mp_record *r,
			      enum mp_own kind)
{
	uint64_t took = (uint64_t)r->duration_us; /* large where unknown */
	int64_t from = r->timestamp_us, until;
	struct mp_run *run;

	if (kind != MP_OWN_NONE || runs->count == 0)
		return mp_runs_put(runs, r, kind);
	run = &runs->runs[runs->count - 1];
	if (from < run->began_us || from <= run->first.us ||
	    took - 1 >= MP_RUNS_TOOK_MAX || r->end_rss == MP_UNKNOWN)
		return mp_runs_put(runs, r, kind);
	until = from + (int64_t)took;
	if (until == run->last.us)
		return mp_runs_put(runs, r, kind);
	if (until > run->last.us)
		run->last = (struct mp_rss_reading){ until, r->end_rss };
	if (until > run->until_us)
		run->until_us = until;
	if (r->start_rss > run->most_rss)
		run->most_rss = r->start_rss;
	if (r->end_rss > run->most_rss)
		run->most_rss = r->end_rss;
	run->requests++;
	return 0;
}

/* Add all of `other`.  Fails with -ENOMEM, having added some of it. */
int mp_runs_merge(struct mp_runs *runs, const struct mp_runs *other);

/* When all is added: put stray parts to their runs.  Only the first one may be
   stray then: it began before all logs. */
void mp_runs_settle(struct mp_runs *runs);

void mp_runs_release(struct mp_runs *runs);

#endif
