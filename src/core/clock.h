#ifndef MP_CLOCK_H
#define MP_CLOCK_H

/* clock: the two clocks that we read, both served by the vDSO. */

#include <stdint.h>
#include <time.h>

#define MP_NS_PER_S INT64_C(1000000000)

/* Nanoseconds since some start; never goes back. */
static inline int64_t mp_clock_mono_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * MP_NS_PER_S + t.tv_nsec;
}

/* Microseconds since 1970, UTC. */
static inline int64_t mp_clock_real_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_REALTIME, &t);
	return t.tv_sec * INT64_C(1000000) + t.tv_nsec / 1000;
}

#endif
