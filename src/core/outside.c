#include "core/outside.h"

static bool take(struct mp_outside *o)
{
	return !atomic_flag_test_and_set_explicit(&o->busy,
						  memory_order_acquire);
}

static void give(struct mp_outside *o)
{
	atomic_flag_clear_explicit(&o->busy, memory_order_release);
}

void mp_outside_init(struct mp_outside *o, struct mp_outside_end now)
{
	atomic_flag_clear(&o->busy);
	o->open = now.size.rss != MP_UNKNOWN;
	o->since = now;
	o->gaps = 0;
	o->gaps_ns = 0;
	o->vss_delta = 0;
	o->rss_delta = 0;
	atomic_store(&o->unsure, 0);
}

void mp_outside_open(struct mp_outside *o, struct mp_outside_end now)
{
	if (!take(o))
		return;
	o->open = now.size.rss != MP_UNKNOWN;
	o->since = now;
	give(o);
}

static void add_gap(struct mp_outside *o, const struct mp_outside_end *now)
{
	/* Most gaps are quiet; one line should name the one that was not. */
	if (now->size.vss == o->since.size.vss &&
	    now->size.rss == o->since.size.rss)
		return;
	if (!o->gaps++)
		o->first_real_us = o->since.real_us;
	/* Who begins reads the clock before it counts itself in, and may be
	   held up between while the last one ends. */
	if (now->mono_ns > o->since.mono_ns)
		o->gaps_ns += now->mono_ns - o->since.mono_ns;
	o->vss_delta += now->size.vss - o->since.size.vss;
	o->rss_delta += now->size.rss - o->since.size.rss;
}

static bool is_worth_a_line(const struct mp_outside *o, uint64_t threshold)
{
	int64_t delta = o->rss_delta;

	return delta != 0 &&
	       (uint64_t)(delta < 0 ? -delta : delta) >= threshold;
}

bool mp_outside_close(struct mp_outside *o, struct mp_outside_end now,
		      uint64_t threshold, struct mp_outside_growth *ret)
{
	bool worth = false;

	if (!take(o)) {
		mp_outside_unsure(o);
		return false;
	}
	if (!o->open || o->since.begun != now.begun ||
	    now.size.rss == MP_UNKNOWN) {
		mp_outside_unsure(o);
	} else {
		add_gap(o, &now);
		worth = is_worth_a_line(o, threshold);
	}
	if (worth) {
		*ret = (struct mp_outside_growth){
			.real_us = o->first_real_us,
			.ns = o->gaps_ns,
			.vss_delta = o->vss_delta,
			.rss_delta = o->rss_delta,
			.one_gap = o->gaps == 1,
			.start = o->since.size,
		};
		o->gaps = 0;
		o->gaps_ns = 0;
		o->vss_delta = 0;
		o->rss_delta = 0;
	}
	o->open = false;
	give(o);
	return worth;
}
