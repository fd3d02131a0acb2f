#include "report/timeline.h"

#include "report/own.h"
#include "report/text.h"

#include <errno.h>
#include <stdlib.h>

#define FIRST_SHIFT  10		     /* buckets of about a millisecond */
#define LAST_TIME_US (INT64_MAX / 4) /* far beyond the year 9999 */

/* ---- extremes ---- */

static bool is_known(struct mp_reading r)
{
	return r.bytes != MP_UNKNOWN;
}

/* Whether `a` is to be kept of two equal ones. */
static bool is_earlier(struct mp_reading a, struct mp_reading b)
{
	return a.bytes == b.bytes && a.time_us < b.time_us;
}

static void add_reading(struct mp_extremes *e, struct mp_reading r)
{
	if (!is_known(r))
		return;
	if (!is_known(e->least) || r.bytes < e->least.bytes ||
	    is_earlier(r, e->least))
		e->least = r;
	if (!is_known(e->most) || r.bytes > e->most.bytes ||
	    is_earlier(r, e->most))
		e->most = r;
}

static void clear_extremes(void *cell)
{
	static const struct mp_reading none = { 0, MP_UNKNOWN };

	*(struct mp_extremes *)cell = (struct mp_extremes){ none, none };
}

static void join_extremes(void *cell, const void *other)
{
	const struct mp_extremes *more = other;

	add_reading(cell, more->least);
	add_reading(cell, more->most);
}

const struct mp_cells mp_cells_extremes = {
	.size = sizeof(struct mp_extremes),
	.clear = clear_extremes,
	.join = join_extremes,
};

/* ---- buckets ---- */

static int64_t bucket_of(const struct mp_timeline *t, int64_t time_us)
{
	int64_t width = INT64_C(1) << t->shift;

	return time_us / width - (time_us % width < 0);
}

/* Make each bucket twice as long. */
static int widen(struct mp_timeline *t)
{
	t->cells = 0;
	for (size_t i = 0; i < t->names.count; i++)
		for (unsigned q = 0; q < MP_QUANTITIES; q++) {
			struct mp_row *row = &t->processes[i]->rows[q];

			if (mp_row_halve(row, &mp_cells_extremes))
				return -ENOMEM;
			t->cells += row->capacity;
		}
	t->shift++;
	if (t->low <= t->high) {
		t->low = mp_row_half(t->low);
		t->high = mp_row_half(t->high);
	}
	return 0;
}

/* Widen the buckets until they cover `time_us`. */
static int cover(struct mp_timeline *t, int64_t time_us)
{
	for (;;) {
		int64_t at = bucket_of(t, time_us);
		int64_t low = at < t->low ? at : t->low;
		int64_t high = at > t->high ? at : t->high;

		if (t->low > t->high)
			low = high = at;
		if (high - low < MP_TIMELINE_BUCKETS) {
			t->low = low;
			t->high = high;
			return 0;
		}
		if (widen(t))
			return -ENOMEM;
	}
}

/* Room for another process at least is left, however many there are. */
static bool is_crowded(const struct mp_timeline *t)
{
	return t->cells > MP_TIMELINE_CELLS && t->low < t->high;
}

static int put(struct mp_timeline *t, struct mp_process *p,
	       enum mp_quantity quantity, int64_t time_us, int64_t bytes)
{
	struct mp_row *row = &p->rows[quantity];
	size_t capacity = row->capacity;
	void *cell;

	if (bytes == MP_UNKNOWN)
		return 0;
	if (cover(t, time_us) ||
	    mp_row_at(row, &mp_cells_extremes, bucket_of(t, time_us), &cell))
		return -ENOMEM;
	add_reading(cell, (struct mp_reading){ time_us, bytes });
	if (time_us < t->first_us)
		t->first_us = time_us;
	if (time_us > t->last_us)
		t->last_us = time_us;
	if (row->capacity == capacity)
		return 0;
	t->cells += row->capacity - capacity;
	while (is_crowded(t))
		if (widen(t))
			return -ENOMEM;
	return 0;
}

/* ---- processes ---- */

static int grow_processes(struct mp_timeline *t)
{
	size_t n = t->capacity ? 2 * t->capacity : 16;
	struct mp_process **processes =
		reallocarray(t->processes, n, sizeof(*processes));

	if (!processes)
		return -ENOMEM;
	t->processes = processes;
	t->capacity = n;
	return 0;
}

/* The process with that name, made where there is none; null where memory is
   short. */
static struct mp_process *process_of(struct mp_timeline *t, int64_t pid,
				     struct mp_text host)
{
	size_t count = t->names.count;
	struct mp_process *p;
	int64_t i;

	if (count == t->capacity && grow_processes(t))
		return NULL;
	i = mp_names_add(&t->names, pid, host);
	if (i < 0)
		return NULL;
	if ((size_t)i < count)
		return t->processes[i];
	p = calloc(1, sizeof(*p));
	if (!p) {
		mp_names_drop(&t->names);
		return NULL;
	}
	p->pid = pid;
	p->host = t->names.names[i].text;
	t->processes[i] = p;
	return p;
}

/* ---- lines ---- */

void mp_timeline_init(struct mp_timeline *t)
{
	*t = (struct mp_timeline){
		.shift = FIRST_SHIFT,
		.low = 0,
		.high = -1,
		.first_us = INT64_MAX,
		.last_us = INT64_MIN,
	};
}

/* Growth outside requests may be that of several gaps: it ended who knows
   when. */
static bool has_times(const struct mp_record *r, enum mp_own own)
{
	return own != MP_OWN_OUTSIDE || r->start_rss != MP_UNKNOWN;
}

/* From when to when a line tells: `(stopped)` and `(recovered)` have the time of
   its end. */
struct span {
	int64_t start_us, end_us;
};

static struct span span_of(const struct mp_record *r, enum mp_own own)
{
	int64_t at = r->timestamp_us, duration = r->duration_us;

	if (duration == MP_UNKNOWN || duration > LAST_TIME_US)
		duration = 0;
	if (own == MP_OWN_STOPPED || own == MP_OWN_RECOVERED)
		return (struct span){ at - duration, at };
	return (struct span){ at, at + duration };
}

static int add_readings(struct mp_timeline *t, struct mp_process *p,
			const struct mp_record *r, struct span span)
{
	const struct {
		enum mp_quantity quantity;
		int64_t time_us, bytes;
	} readings[] = {
		{ MP_QUANTITY_RSS, span.start_us, r->start_rss },
		{ MP_QUANTITY_RSS, span.end_us, r->end_rss },
		{ MP_QUANTITY_VSS, span.start_us, r->start_vss },
		{ MP_QUANTITY_VSS, span.end_us, r->end_vss },
		{ MP_QUANTITY_ALLOCATED, span.end_us, r->heap_allocated },
		{ MP_QUANTITY_ACTIVE, span.end_us, r->heap_active },
		{ MP_QUANTITY_RESIDENT, span.end_us, r->heap_resident },
	};

	for (size_t i = 0; i < sizeof(readings) / sizeof(*readings); i++)
		if (put(t, p, readings[i].quantity, readings[i].time_us,
			readings[i].bytes))
			return -ENOMEM;
	return 0;
}

static int add_mark(struct mp_timeline *t, struct mp_process *p,
		    const struct mp_record *r, enum mp_own own, int64_t time_us)
{
	if (own == MP_OWN_STARTED)
		return put(t, p, MP_QUANTITY_STARTED, time_us, r->end_rss);
	if (own == MP_OWN_STOPPED)
		return put(t, p, MP_QUANTITY_STOPPED, time_us, r->end_rss);
	if (own == MP_OWN_RECOVERED || own == MP_OWN_UNFINISHED)
		return put(t, p, MP_QUANTITY_KILLED, time_us, r->end_rss);
	if (own != MP_OWN_NONE ||
	    (r->oops_id.len == 1 && r->oops_id.p[0] == '-'))
		return 0;
	t->oops_count++;
	return put(t, p, MP_QUANTITY_OOPS, time_us, r->end_rss);
}

int mp_timeline_add(struct mp_timeline *t, const struct mp_record *r,
		    enum mp_record_form form)
{
	enum mp_own own = mp_own_kind(r, form);
	struct span span = span_of(r, own);
	struct mp_process *p = process_of(t, r->pid, r->host);

	if (!p)
		return -ENOMEM;
	if (form == MP_RECORD_FORMAT_1)
		t->has_utc = true;
	else
		t->has_local = true;
	p->lines++;
	if (has_times(r, own) && add_readings(t, p, r, span))
		return -ENOMEM;
	return add_mark(t, p, r, own, span.end_us);
}

/* ---- merging ---- */

static int merge_row(struct mp_timeline *t, struct mp_process *p,
		     enum mp_quantity quantity, const struct mp_row *from)
{
	for (int64_t i = from->low; from->capacity && i <= from->high; i++) {
		const struct mp_extremes *e =
			mp_row_find(from, &mp_cells_extremes, i);

		if (put(t, p, quantity, e->least.time_us, e->least.bytes) ||
		    put(t, p, quantity, e->most.time_us, e->most.bytes))
			return -ENOMEM;
	}
	return 0;
}

int mp_timeline_merge(struct mp_timeline *t, const struct mp_timeline *from)
{
	for (size_t i = 0; i < from->names.count; i++) {
		const struct mp_process *other = from->processes[i];
		struct mp_process *p = process_of(t, other->pid, other->host);

		if (!p)
			return -ENOMEM;
		p->lines += other->lines;
		for (unsigned q = 0; q < MP_QUANTITIES; q++)
			if (merge_row(t, p, (enum mp_quantity)q,
				      &other->rows[q]))
				return -ENOMEM;
	}
	t->oops_count += from->oops_count;
	t->has_utc |= from->has_utc;
	t->has_local |= from->has_local;
	return 0;
}

/* ---- order ---- */

/* How far its floor, the least RSS of each bucket, rose above where it began. */
static int64_t rise_of(const struct mp_process *p)
{
	const struct mp_row *row = &p->rows[MP_QUANTITY_RSS];
	int64_t first = MP_UNKNOWN, rise = 0;

	for (int64_t i = row->low; row->capacity && i <= row->high; i++) {
		const struct mp_extremes *e =
			mp_row_find(row, &mp_cells_extremes, i);

		if (!is_known(e->least))
			continue;
		if (first == MP_UNKNOWN)
			first = e->least.bytes;
		if (e->least.bytes - first > rise)
			rise = e->least.bytes - first;
	}
	return rise;
}

static int compare_numbers(int64_t a, int64_t b)
{
	return (a > b) - (a < b);
}

static int compare_processes(const void *a, const void *b)
{
	const struct mp_process *pa = *(struct mp_process *const *)a;
	const struct mp_process *pb = *(struct mp_process *const *)b;
	int order = compare_numbers(pb->rise, pa->rise);

	if (!order)
		order = compare_numbers((int64_t)pb->lines, (int64_t)pa->lines);
	if (!order)
		order = compare_numbers(pa->pid, pb->pid);
	return order ? order : mp_text_compare(pa->host, pb->host);
}

void mp_timeline_sort(struct mp_timeline *t)
{
	for (size_t i = 0; i < t->names.count; i++)
		t->processes[i]->rise = rise_of(t->processes[i]);
	if (t->names.count > 0)
		qsort(t->processes, t->names.count, sizeof(*t->processes),
		      compare_processes);
}

void mp_timeline_release(struct mp_timeline *t)
{
	for (size_t i = 0; i < t->names.count; i++) {
		for (unsigned q = 0; q < MP_QUANTITIES; q++)
			mp_row_release(&t->processes[i]->rows[q]);
		free(t->processes[i]);
	}
	free(t->processes);
	mp_names_release(&t->names);
	mp_timeline_init(t);
}
