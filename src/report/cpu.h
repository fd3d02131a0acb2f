#ifndef MP_CPU_H
#define MP_CPU_H

/* cpu: what the processor that we run on has, beyond what all of its kind do. */

#include <stdbool.h>

#ifdef __x86_64__
static inline bool mp_cpu_has_avx2(void)
{
	return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi");
}
#else
static inline bool mp_cpu_has_avx2(void)
{
	return false;
}
#endif

#endif
