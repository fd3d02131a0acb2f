#include "report/history.h"

#include "report/text.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define SHIFT_MIN   10
#define FIRST_SLOTS 64
/* Fewer floors, or fewer changes among them, tell nothing. */
#define FLOORS_MIN  8
#define CHANGES_MIN 3
#define LIFE_PART   0.9

void mp_history_init(struct mp_history *h)
{
	*h = (struct mp_history){ .first_us = INT64_MAX, .last_us = INT64_MIN };
}

static int64_t smaller(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

static int64_t larger(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

/* ---- one life ---- */

static void forget_levels(struct mp_life *life)
{
	for (size_t i = 0; i < MP_FLOORS; i++) {
		life->floors[i] = INT64_MAX;
		life->tops[i] = INT64_MIN;
	}
}

static void forget_floors(struct mp_life *life, bool heap)
{
	life->low = INT64_MAX;
	life->high = INT64_MIN;
	life->shift = SHIFT_MIN;
	life->heap = heap;
	forget_levels(life);
}

/* Take in that a stretch saw readings from `floor` to `top`. */
static void put(struct mp_life *life, int64_t number, int64_t floor,
		int64_t top)
{
	size_t i = (uint64_t)number % MP_FLOORS;

	life->floors[i] = smaller(life->floors[i], floor);
	life->tops[i] = larger(life->tops[i], top);
}

static void widen(struct mp_life *life)
{
	struct mp_life old = *life;

	life->shift++;
	if (old.low > old.high)
		return;
	forget_levels(life);
	life->low = old.low >> 1;
	life->high = old.high >> 1;
	for (int64_t s = old.low; s <= old.high; s++)
		put(life, s >> 1, old.floors[(uint64_t)s % MP_FLOORS],
		    old.tops[(uint64_t)s % MP_FLOORS]);
}

/* The same, of a stretch that may be narrower. */
static void add_levels(struct mp_life *life, int64_t number, unsigned shift,
		       int64_t floor, int64_t top)
{
	int64_t low, high;

	for (;; widen(life)) {
		if (life->shift < shift)
			continue;
		low = smaller(life->low, number >> (life->shift - shift));
		high = larger(life->high, number >> (life->shift - shift));
		if (high - low < MP_FLOORS)
			break;
	}
	life->low = low;
	life->high = high;
	put(life, number >> (life->shift - shift), floor, top);
}

/* The same, of one reading; most are in a stretch that is there. */
static void add_level(struct mp_life *life, int64_t us, int64_t v)
{
	int64_t number = us >> life->shift;

	if (number >= life->low && number <= life->high)
		put(life, number, v, v);
	else
		add_levels(life, us >> SHIFT_MIN, SHIFT_MIN, v, v);
}

static void add_state(struct mp_life *life, const struct mp_heap_state *s)
{
	/* Of two at the same time the larger counts, whatever their order. */
	if (s->us > life->last.us ||
	    (s->us == life->last.us && s->resident > life->last.resident))
		life->last = *s;
}

static void add_line(struct mp_life *life, const struct mp_record *r)
{
	bool heap = r->heap_allocated != MP_UNKNOWN;
	int64_t v = heap ? r->heap_allocated : r->end_rss;

	if (heap && !life->heap)
		forget_floors(life, true);
	if (heap == life->heap && v != MP_UNKNOWN)
		add_level(life, r->timestamp_us, v);
	if (heap && r->heap_active != MP_UNKNOWN &&
	    r->heap_resident != MP_UNKNOWN)
		add_state(life, &(struct mp_heap_state){
					.us = r->timestamp_us,
					.allocated = r->heap_allocated,
					.active = r->heap_active,
					.resident = r->heap_resident,
				});
}

static void merge_life(struct mp_life *life, const struct mp_life *other)
{
	add_state(life, &other->last);
	if (life->heap > other->heap)
		return;
	if (life->heap < other->heap)
		forget_floors(life, true);
	for (int64_t s = other->low; s <= other->high; s++) {
		size_t i = (uint64_t)s % MP_FLOORS;

		if (other->floors[i] != INT64_MAX)
			add_levels(life, s, other->shift, other->floors[i],
				   other->tops[i]);
	}
}

/* ---- all lives ---- */

static uint64_t key_of(const struct mp_record *r)
{
	uint64_t key = mp_text_mix(mp_text_hash(r->host), (uint64_t)r->pid);

	return key ? key : 1;
}

static struct mp_life **find(struct mp_life **slots, size_t count, uint64_t key)
{
	size_t i = key & (count - 1);

	while (slots[i] && slots[i]->key != key)
		i = (i + 1) & (count - 1);
	return &slots[i];
}

static int grow(struct mp_history *h)
{
	size_t n = h->slot_count ? 2 * h->slot_count : FIRST_SLOTS;
	struct mp_life **slots = calloc(n, sizeof(struct mp_life *));

	if (!slots)
		return -ENOMEM;
	for (size_t i = 0; i < h->slot_count; i++)
		if (h->slots[i])
			*find(slots, n, h->slots[i]->key) = h->slots[i];
	free(h->slots);
	h->slots = slots;
	h->slot_count = n;
	return 0;
}

/* The life `key`, a new one if need be; null where memory is short. */
static struct mp_life *have(struct mp_history *h, uint64_t key, int64_t pid,
			    struct mp_text host)
{
	struct mp_life **slot, *life;
	struct mp_gaps *gaps;

	if (2 * (h->count + 1) > h->slot_count && grow(h))
		return NULL;
	slot = find(h->slots, h->slot_count, key);
	if (*slot)
		return *slot;
	life = calloc(1, sizeof(*life) + host.len);
	gaps = h->with_gaps ? malloc(sizeof(*gaps)) : NULL;
	if (!life || (h->with_gaps && !gaps)) {
		free(life);
		free(gaps);
		return NULL;
	}
	forget_floors(life, false);
	life->key = key;
	life->pid = pid;
	life->last = (struct mp_heap_state){ .us = INT64_MIN };
	if (gaps)
		mp_gaps_init(gaps);
	life->gaps = gaps;
	life->host = (struct mp_text){ (char *)(life + 1), host.len };
	if (host.len)
		memcpy(life + 1, host.p, host.len);
	*slot = life;
	h->count++;
	return life;
}

/* A process begins anew with `(started)`; both ends of it tell its size. */
static int add_to_gaps(struct mp_gaps *gaps, const struct mp_record *r,
		       enum mp_own kind)
{
	if (kind == MP_OWN_NONE || kind == MP_OWN_UNFINISHED)
		return mp_gaps_add(gaps, r);
	if (kind != MP_OWN_STARTED && kind != MP_OWN_STOPPED)
		return 0;
	if (kind == MP_OWN_STARTED)
		mp_gaps_end(gaps);
	return mp_gaps_add_reading(gaps, r->timestamp_us, r->end_rss);
}

int mp_history_add(struct mp_history *h, const struct mp_record *r,
		   enum mp_own kind)
{
	uint64_t key = key_of(r);
	struct mp_life *life = NULL;

	if (h->slot_count > 0)
		life = *find(h->slots, h->slot_count, key);
	if (!life)
		life = have(h, key, r->pid, r->host);
	if (!life)
		return -ENOMEM;
	h->first_us = smaller(h->first_us, r->timestamp_us);
	h->last_us = larger(h->last_us, r->timestamp_us);
	add_line(life, r);
	if (life->gaps && add_to_gaps(life->gaps, r, kind))
		return -ENOMEM;
	return mp_runs_add(&life->runs, r, kind);
}

int mp_history_note(struct mp_history *h, const struct mp_record *r)
{
	struct mp_life *life = NULL;

	if (h->slot_count > 0)
		life = *find(h->slots, h->slot_count, key_of(r));
	return life ? mp_runs_add(&life->runs, r, MP_OWN_STARTED) : 0;
}

int mp_history_merge(struct mp_history *h, const struct mp_history *other)
{
	h->first_us = smaller(h->first_us, other->first_us);
	h->last_us = larger(h->last_us, other->last_us);
	for (size_t i = 0; i < other->slot_count; i++) {
		struct mp_life *from = other->slots[i], *to;

		if (!from)
			continue;
		to = have(h, from->key, from->pid, from->host);
		if (!to)
			return -ENOMEM;
		merge_life(to, from);
		if (mp_runs_merge(&to->runs, &from->runs))
			return -ENOMEM;
		if (from->gaps && to->gaps) {
			mp_gaps_end(from->gaps);
			mp_gaps_merge(to->gaps, from->gaps);
		}
	}
	return 0;
}

static void free_life(struct mp_life *life)
{
	mp_runs_release(&life->runs);
	if (life->gaps)
		mp_gaps_release(life->gaps);
	free(life->gaps);
	free(life);
}

void mp_history_release(struct mp_history *h)
{
	for (size_t i = 0; i < h->slot_count; i++) {
		if (h->slots[i])
			free_life(h->slots[i]);
	}
	free(h->slots);
	mp_history_init(h);
}

/* ---- what it tells ---- */

/* Floors of a life, and when each stretch began. */
struct floors {
	size_t count;
	size_t changes; /* of the readings, as far as can be seen */
	double time[MP_FLOORS], floor[MP_FLOORS];
};

/* Those of the stretches that saw a line. */
static struct floors floors_of(const struct mp_life *life)
{
	struct floors ret = { .count = 0 };
	int64_t before = MP_UNKNOWN;

	for (int64_t s = life->low; s <= life->high; s++) {
		int64_t v = life->floors[(uint64_t)s % MP_FLOORS];
		int64_t top = life->tops[(uint64_t)s % MP_FLOORS];
		int64_t us = s * (INT64_C(1) << life->shift);

		if (v == INT64_MAX)
			continue;
		ret.changes += ret.count > 0 && v != before;
		ret.changes += top != v;
		before = top;
		ret.time[ret.count] = (double)us;
		ret.floor[ret.count++] = (double)v;
	}
	return ret;
}

/* On the line between two floors; before the first and after the last, it. */
static double interpolate(const struct floors *f, double us)
{
	size_t i = 0;

	while (i < f->count && f->time[i] <= us)
		i++;
	if (i == 0 || i == f->count)
		return f->floor[i ? i - 1 : 0];
	return f->floor[i - 1] + (f->floor[i] - f->floor[i - 1]) *
					 (us - f->time[i - 1]) /
					 (f->time[i] - f->time[i - 1]);
}

/* Whether the life was there for most of the log. */
static bool is_whole(const struct mp_history *h, const struct mp_life *life)
{
	double width = (double)(INT64_C(1) << life->shift);
	double log = (double)h->last_us - (double)h->first_us;

	return (double)(life->high - life->low + 1) * width >= LIFE_PART * log;
}

bool mp_history_held(const struct mp_history *h, const double *us, size_t count,
		     double *ret_bytes)
{
	size_t lives = 0;

	for (size_t i = 0; i < count; i++)
		ret_bytes[i] = 0;
	for (size_t i = 0; i < h->slot_count; i++) {
		const struct mp_life *life = h->slots[i];
		struct floors f;

		if (!life || life->low > life->high)
			continue;
		f = floors_of(life);
		if (!is_whole(h, life) || f.count < FLOORS_MIN ||
		    f.changes < CHANGES_MIN)
			return false;
		for (size_t j = 0; j < count; j++)
			ret_bytes[j] += interpolate(&f, us[j]);
		lives++;
	}
	return lives > 0;
}

unsigned mp_history_shift(const struct mp_history *h)
{
	unsigned shift = 0;

	for (size_t i = 0; i < h->slot_count; i++)
		if (h->slots[i] && h->slots[i]->shift > shift)
			shift = h->slots[i]->shift;
	return shift;
}

bool mp_life_is_flat(const struct mp_life *life)
{
	struct floors f = floors_of(life);
	double most = 0, least = INFINITY;

	for (size_t i = f.count / 2; i < f.count; i++) {
		most = fmax(most, f.floor[i]);
		least = fmin(least, f.floor[i]);
	}
	return f.count >= FLOORS_MIN && most <= 1.1 * least;
}
