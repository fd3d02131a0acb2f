#include "profile/waits.h"

#include <string.h>

void mp_waits_begin(struct mp_waits *w, struct mp_fold *fold, int64_t now_ns,
		    int64_t cpu_ns)
{
	w->fold = fold;
	w->last_ns = now_ns;
	w->last_cpu_ns = cpu_ns;
	w->owed_ns = 0;
	w->value_ns = 0;
	w->blocked_ns = 0;
	w->last.waits = false;
}

/*
 * The time off the CPU since the last look.  The two clocks are not read at
 * once: who is stopped between them finds that the thread ran more than it
 * could, and takes that from the time that follows.
 */
static int64_t pass(struct mp_waits *w, int64_t now_ns, int64_t cpu_ns)
{
	int64_t off_ns = 0;

	if (cpu_ns >= 0 && w->last_cpu_ns >= 0)
		off_ns = now_ns - w->last_ns - (cpu_ns - w->last_cpu_ns) -
			 w->owed_ns;
	w->last_ns = now_ns;
	w->last_cpu_ns = cpu_ns;
	w->owed_ns = off_ns < 0 ? -off_ns : 0;
	return off_ns > 0 ? off_ns : 0;
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
		   int64_t now_ns, int64_t cpu_ns)
{
	int64_t off_ns = pass(w, now_ns, cpu_ns), before_ns = 0;

	if (w->last.waits)
		before_ns = look->waits ? off_ns / 2 : off_ns;
	w->value_ns += before_ns;
	fold_last(w);
	w->value_ns = off_ns - before_ns;
	w->last.waits = look->waits;
	w->last.cut = look->cut;
	w->last.depth = look->depth;
	memcpy(w->last.pcs, look->pcs, look->depth * sizeof(*look->pcs));
}

void mp_waits_end(struct mp_waits *w, int64_t now_ns, int64_t cpu_ns)
{
	w->value_ns += pass(w, now_ns, cpu_ns);
	fold_last(w);
	w->last.waits = false;
}
