#include "core/cost.h"

#define TRIES 32

static _Atomic int64_t reading_ns;

/* The shortest of some: nothing got in between. */
void mp_cost_learn(void)
{
	int64_t shortest = INT64_MAX, before = mp_cost_clock_ns();

	for (int i = 0; i < TRIES; i++) {
		int64_t now = mp_cost_clock_ns();

		if (now - before < shortest)
			shortest = now - before;
		before = now;
	}
	atomic_store(&reading_ns, shortest);
}

uint32_t mp_cost_ns(int64_t since_ns)
{
	int64_t ns = mp_cost_clock_ns() - since_ns -
		     atomic_load_explicit(&reading_ns, memory_order_relaxed);

	return ns < 0 ? 0 : ns > UINT32_MAX ? UINT32_MAX : (uint32_t)ns;
}
