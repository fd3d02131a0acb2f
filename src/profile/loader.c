#include "profile/loader.h"

#include "core/clock.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#define PATIENCE_NS MP_NS_PER_S

/* Each thread raises its own number before it looks at the other one. */
static _Atomic uint32_t inside, forking;

/* What this thread adds to them: it must not wait for itself. */
static _Thread_local bool is_inside __attribute__((tls_model("initial-exec")));
static _Thread_local bool is_forking __attribute__((tls_model("initial-exec")));

/* ---- forks ---- */

static void before_fork(void)
{
	int64_t until = mp_clock_mono_ns() + PATIENCE_NS;

	is_forking = true;
	atomic_fetch_add(&forking, 1);
	while (atomic_load(&inside) > is_inside && mp_clock_mono_ns() < until)
		sched_yield();
}

static void after_fork(void)
{
	is_forking = false;
	atomic_fetch_sub(&forking, 1);
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

static void enter(void)
{
	int64_t until = 0;

	for (;;) {
		atomic_fetch_add(&inside, 1);
		if (!atomic_load(&forking) || is_forking)
			break;
		if (!until)
			until = mp_clock_mono_ns() + PATIENCE_NS;
		if (mp_clock_mono_ns() >= until)
			break;
		atomic_fetch_sub(&inside, 1);
		sched_yield();
	}
	is_inside = true;
}

static void leave(void)
{
	is_inside = false;
	atomic_fetch_sub(&inside, 1);
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
