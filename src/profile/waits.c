#include "profile/waits.h"

#include <string.h>

void mp_waits_begin(struct mp_waits *w, struct mp_fold *fold,
		    struct mp_waits_time now)
{
	w->fold = fold;
	w->before = now;
	w->owed_ns = 0;
	w->owed_queued_ns = 0;
	w->value_ns = 0;
	w->nobodys_ns = 0;
	w->blocked_ns = 0;
	w->queued_ns = 0;
	w->last.waits = false;
}

static int64_t least(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

/*
 * The time off the CPU since the last look.  The two clocks are not read at
 * once: who is stopped between them finds that the thread ran more than it
 * could, and takes that from the time that follows.
 */
static int64_t pass_off(struct mp_waits *w, const struct mp_waits_time *now)
{
	int64_t off_ns = 0;

	if (now->cpu_ns >= 0 && w->before.cpu_ns >= 0)
		off_ns = now->mono_ns - w->before.mono_ns -
			 (now->cpu_ns - w->before.cpu_ns) - w->owed_ns;
	w->owed_ns = off_ns < 0 ? -off_ns : 0;
	return off_ns > 0 ? off_ns : 0;
}

/* What of that it did not wait for a CPU. */
static int64_t pass(struct mp_waits *w, struct mp_waits_time now)
{
	int64_t off_ns = pass_off(w, &now), queued_ns, taken_ns;

	if (now.queued_ns >= 0 && w->before.queued_ns >= 0)
		w->owed_queued_ns += now.queued_ns - w->before.queued_ns;
	if (now.queued_ns < 0)
		now.queued_ns = w->before.queued_ns;
	w->before = now;

	queued_ns = least(w->owed_queued_ns, off_ns);
	taken_ns = least(w->owed_queued_ns - queued_ns, w->nobodys_ns);
	w->nobodys_ns -= taken_ns;
	w->queued_ns += queued_ns + taken_ns;
	w->owed_queued_ns -= queued_ns + taken_ns;
	return off_ns - queued_ns;
}

static void fold_last(struct mp_waits *w)
{
	if (!w->last.waits)
		return;
	mp_fold_add(w->fold, MP_FOLD_BLOCKED, w->last.pcs, w->last.depth, 1,
		    (uint64_t)w->value_ns);
	if (w->last.cut)
		mp_fold_count_cut(w->fold);
	w->blocked_ns += w->value_ns;
}

void mp_waits_look(struct mp_waits *w, const struct mp_look *look,
		   struct mp_waits_time now)
{
	int64_t off_ns = pass(w, now), before_ns = 0;

	if (w->last.waits)
		before_ns = look->waits ? off_ns / 2 : off_ns;
	else if (!look->waits)
		w->nobodys_ns += off_ns;
	w->value_ns += before_ns;
	fold_last(w);
	w->value_ns = off_ns - before_ns;
	w->last.waits = look->waits;
	w->last.cut = look->cut;
	w->last.depth = look->depth;
	memcpy(w->last.pcs, look->pcs, look->depth * sizeof(*look->pcs));
}

void mp_waits_end(struct mp_waits *w, struct mp_waits_time now)
{
	w->value_ns += pass(w, now);
	fold_last(w);
	w->last.waits = false;
	if (w->queued_ns)
		mp_fold_add(w->fold, MP_FOLD_QUEUED, NULL, 0, 0,
			    (uint64_t)w->queued_ns);
}
