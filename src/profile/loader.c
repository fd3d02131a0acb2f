#include "profile/loader.h"

#include "core/clock.h"
#include "core/latch.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#define PATIENCE_NS MP_NS_PER_S

/* How many threads are.  Each thread raises its own number before it looks at
   the other one; both are slept on. */
static _Atomic uint32_t inside, forking;

/* What this thread adds to them: it must not wait for itself. */
static _Thread_local bool is_inside __attribute__((tls_model("initial-exec")));
static _Thread_local bool is_forking __attribute__((tls_model("initial-exec")));

/* ---- forks ---- */

/* Until so many of the number are left, or patience is over. */
static void wait_for(_Atomic uint32_t *number, uint32_t left, int64_t until_ns)
{
	for (;;) {
		uint32_t now = atomic_load(number);
		int64_t left_ns = until_ns - mp_clock_mono_ns();

		if (now <= left || left_ns <= 0)
			return;
		mp_latch_sleep(number, now, left_ns);
	}
}

static void before_fork(void)
{
	is_forking = true;
	atomic_fetch_add(&forking, 1);
	wait_for(&inside, is_inside, mp_clock_mono_ns() + PATIENCE_NS);
}

static void after_fork(void)
{
	is_forking = false;
	atomic_fetch_sub(&forking, 1);
	mp_latch_wake(&forking);
}

/* Other threads are not there any more. */
static void in_child(void)
{
	is_forking = false;
	atomic_store(&forking, 0);
	atomic_store(&inside, is_inside);
}

/* Only in processes that ask for what is loaded. */
static void watch_forks(void)
{
	static _Atomic bool watched;

	if (!atomic_load(&watched) && !atomic_exchange(&watched, true))
		pthread_atfork(before_fork, after_fork, in_child);
}

/* ---- who asks ---- */

static void step_out(void)
{
	atomic_fetch_sub(&inside, 1);
	if (atomic_load(&forking))
		mp_latch_wake(&inside);
}

static void enter(void)
{
	int64_t until_ns = 0;

	for (;;) {
		atomic_fetch_add(&inside, 1);
		if (!atomic_load(&forking) || is_forking)
			break;
		if (!until_ns)
			until_ns = mp_clock_mono_ns() + PATIENCE_NS;
		if (mp_clock_mono_ns() >= until_ns)
			break;
		step_out();
		wait_for(&forking, 0, until_ns);
	}
	is_inside = true;
}

static void leave(void)
{
	is_inside = false;
	step_out();
}

int mp_loader_iterate(mp_loader_each *each, void *data)
{
	int ret;

	watch_forks();
	enter();
	ret = dl_iterate_phdr(each, data);
	leave();
	return ret;
}
