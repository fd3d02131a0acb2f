#ifndef MP_PERFCLOCK_H
#define MP_PERFCLOCK_H

/*
 * perfclock: a signal to one thread after each interval of its CPU time, more
 * often than the kernel's ticks, by perf_event_open(2).
 *
 * The event is a clock made of software, of user space alone; many systems
 * refuse it to all but root, or to everybody in a container.  To open one takes
 * long, so each thread keeps its own until it ends, and starts and stops it.
 * What is left of an interval when it is stopped counts when it is started
 * again, and the first interval is of random length: so short requests are
 * sampled in proportion.
 */

#include <signal.h>
#include <stdint.h>

/* What the kernel keeps to at least. */
#define MP_PERFCLOCK_LEAST_NS INT64_C(10000)

/* Threads that have one at once. */
#define MP_PERFCLOCKS 256

/*
 * Have `signal` sent to this thread from now on, on behalf of `tag`, which is
 * not 0, and store the clock's place in `*ret`.  Fails with -EBUSY where it
 * serves another tag already or too many threads have one, and as
 * perf_event_open(2) and fcntl(2).
 */
int mp_perfclock_start(int signal, uint64_t tag, int64_t interval_ns,
		       uint32_t *ret);

/* Stop the clock at `place`, if it still serves `tag`; on any thread. */
void mp_perfclock_stop(uint32_t place, uint64_t tag);

/* The tag that a signal of this thread's clock is for; 0 where it is none.
   Async-signal-safe. */
uint64_t mp_perfclock_tag(const siginfo_t *info);

/* Forget those of the parent, in a forked child. */
void mp_perfclock_renew(void);

#endif
