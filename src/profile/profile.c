#include "profile/profile.h"

#include "core/clock.h"
#include "core/cost.h"
#include "core/process.h"
#include "core/thread.h"
#include "profile/cputimer.h"
#include "profile/perfclock.h"
#include "profile/profsignal.h"
#include "profile/sampler.h"

#include <errno.h>
#include <sched.h>
#include <stddef.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

/* How long a detach waits for who is inside: yields first, then naps. */
#define YIELDS 100
#define NAPS   10000
#define NAP_NS 100000

/* The signal that we let this thread have though it had it blocked; or 0.
   gcc takes the model from the definition. */
static _Thread_local unsigned char unblocked
	__attribute__((tls_model("initial-exec")));

/* ---- sampling ---- */

/* What a timer's signal carries. */
static uint64_t tag_of(const struct mp_profile *p)
{
	struct mp_profile_ref ref = mp_profile_ref_of(p);

	return (uintptr_t)ref.generation * MP_PROFILE_SLOTS + ref.index;
}

bool mp_profile_is_here(const struct mp_profile *p)
{
	return mp_thread_self.token == mp_process_token() &&
	       atomic_load(&p->thread) == mp_thread_self.serial + 1;
}

static void sample(struct mp_profile *p, const void *ucontext)
{
	int64_t now_ns = mp_cost_clock_ns();
	uintptr_t pcs[MP_UNWIND_MAX];
	bool cut = false;
	size_t depth;

	depth = mp_unwind_signal(ucontext, p->bounds, pcs, MP_UNWIND_MAX, &cut);
	mp_fold_add(p->stacks, MP_FOLD_CPU, pcs, depth, 1,
		    (uint64_t)(now_ns - p->seen_ns));
	if (cut)
		mp_fold_count_cut(p->stacks);
	p->seen_ns = mp_cost_clock_ns();
	p->own_ns += p->seen_ns - now_ns;
}

/* On the thread that a signal of ours interrupted; it may come late.  No live
   profile has the tag 0, which is that of another's signal. */
static void take_sample(const siginfo_t *info, const void *ucontext)
{
	uint64_t tag = info->si_code == SI_TIMER
			       ? (uintptr_t)info->si_value.sival_ptr
			       : mp_perfclock_tag(info);
	struct mp_profile *p = mp_profile_at(tag % MP_PROFILE_SLOTS);

	atomic_fetch_add(&p->inside, 1);
	if (mp_profile_is_here(p) && tag_of(p) == tag)
		sample(p, ucontext);
	atomic_fetch_sub(&p->inside, 1);
}

/* ---- attach ---- */

static void start_timer(struct mp_profile *p)
{
	int signal = mp_profsignal_get(take_sample);
	int err;

	if (signal < 0) {
		mp_lacks_note(&p->lacks, MP_LACK_SIGNAL, 0);
		return;
	}
	if (mp_profsignal_unblock(signal))
		unblocked = (unsigned char)signal;
	if (p->interval_ns < mp_cputimer_tick_ns()) {
		err = mp_perfclock_start(signal, tag_of(p), p->interval_ns,
					 &p->perf_place);
		p->has_perf = !err;
		p->had_perf |= !err;
		if (!err)
			return;
		mp_lacks_note(&p->lacks, MP_LACK_PERF, err);
	}
	err = mp_cputimer_start(signal, tag_of(p), p->interval_ns, &p->timer);
	p->has_timer = !err;
	if (err)
		mp_lacks_note(&p->lacks, MP_LACK_TIMER, err);
}

void mp_profile_prepare(struct mp_profile *p)
{
	int err = mp_unwind_bounds(&p->bounds);

	mp_thread_get(mp_process_token());
	if (p->clock == MP_PROFILE_WALL)
		mp_sampler_prepare();
	if (err) {
		p->bounds = (struct mp_stack_bounds){ 0, 0 };
		mp_lacks_note(&p->lacks, MP_LACK_STACK, err);
		return;
	}
	mp_unwind_refresh();
	start_timer(p);
}

static void start_watch(struct mp_profile *p)
{
	int err;

	p->watch = 0;
	if (p->clock != MP_PROFILE_WALL)
		return;
	err = mp_sampler_watch(p->stacks, p->bounds, p->interval_ns, &p->watch);
	if (err)
		mp_lacks_note(&p->lacks, MP_LACK_LOOKS, err);
}

static void end_watch(struct mp_profile *p)
{
	struct mp_sampler_told told;

	if (!p->watch)
		return;
	mp_sampler_leave(p->watch, &told);
	if (told.err)
		mp_lacks_note(&p->lacks, MP_LACK_SIGHT, told.err);
}

void mp_profile_start(struct mp_profile *p)
{
	p->tid = mp_thread_self.tid;
	p->own_ns = 0;
	p->slice_ns = mp_cost_clock_ns();
	p->seen_ns = p->slice_ns;
	start_watch(p);
	atomic_store(&p->thread, mp_thread_self.serial + 1);
	mp_profile_give(p);
}

/* ---- detach ---- */

/* The CPU clock of any thread of ours; see clock_getres(2).  False where it has
   ended. */
static bool read_clock_of(int32_t tid, int64_t *ret_ns)
{
	struct timespec t;

	if (clock_gettime((clockid_t)(~(uint32_t)tid << 3 | 6), &t))
		return false;
	*ret_ns = t.tv_sec * MP_NS_PER_S + t.tv_nsec;
	return true;
}

/* Not nanosleep(2) as glibc has it, a cancellation point. */
static bool wait_for_others(const struct mp_profile *p)
{
	const struct timespec nap = { 0, NAP_NS };

	for (unsigned i = 0; i < YIELDS + NAPS; i++) {
		if (!atomic_load(&p->inside))
			return true;
		if (i < YIELDS)
			sched_yield();
		else
			syscall(SYS_nanosleep, &nap, NULL);
	}
	return false;
}

/* Returns false where somebody is still inside. */
static bool end_slice(struct mp_profile *p, bool here, int64_t now_ns)
{
	end_watch(p);
	if (!wait_for_others(p))
		return false;
	if (!here) {
		mp_lacks_note(&p->lacks, MP_LACK_AWAY, 0);
		if (!read_clock_of(p->tid, &now_ns))
			now_ns = p->seen_ns;
	}
	/* A sample may have been taken since the clock was read. */
	if (now_ns < p->seen_ns)
		now_ns = p->seen_ns;
	p->cpu_ns += now_ns - p->slice_ns - p->own_ns;
	return true;
}

bool mp_profile_stop(struct mp_profile *p)
{
	bool here = mp_profile_is_here(p);
	int64_t now_ns = here ? mp_cost_clock_ns() : 0;

	if (atomic_exchange(&p->thread, 0) && !end_slice(p, here, now_ns))
		return false;
	p->duration_ns = mp_clock_mono_ns() - p->begin_mono_ns;
	return true;
}

void mp_profile_disarm(struct mp_profile *p)
{
	if (p->has_timer)
		mp_cputimer_stop(p->timer);
	p->has_timer = false;
	if (p->has_perf)
		mp_perfclock_stop(p->perf_place, tag_of(p));
	p->has_perf = false;
	if (unblocked && !mp_profile_any_here()) {
		mp_profsignal_block(unblocked);
		unblocked = 0;
	}
}
