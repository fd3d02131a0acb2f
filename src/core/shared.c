#include "core/shared.h"

#include "core/clock.h"

void mp_shared_init(struct mp_shared_statm *statm,
		    struct mp_shared_totals *totals)
{
	*statm = (struct mp_shared_statm){ .read_ns = INT64_MIN };
	*totals = (struct mp_shared_totals){
		.allocated = MP_UNKNOWN,
		.active = MP_UNKNOWN,
		.resident = MP_UNKNOWN,
	};
}

static struct mp_heap_totals last_totals(const struct mp_shared_totals *t)
{
	struct mp_heap_totals v;
	uint32_t began;

	/* A writer is done in some nanoseconds; who meets two has bad luck. */
	for (int i = 0; i < 2; i++) {
		began = mp_seq_read_begin(&t->seq);
		v.allocated = mp_seq_get(&t->allocated);
		v.active = mp_seq_get(&t->active);
		v.resident = mp_seq_get(&t->resident);
		if (mp_seq_read_ok(&t->seq, began))
			return v;
	}
	return (struct mp_heap_totals){ MP_UNKNOWN, MP_UNKNOWN, MP_UNKNOWN };
}

/* A refresh that takes longer than a thousandth of the interval makes the
   interval longer. */
static int64_t next_interval(int64_t interval_ns, int64_t cost_ns)
{
	if (interval_ns == 0 || cost_ns * 1000 < interval_ns)
		return interval_ns;
	return cost_ns * 1000;
}

static void refresh_totals(struct mp_shared_totals *t, int64_t interval_ns)
{
	int64_t now_ns = mp_clock_mono_ns();
	struct mp_heap_totals v = mp_heap_totals();
	int64_t cost_ns = mp_clock_mono_ns() - now_ns;

	if (mp_seq_write_begin(&t->seq)) {
		mp_seq_put(&t->allocated, v.allocated);
		mp_seq_put(&t->active, v.active);
		mp_seq_put(&t->resident, v.resident);
		mp_seq_write_end(&t->seq);
	}
	atomic_store(&t->due_ns, now_ns + next_interval(interval_ns, cost_ns));
	atomic_fetch_add(&t->refreshes, 1);
	atomic_fetch_add(&t->refresh_ns, (uint64_t)cost_ns);
}

struct mp_heap_totals mp_shared_totals_get(struct mp_shared_totals *t,
					   int64_t interval_ns, int64_t now_ns)
{
	int64_t due = atomic_load_explicit(&t->due_ns, memory_order_relaxed);

	if (interval_ns < 0 || mp_heap_state() != MEMPROF_HEAP_ACTIVE)
		return (struct mp_heap_totals){ MP_UNKNOWN, MP_UNKNOWN,
						MP_UNKNOWN };
	/* Whoever moves the time on refreshes; the others take what is there. */
	if (now_ns >= due && atomic_compare_exchange_strong(
				     &t->due_ns, &due, now_ns + MP_NS_PER_S))
		refresh_totals(t, interval_ns);
	return last_totals(t);
}

static bool shared_statm(const struct mp_shared_statm *s, int64_t oldest_ns,
			 struct mp_statm *ret, int64_t *ret_read_ns)
{
	uint32_t began = mp_seq_read_begin(&s->seq);

	*ret_read_ns = mp_seq_get(&s->read_ns);
	ret->vss = mp_seq_get(&s->vss);
	ret->rss = mp_seq_get(&s->rss);
	return mp_seq_read_ok(&s->seq, began) && *ret_read_ns >= oldest_ns;
}

struct mp_statm mp_shared_statm_get(struct mp_shared_statm *s,
				    int64_t max_age_ns, int64_t now_ns,
				    int64_t *ret_read_ns)
{
	struct mp_statm now;

	if (max_age_ns &&
	    shared_statm(s, now_ns - max_age_ns, &now, ret_read_ns))
		return now;

	now = mp_statm_read();
	*ret_read_ns = now_ns;
	if (max_age_ns && mp_seq_write_begin(&s->seq)) {
		mp_seq_put(&s->vss, now.vss);
		mp_seq_put(&s->rss, now.rss);
		mp_seq_put(&s->read_ns, now_ns);
		mp_seq_write_end(&s->seq);
	}
	return now;
}
