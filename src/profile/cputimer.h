#ifndef MP_CPUTIMER_H
#define MP_CPUTIMER_H

/*
 * cputimer: a signal to one thread after each interval of CPU time of its own.
 *
 * The kernel looks at such timers at its ticks, and so keeps to no shorter
 * interval than that of its HZ.  The first signal is due at the first tick
 * that finds the thread running: whoever runs for a part of a tick is met with
 * that part's chance, and short requests are sampled in proportion.
 *
 * A timer is made for each stretch of a request on a thread: that takes little
 * more than to arm and disarm one, and none is left behind by a thread that
 * ends.  Straight to the kernel: some C libraries allocate memory for one.
 */

#include <stdint.h>

/*
 * Have `signal` sent to this thread, with `value`, from now on, and store the
 * timer's id in `*ret`.  Fails as timer_create(2): with -EAGAIN at
 * RLIMIT_SIGPENDING.
 */
int mp_cputimer_start(int signal, uint64_t value, int64_t interval_ns,
		      int *ret);

/* From any thread; and where the timer's thread has ended, too.  A signal that
   was sent may still come. */
void mp_cputimer_stop(int timer);

/* The time between two ticks of the kernel. */
int64_t mp_cputimer_tick_ns(void);

#endif
