#ifndef MP_SAMPLER_H
#define MP_SAMPLER_H

/*
 * sampler: the one thread that looks where profiled threads wait, for profiles
 * by the wall clock.
 *
 * It looks at each thread that is watched, once in each interval at a moment
 * that differs, and reads the stack of those that wait from memory; those that
 * run are left to the CPU samples.  No thread gets a signal.  A stack is copied
 * under a lock of its watch that the end of the watch, and of the thread, also
 * take: so it is there while it is read, and who ends waits for one copy, of
 * microseconds, or for one addition to the fold.  If the thread ran meanwhile,
 * what was seen is dropped.
 *
 * The thread is started by the first watch, or before, and stays until
 * mp_sampler_stop(), asleep while nothing is watched: threads that come and go
 * would show in the memory of the requests that run beside.
 */

#include "profile/fold.h"
#include "profile/unwind.h"

#include <stdbool.h>
#include <stdint.h>

/* Threads that can be watched at once. */
#define MP_SAMPLER_WATCHES 64

/* The shortest interval; a shorter one is taken for this. */
#define MP_SAMPLER_INTERVAL_MIN INT64_C(1000000)

/* What became of a watch. */
struct mp_sampler_told {
	uint64_t looks;
	uint64_t moved;	    /* stacks dropped: the thread ran meanwhile */
	int64_t blocked_ns; /* what was added to the fold's stacks */
	int64_t queued_ns;  /* and as time without a free CPU */
	int err;	    /* why there are no stacks: mp_blocked_why() */
};

/*
 * Start the thread if there is none.  To be called before a request's memory is
 * read, better at open.  Fails as pthread_create(3) and mmap(2) do.
 */
int mp_sampler_start(void);

/*
 * The part of mp_sampler_watch() that may allocate, the first time in a thread;
 * then that does not.  Fails as it does.
 */
int mp_sampler_prepare(void);

/* Have the thread end within `timeout_ns`, unless somebody is watched.  Returns
   whether it has; it may do so later. */
bool mp_sampler_stop(int64_t timeout_ns);

/* Forget everything that a parent process watched; to be called in a child
   before anything else here. */
void mp_sampler_renew(void);

/*
 * Watch this thread, whose stack has these bounds, for a profile: where it
 * waits is added to `fold` until mp_sampler_leave(), or until the thread ends.
 * Stores in `*ret` what names the watch, never 0.  Fails with -EBUSY when as
 * many as can be are watched, with -ENOMEM, and as mp_sampler_start().
 */
int mp_sampler_watch(struct mp_fold *fold, struct mp_stack_bounds bounds,
		     int64_t interval_ns, uint64_t *ret);

/*
 * End a watch, from any thread; afterwards its fold is left alone.  Returns
 * false, with `*ret` all zeros, where its thread has ended, or this process is
 * a child of that.
 */
bool mp_sampler_leave(uint64_t watch, struct mp_sampler_told *ret);

#endif
