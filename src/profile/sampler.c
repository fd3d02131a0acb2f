#include "profile/sampler.h"

#include "core/clock.h"
#include "core/latch.h"
#include "core/ownthread.h"
#include "core/process.h"
#include "profile/blocked.h"
#include "profile/eye.h"
#include "profile/stackcopy.h"
#include "profile/waits.h"

#include <assert.h>
#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <unistd.h>

#define NEVER MP_LATCH_EVER

static_assert(MP_UNWIND_MAX == MP_FOLD_FRAMES_MAX, "a stack fits a look");

struct watch {
	_Atomic bool taken;
	_Atomic int64_t due_ns; /* when to look; NEVER where nobody is to */
	_Atomic uint32_t latch; /* guards what follows */
	bool live;
	uint64_t name; /* its index plus a multiple of the count of watches */
	pid_t tid;
	struct mp_stack_bounds bounds;
	int64_t interval_ns;
	int64_t begin_ns;
	struct mp_waits waits;
	struct mp_sampler_told told;
	struct mp_eye queue; /* how long the thread waited for a CPU */
};

enum state {
	NONE,
	RUNS,
	STOPS, /* unless somebody wants it to run */
};

static struct watch watches[MP_SAMPLER_WATCHES];
static struct mp_eye eyes[MP_SAMPLER_WATCHES];
static void *room;		    /* for the copy of a stack */
static _Atomic uint32_t state;	    /* an enum state; slept on by stop */
static _Atomic uint32_t bell;	    /* counts rings; slept on by the sampler */
static _Atomic int64_t sleeps_till; /* 0 while it is awake */
static _Atomic uint32_t moments;    /* drawn so far */

static pthread_once_t prepared = PTHREAD_ONCE_INIT;
static int prepare_err;
static pthread_key_t thread_end;

/* Wake the sampler if it would sleep beyond `due_ns`.  That and its sleeping
   are in one order: it sees that it rang, or we see that it sleeps. */
static void ring(int64_t due_ns)
{
	int saved_errno = errno;

	atomic_fetch_add(&bell, 1);
	if (atomic_load(&sleeps_till) > due_ns)
		mp_latch_wake(&bell);
	errno = saved_errno;
}

/* Where in an interval to look: by the golden ratio these spread evenly, and
   meet no period of the host's. */
static int64_t draw_moment(int64_t interval_ns)
{
	uint32_t n =
		atomic_fetch_add_explicit(&moments, 1, memory_order_relaxed);

	return (int64_t)((uint64_t)interval_ns * (n * 2654435769u) >> 32);
}

/* ---- looking ---- */

/* A watch as it was when it was chosen. */
struct target {
	struct watch *watch;
	struct mp_eye *eye;
	uint64_t name;
	pid_t tid;
	int64_t queued_ns;
};

/* Lock the watch if it is still the same. */
static bool lock_target(const struct target *t)
{
	mp_latch_lock(&t->watch->latch);
	if (t->watch->live && t->watch->name == t->name)
		return true;
	mp_latch_unlock(&t->watch->latch);
	return false;
}

/*
 * Take the stack of a thread that waits at `b`.  Returns false where the watch
 * has ended, or the thread ran meanwhile: its CPU clock went on, or it waits
 * for something else.
 */
static bool take_stack(const struct target *t, const struct mp_blocked *b,
		       int64_t cpu_ns, struct mp_look *ret)
{
	struct mp_stackcopy copy;
	struct mp_blocked after;
	bool inside;

	if (!lock_target(t))
		return false;
	inside = mp_stackcopy_take(b->sp, t->watch->bounds, room, &copy);
	mp_latch_unlock(&t->watch->latch);
	if (mp_eye_look(t->eye, t->tid, &after) != 1 ||
	    !mp_blocked_same(b, &after) || mp_blocked_cpu_ns(t->tid) != cpu_ns)
		return false;

	if (!inside) {
		ret->pcs[0] = b->pc;
		ret->depth = 1;
		ret->cut = true;
		return true;
	}
	ret->depth = mp_unwind_blocked(b->pc, copy.sp, copy.bounds, ret->pcs,
				       MP_UNWIND_MAX, &ret->cut);
	ret->cut |= copy.cut;
	return true;
}

static void look(const struct target *t)
{
	struct mp_look now = { .waits = false };
	int64_t now_ns = mp_clock_mono_ns();
	int64_t cpu_ns = mp_blocked_cpu_ns(t->tid);
	struct mp_waits_time time = { now_ns, cpu_ns, t->queued_ns };
	struct mp_blocked b;
	bool moved = false;
	int err;

	err = cpu_ns < 0 ? -ESRCH : mp_eye_look(t->eye, t->tid, &b);
	if (err == -ESRCH)
		return;
	now.waits = err != 0;
	if (err == 1)
		moved = !take_stack(t, &b, cpu_ns, &now);

	if (!lock_target(t))
		return;
	if (err < 0)
		t->watch->told.err = err;
	if (moved) {
		t->watch->told.moved++;
	} else {
		t->watch->told.looks++;
		mp_waits_look(&t->watch->waits, &now, time);
	}
	mp_latch_unlock(&t->watch->latch);
}

/* Choose a moment in the interval behind this one. */
static void put_off(struct watch *w, int64_t now_ns)
{
	int64_t into_ns = (now_ns - w->begin_ns) % w->interval_ns;

	atomic_store(&w->due_ns, now_ns - into_ns + w->interval_ns +
					 draw_moment(w->interval_ns));
}

/* Look, if it is time to, and return when to look next. */
static int64_t visit(size_t index)
{
	struct watch *w = &watches[index];
	struct target t = { .watch = w, .eye = &eyes[index] };
	int64_t now_ns = mp_clock_mono_ns();
	int64_t due_ns = atomic_load(&w->due_ns);

	if (due_ns > now_ns)
		return due_ns;
	mp_latch_lock(&w->latch);
	if (w->live) {
		put_off(w, now_ns);
		t.name = w->name;
		t.tid = w->tid;
		t.queued_ns = mp_eye_queued_ns(&w->queue, w->tid);
	}
	mp_latch_unlock(&w->latch);
	if (t.tid)
		look(&t);
	return atomic_load(&w->due_ns);
}

/* ---- the thread ---- */

static void rest_till(int64_t till_ns, uint32_t rang)
{
	int64_t left_ns = NEVER;

	if (till_ns != NEVER)
		left_ns = till_ns - mp_clock_mono_ns();
	if (left_ns <= 0)
		return;
	atomic_store(&sleeps_till, till_ns);
	mp_latch_sleep(&bell, rang, left_ns);
	atomic_store(&sleeps_till, 0);
}

/* Whether the sampler is to end; then everything is left in order. */
static bool is_over(void)
{
	uint32_t stops = STOPS;

	if (atomic_load(&state) != STOPS)
		return false;
	for (size_t i = 0; i < MP_SAMPLER_WATCHES; i++) {
		mp_eye_shut(&eyes[i]);
		mp_latch_lock(&watches[i].latch);
		mp_eye_shut(&watches[i].queue);
		mp_latch_unlock(&watches[i].latch);
	}
	return atomic_compare_exchange_strong(&state, &stops, NONE);
}

static void *run(void *arg)
{
	prctl(PR_SET_NAME, "memprof");
	for (;;) {
		uint32_t rang = atomic_load(&bell);
		int64_t next_ns = NEVER;

		if (is_over())
			break;
		for (size_t i = 0; i < MP_SAMPLER_WATCHES; i++) {
			int64_t due_ns = visit(i);

			if (due_ns < next_ns)
				next_ns = due_ns;
		}
		rest_till(next_ns, rang);
	}
	mp_latch_wake(&state);
	return arg;
}

/* ---- the watches ---- */

/* With its latch, of a live watch. */
static void end_watch(struct watch *w)
{
	struct mp_waits_time now;

	now.queued_ns = mp_eye_queued_ns(&w->queue, w->tid);
	now.mono_ns = mp_clock_mono_ns();
	now.cpu_ns = mp_blocked_cpu_ns(w->tid);
	mp_waits_end(&w->waits, now);
	w->told.blocked_ns = w->waits.blocked_ns;
	w->told.queued_ns = w->waits.queued_ns;
	w->live = false;
	atomic_store(&w->due_ns, NEVER);
}

/* Its stack is there still: pthread_key_create(3). */
static void end_thread(void *arg)
{
	pid_t tid = gettid();

	(void)arg;
	/* In a child the watches are its parent's, their latches too. */
	if (mp_process_is_new())
		return;
	for (size_t i = 0; i < MP_SAMPLER_WATCHES; i++) {
		struct watch *w = &watches[i];
		bool ended;

		if (!atomic_load(&w->taken))
			continue;
		mp_latch_lock(&w->latch);
		ended = w->live && w->tid == tid;
		if (ended)
			end_watch(w);
		mp_latch_unlock(&w->latch);
		if (ended)
			atomic_store(&w->taken, false);
	}
}

static void prepare(void)
{
	void *p = mmap(NULL, MP_STACKCOPY_ROOM, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (p == MAP_FAILED) {
		prepare_err = -errno;
		return;
	}
	prepare_err = -pthread_key_create(&thread_end, end_thread);
	if (prepare_err) {
		munmap(p, MP_STACKCOPY_ROOM);
		return;
	}
	for (size_t i = 0; i < MP_SAMPLER_WATCHES; i++) {
		watches[i].name = i;
		atomic_store(&watches[i].due_ns, NEVER);
	}
	room = p;
}

int mp_sampler_start(void)
{
	uint32_t was = atomic_load(&state);
	int err;

	if (was == RUNS)
		return 0;
	pthread_once(&prepared, prepare);
	if (prepare_err)
		return prepare_err;
	while (!atomic_compare_exchange_weak(&state, &was, RUNS))
		;
	if (was != NONE)
		return 0;
	err = mp_ownthread_start(run, NULL);
	if (err)
		atomic_store(&state, NONE);
	return err;
}

static bool is_anybody_watched(void)
{
	for (size_t i = 0; i < MP_SAMPLER_WATCHES; i++)
		if (atomic_load(&watches[i].taken))
			return true;
	return false;
}

bool mp_sampler_stop(int64_t timeout_ns)
{
	int64_t until_ns = mp_clock_mono_ns() + timeout_ns;
	uint32_t runs = RUNS;

	/* Who begins to just now, sees that it stops, and has it go on. */
	if (is_anybody_watched())
		return false;
	if (atomic_compare_exchange_strong(&state, &runs, STOPS))
		ring(0);
	while (atomic_load(&state) == STOPS) {
		int64_t left_ns = until_ns - mp_clock_mono_ns();

		if (left_ns <= 0)
			return false;
		mp_latch_sleep(&state, STOPS, left_ns);
	}
	return atomic_load(&state) == NONE;
}

void mp_sampler_renew(void)
{
	if (!room)
		return;
	for (size_t i = 0; i < MP_SAMPLER_WATCHES; i++) {
		struct watch *w = &watches[i];

		atomic_store(&w->latch, MP_LATCH_FREE);
		atomic_store(&w->due_ns, NEVER);
		w->live = false;
		atomic_store(&w->taken, false);
		mp_eye_shut(&eyes[i]);
		mp_eye_shut(&w->queue);
	}
	atomic_store(&sleeps_till, 0);
	atomic_store(&state, NONE);
}

/* A thread mostly finds the watch again that it had, and its open file. */
static struct watch *take_watch(pid_t tid)
{
	for (size_t i = 0; i < MP_SAMPLER_WATCHES; i++) {
		struct watch *w =
			&watches[((size_t)tid + i) % MP_SAMPLER_WATCHES];
		bool taken = false;

		if (atomic_compare_exchange_strong(&w->taken, &taken, true))
			return w;
	}
	return NULL;
}

int mp_sampler_prepare(void)
{
	int err = mp_sampler_start();

	if (err)
		return err;
	/* Without it the stack could go while it is read. */
	return -pthread_setspecific(thread_end, &watches);
}

int mp_sampler_watch(struct mp_fold *fold, struct mp_stack_bounds bounds,
		     int64_t interval_ns, uint64_t *ret)
{
	pid_t tid = gettid();
	int err = mp_sampler_prepare();
	struct mp_waits_time now;
	struct watch *w;
	int64_t due_ns;

	if (err)
		return err;
	w = take_watch(tid);
	if (!w)
		return -EBUSY;
	if (interval_ns < MP_SAMPLER_INTERVAL_MIN)
		interval_ns = MP_SAMPLER_INTERVAL_MIN;

	mp_latch_lock(&w->latch);
	w->name += MP_SAMPLER_WATCHES;
	w->tid = tid;
	w->bounds = bounds;
	w->interval_ns = interval_ns;
	w->told = (struct mp_sampler_told){ 0 };
	now.cpu_ns = mp_blocked_cpu_ns(tid);
	now.mono_ns = mp_clock_mono_ns();
	now.queued_ns = mp_eye_queued_ns(&w->queue, tid);
	w->begin_ns = now.mono_ns;
	mp_waits_begin(&w->waits, fold, now);
	w->live = true;
	due_ns = w->begin_ns + draw_moment(interval_ns);
	atomic_store(&w->due_ns, due_ns);
	*ret = w->name;
	mp_latch_unlock(&w->latch);
	ring(due_ns);
	return 0;
}

bool mp_sampler_leave(uint64_t watch, struct mp_sampler_told *ret)
{
	struct watch *w = &watches[watch % MP_SAMPLER_WATCHES];
	bool ended;

	*ret = (struct mp_sampler_told){ 0 };
	mp_latch_lock(&w->latch);
	ended = w->live && w->name == watch;
	if (ended) {
		end_watch(w);
		*ret = w->told;
	}
	mp_latch_unlock(&w->latch);
	if (ended)
		atomic_store(&w->taken, false);
	return ended;
}
