#ifndef MP_ONEIN_H
#define MP_ONEIN_H

/*
 * onein: one in N, by a hash of a number (the finalizer of SplitMix64: Steele,
 * Lea, Flood, OOPSLA 2014), so that no rhythm of the traffic meets that of the
 * sampling.
 */

#include <stdbool.h>
#include <stdint.h>

static inline bool mp_onein(uint64_t number, uint64_t n)
{
	uint64_t z = number + UINT64_C(0x9e3779b97f4a7c15);

	if (n <= 1)
		return true;
	z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
	z ^= z >> 31;
	return z % n == 0;
}

#endif
