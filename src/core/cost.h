#ifndef MP_COST_H
#define MP_COST_H

/*
 * cost: the CPU time that memprof itself takes, measured in some requests.
 *
 * The clock of a thread's CPU time is a system call, so for one request in
 * MP_COST_ONE_IN our calls are measured, and what a reading of that clock
 * takes is left out.
 */

#include "core/recorder_layout.h"

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

#define MP_COST_ONE_IN 128

/* Whether the request that begins next is to be measured; the second is the
   first, for it finds all that it needs in the caches. */
static inline bool mp_cost_is_due(const struct mp_overlap *o)
{
	return mp_overlap_begun_low(mp_overlap_word(o)) % MP_COST_ONE_IN == 1;
}

/* This thread's CPU time so far. */
static inline int64_t mp_cost_clock_ns(void)
{
	struct timespec t = { 0, 0 };

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

/* Learn what a reading takes; at open. */
void mp_cost_learn(void);

/* CPU time of this thread since mp_cost_clock_ns() returned `since_ns`. */
uint32_t mp_cost_ns(int64_t since_ns);

/* All calls for a request took `ns` together. */
static inline void mp_cost_add(struct mp_recorder_cost *c, uint64_t ns)
{
	atomic_fetch_add_explicit(&c->requests, 1, memory_order_relaxed);
	atomic_fetch_add_explicit(&c->ns, ns, memory_order_relaxed);
}

#endif
