#include "report/runs.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define SLACK_US    1000000  /* that a clock may be off */
#define NEAR_US	    10000000 /* to be of the same log */
#define NEAR_ONE_IN 256	     /* or a part of all time; bounds stray runs */

static const struct mp_run nothing = {
	.stopped_us = INT64_MAX,
	.told_us = INT64_MAX,
	.from_us = INT64_MAX,
	.until_us = INT64_MIN,
	.first = { INT64_MAX, MP_UNKNOWN },
	.last = { INT64_MIN, MP_UNKNOWN },
	.most_rss = MP_UNKNOWN,
};

static int64_t smaller(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

static int64_t larger(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

static int64_t sum(int64_t a, int64_t b)
{
	int64_t s;

	if (!__builtin_add_overflow(a, b, &s))
		return s;
	return a < 0 ? -INT64_MAX : INT64_MAX;
}

/* ---- one run ---- */

/* Of two at the same time the smaller counts at first, the larger at last,
   whatever their order. */
static void add_first(struct mp_run *run, struct mp_rss_reading r)
{
	if (r.bytes != MP_UNKNOWN &&
	    (r.us < run->first.us ||
	     (r.us == run->first.us && r.bytes < run->first.bytes)))
		run->first = r;
}

static void add_last(struct mp_run *run, struct mp_rss_reading r)
{
	if (r.bytes != MP_UNKNOWN &&
	    (r.us > run->last.us ||
	     (r.us == run->last.us && r.bytes > run->last.bytes)))
		run->last = r;
}

static void add_time(struct mp_run *run, int64_t from_us, int64_t until_us)
{
	run->from_us = smaller(run->from_us, from_us);
	run->until_us = larger(run->until_us, until_us);
}

/* A line that tells the process's size at `from_us` and at `until_us`. */
static void add_line(struct mp_run *run, const struct mp_record *r,
		     int64_t from_us, int64_t until_us)
{
	add_time(run, from_us, until_us);
	add_first(run, (struct mp_rss_reading){ from_us, r->start_rss });
	add_first(run, (struct mp_rss_reading){ until_us, r->end_rss });
	add_last(run, (struct mp_rss_reading){ from_us, r->start_rss });
	add_last(run, (struct mp_rss_reading){ until_us, r->end_rss });
	run->most_rss = larger(run->most_rss, larger(r->start_rss, r->end_rss));
}

/* How long it took; as much as may be added to any timestamp, or taken off. */
static int64_t took(const struct mp_record *r)
{
	if (r->duration_us == MP_UNKNOWN)
		return 0;
	return smaller(r->duration_us, MP_RUNS_TOOK_MAX);
}

static void merge(struct mp_run *run, const struct mp_run *other)
{
	add_time(run, other->from_us, other->until_us);
	add_first(run, other->first);
	add_last(run, other->last);
	run->stopped_us = smaller(run->stopped_us, other->stopped_us);
	run->told_us = smaller(run->told_us, other->told_us);
	run->most_rss = larger(run->most_rss, other->most_rss);
	run->requests += other->requests;
	run->killed += other->killed;
	run->outside += other->outside;
	run->outside_rss = sum(run->outside_rss, other->outside_rss);
}

/* ---- all ---- */

/* How many of the runs began at `us` or before. */
static size_t count_until(const struct mp_runs *runs, int64_t us)
{
	size_t n = runs->count;

	while (n > 0 && runs->runs[n - 1].began_us > us)
		n--;
	return n;
}

static struct mp_run *insert(struct mp_runs *runs, size_t at, int64_t began_us,
			     bool stray)
{
	struct mp_run *p =
		reallocarray(runs->runs, runs->count + 1, sizeof(*p));

	if (!p)
		return NULL;
	runs->runs = p;
	memmove(p + at + 1, p + at, (runs->count - at) * sizeof(*p));
	p[at] = nothing;
	p[at].began_us = began_us;
	p[at].stray = stray;
	runs->count++;
	return &p[at];
}

/* The one that began at `began_us`, a new one if need be. */
static struct mp_run *have(struct mp_runs *runs, int64_t began_us, bool stray)
{
	size_t n = count_until(runs, began_us);

	for (size_t i = n; i > 0 && runs->runs[i - 1].began_us == began_us; i--)
		if (runs->runs[i - 1].stray == stray)
			return &runs->runs[i - 1];
	if (!stray && n > 0 && runs->runs[n - 1].began_us == began_us)
		n--;
	return insert(runs, n, began_us, stray);
}

/* Whether `us` is so near before the first run that both may well be of one
   log: its lines are in the order of the requests' ends. */
static bool is_near(const struct mp_runs *runs, int64_t us)
{
	int64_t first = runs->runs[0].began_us;
	int64_t span = runs->runs[runs->count - 1].began_us - first;

	return first - us <= larger(NEAR_US, span / NEAR_ONE_IN);
}

/* The one that a line of that time belongs to, as far as can be told by now.  A
   clock that was put back makes no process older than its start. */
static struct mp_run *run_at(struct mp_runs *runs, int64_t us)
{
	size_t n = count_until(runs, us);
	struct mp_run *first = runs->runs;

	if (n > 0)
		return &runs->runs[n - 1];
	if (runs->count == 0 || !is_near(runs, us))
		return have(runs, us, true);
	if (first->stray)
		first->began_us = us;
	else if (first->began_us - us > SLACK_US)
		return have(runs, us, true);
	return first;
}

static int start(struct mp_runs *runs, const struct mp_record *r)
{
	struct mp_run *run = have(runs, r->timestamp_us, false);

	if (!run)
		return -ENOMEM;
	add_line(run, r, r->timestamp_us, r->timestamp_us);
	return 0;
}

/* The run that began at about that time, or null. */
static struct mp_run *run_begun(const struct mp_runs *runs, int64_t us)
{
	struct mp_run *nearest = NULL;
	int64_t off = SLACK_US;

	for (size_t i = count_until(runs, us + SLACK_US); i > 0; i--) {
		struct mp_run *run = &runs->runs[i - 1];

		if (run->began_us < us - SLACK_US)
			break;
		if (!run->stray && llabs(run->began_us - us) < off) {
			off = llabs(run->began_us - us);
			nearest = run;
		}
	}
	return nearest;
}

/* It stopped, or was found killed.  How long it lasted tells which run it was: a
   process may have two sessions that log to one file. */
static int end(struct mp_runs *runs, const struct mp_record *r,
	       enum mp_own kind)
{
	bool told = r->duration_us != MP_UNKNOWN;
	int64_t us = r->timestamp_us;
	int64_t began_us = us - took(r);
	struct mp_run *run = told ? run_begun(runs, began_us) : NULL;

	if (!run)
		run = run_at(runs, us);
	if (!run)
		return -ENOMEM;
	add_line(run, r, began_us, us);
	if (kind == MP_OWN_STOPPED)
		run->stopped_us = smaller(run->stopped_us, us);
	else
		run->killed++;
	if (told)
		run->told_us = smaller(run->told_us, began_us);
	return 0;
}

int mp_runs_put(struct mp_runs *runs, const struct mp_record *r,
		enum mp_own kind)
{
	struct mp_run *run;

	if (kind == MP_OWN_STARTED)
		return start(runs, r);
	if (kind == MP_OWN_STOPPED || kind == MP_OWN_RECOVERED)
		return end(runs, r, kind);
	run = run_at(runs, r->timestamp_us);
	if (!run)
		return -ENOMEM;
	add_line(run, r, r->timestamp_us, r->timestamp_us + took(r));
	run->requests += kind == MP_OWN_NONE;
	run->killed += kind == MP_OWN_UNFINISHED;
	if (kind == MP_OWN_OUTSIDE && r->rss_delta != MP_UNKNOWN) {
		run->outside++;
		run->outside_rss = sum(run->outside_rss, r->rss_delta);
	}
	return 0;
}

int mp_runs_merge(struct mp_runs *runs, const struct mp_runs *other)
{
	for (size_t i = 0; i < other->count; i++) {
		const struct mp_run *from = &other->runs[i];
		struct mp_run *run = have(runs, from->began_us, from->stray);

		if (!run)
			return -ENOMEM;
		merge(run, from);
	}
	return 0;
}

void mp_runs_settle(struct mp_runs *runs)
{
	size_t n = 0;

	for (size_t i = 0; i < runs->count; i++) {
		const struct mp_run *run = &runs->runs[i];

		if (run->stray && n > 0)
			merge(&runs->runs[n - 1], run);
		else
			runs->runs[n++] = *run;
	}
	runs->count = n;
}

void mp_runs_release(struct mp_runs *runs)
{
	free(runs->runs);
	*runs = (struct mp_runs){ 0 };
}
