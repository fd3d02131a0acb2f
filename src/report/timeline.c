#include "report/timeline.h"

#include "report/own.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define FIRST_BUCKET_US 1024
#define LAST_TIME_US	(INT64_MAX / 4) /* far beyond the year 9999 */

static const struct mp_reading no_reading = { 0, MP_UNKNOWN };

static int64_t floor_divide(int64_t a, int64_t b)
{
	return a / b - (a % b < 0);
}

/* ---- extremes ---- */

static void extremes_add(struct mp_extremes *e, struct mp_reading r)
{
	if (r.bytes == MP_UNKNOWN)
		return;
	if (e->least.bytes == MP_UNKNOWN || r.bytes < e->least.bytes)
		e->least = r;
	if (e->most.bytes == MP_UNKNOWN || r.bytes > e->most.bytes)
		e->most = r;
}

static void clear_extremes(struct mp_extremes *e, size_t n)
{
	for (size_t i = 0; i < n; i++)
		e[i].least = e[i].most = no_reading;
}

static void clear_readings(struct mp_reading *r, size_t n)
{
	for (size_t i = 0; i < n; i++)
		r[i] = no_reading;
}

/* ---- buckets ---- */

/* Where bucket i goes when two become one; never behind i. */
static size_t halved(const struct mp_timeline *t, size_t i)
{
	return (size_t)(floor_divide(t->first + (int64_t)i, 2) -
			floor_divide(t->first, 2));
}

static void halve_extremes(const struct mp_timeline *t, struct mp_extremes *e)
{
	for (size_t i = 0; i < MP_TIMELINE_BUCKETS; i++) {
		struct mp_extremes moved = e[i];

		clear_extremes(&e[i], 1);
		extremes_add(&e[halved(t, i)], moved.least);
		extremes_add(&e[halved(t, i)], moved.most);
	}
}

static void halve_oops(struct mp_timeline *t)
{
	for (size_t i = 0; i < MP_TIMELINE_BUCKETS; i++) {
		struct mp_reading moved = t->oops[i];
		struct mp_reading *to = &t->oops[halved(t, i)];

		t->oops[i] = no_reading;
		if (to->bytes == MP_UNKNOWN)
			*to = moved;
	}
}

/* Make each bucket twice as long. */
static void halve(struct mp_timeline *t)
{
	for (unsigned i = 0; i < t->process_count; i++) {
		halve_extremes(t, t->processes[i]->rss);
		halve_extremes(t, t->processes[i]->vss);
	}
	halve_oops(t);
	t->bucket_us *= 2;
	t->first = floor_divide(t->first, 2);
	t->last = floor_divide(t->last, 2);
}

static void shift_extremes(struct mp_extremes *e, size_t by)
{
	memmove(e + by, e, (MP_TIMELINE_BUCKETS - by) * sizeof(*e));
	clear_extremes(e, by);
}

/* Make room for `by` buckets before the first. */
static void shift(struct mp_timeline *t, size_t by)
{
	for (unsigned i = 0; i < t->process_count; i++) {
		shift_extremes(t->processes[i]->rss, by);
		shift_extremes(t->processes[i]->vss, by);
	}
	memmove(t->oops + by, t->oops,
		(MP_TIMELINE_BUCKETS - by) * sizeof(*t->oops));
	clear_readings(t->oops, by);
	t->first -= (int64_t)by;
}

/* The bucket for a time; makes the buckets longer until it has one. */
static size_t bucket_of(struct mp_timeline *t, int64_t time_us)
{
	int64_t at;

	if (t->bucket_us == 0) {
		t->bucket_us = FIRST_BUCKET_US;
		t->first = t->last = floor_divide(time_us, t->bucket_us);
	}
	for (;;) {
		int64_t low, high;

		at = floor_divide(time_us, t->bucket_us);
		low = at < t->first ? at : t->first;
		high = at > t->last ? at : t->last;
		if (high - low < MP_TIMELINE_BUCKETS)
			break;
		halve(t);
	}
	if (at < t->first)
		shift(t, (size_t)(t->first - at));
	if (at > t->last)
		t->last = at;
	return (size_t)(at - t->first);
}

/* ---- processes ---- */

static bool is_process(const struct mp_process *p, const struct mp_record *r)
{
	return p->pid == r->pid && strlen(p->host) == r->host.len &&
	       !memcmp(p->host, r->host.p, r->host.len);
}

static struct mp_process *find(const struct mp_timeline *t,
			       const struct mp_record *r)
{
	for (unsigned i = 0; i < t->process_count; i++)
		if (is_process(t->processes[i], r))
			return t->processes[i];
	return NULL;
}

static int add_process(struct mp_timeline *t, const struct mp_record *r,
		       struct mp_process **ret)
{
	struct mp_process *p = malloc(sizeof(*p));

	if (!p)
		return -ENOMEM;
	p->pid = r->pid;
	memcpy(p->host, r->host.p, r->host.len);
	p->host[r->host.len] = '\0';
	p->lines = 0;
	clear_extremes(p->rss, MP_TIMELINE_BUCKETS);
	clear_extremes(p->vss, MP_TIMELINE_BUCKETS);
	t->processes[t->process_count++] = p;
	*ret = p;
	return 0;
}

/* ---- lines ---- */

void mp_timeline_init(struct mp_timeline *t)
{
	*t = (struct mp_timeline){ 0 };
	clear_readings(t->oops, MP_TIMELINE_BUCKETS);
}

/* Growth outside requests may be that of several gaps: it ended who knows
   when. */
static bool has_times(const struct mp_record *r, enum mp_own own)
{
	return own != MP_OWN_OUTSIDE || r->start_rss != MP_UNKNOWN;
}

static void add_reading(struct mp_timeline *t, struct mp_process *p,
			int64_t time_us, int64_t rss, int64_t vss)
{
	size_t i;

	if (rss == MP_UNKNOWN && vss == MP_UNKNOWN)
		return;
	i = bucket_of(t, time_us);
	extremes_add(&p->rss[i], (struct mp_reading){ time_us, rss });
	extremes_add(&p->vss[i], (struct mp_reading){ time_us, vss });
}

static void add_oops(struct mp_timeline *t, int64_t time_us, int64_t rss)
{
	struct mp_reading *first;

	t->oops_count++;
	if (rss == MP_UNKNOWN)
		return;
	first = &t->oops[bucket_of(t, time_us)];
	if (first->bytes == MP_UNKNOWN)
		*first = (struct mp_reading){ time_us, rss };
}

/* From when to when a line tells: `(stopped)` has the time of its end. */
struct span {
	int64_t start_us, end_us;
};

static struct span span_of(const struct mp_record *r, enum mp_own own)
{
	int64_t at = r->timestamp_us, duration = r->duration_us;

	if (duration == MP_UNKNOWN || duration > LAST_TIME_US)
		duration = 0;
	if (own == MP_OWN_STOPPED)
		return (struct span){ at - duration, at };
	return (struct span){ at, at + duration };
}

int mp_timeline_add(struct mp_timeline *t, const struct mp_record *r,
		    enum mp_record_form form)
{
	enum mp_own own = mp_own_kind(r, form);
	struct span span = span_of(r, own);
	struct mp_process *p = find(t, r);
	int err;

	if (form == MP_RECORD_FORMAT_1)
		t->has_utc = true;
	else
		t->has_local = true;
	if (!p && t->process_count == MP_TIMELINE_PROCESSES) {
		t->left_out++;
	} else if (!p) {
		err = add_process(t, r, &p);
		if (err)
			return err;
	}
	if (p)
		p->lines++;
	if (p && has_times(r, own)) {
		add_reading(t, p, span.start_us, r->start_rss, r->start_vss);
		add_reading(t, p, span.end_us, r->end_rss, r->end_vss);
	}
	if (own == MP_OWN_NONE &&
	    (r->oops_id.len != 1 || r->oops_id.p[0] != '-'))
		add_oops(t, span.end_us, r->end_rss);
	return 0;
}

static int compare_processes(const void *a, const void *b)
{
	const struct mp_process *const *pa = a, *const *pb = b;
	uint64_t la = (*pa)->lines, lb = (*pb)->lines;

	if (la != lb)
		return la < lb ? 1 : -1;
	return ((*pa)->pid > (*pb)->pid) - ((*pa)->pid < (*pb)->pid);
}

void mp_timeline_sort(struct mp_timeline *t)
{
	qsort(t->processes, t->process_count, sizeof(struct mp_process *),
	      compare_processes);
}

void mp_timeline_release(struct mp_timeline *t)
{
	for (unsigned i = 0; i < t->process_count; i++)
		free(t->processes[i]);
	mp_timeline_init(t);
}
