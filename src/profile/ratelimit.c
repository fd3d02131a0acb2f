#include "profile/ratelimit.h"

#define MINUTE_MS 60000u
#define NS_PER_MS 1000000

/* Times are milliseconds modulo 2^32: after 49 days a slot that was not used
   since may seem taken, for a minute. */
static bool is_free(uint64_t slot, uint32_t token, uint32_t now_ms)
{
	return slot >> 32 != token || now_ms - (uint32_t)slot >= MINUTE_MS;
}

bool mp_ratelimit_take(struct mp_ratelimit *limit, uint64_t max, uint32_t token,
		       int64_t now_ns)
{
	uint32_t now_ms = (uint32_t)(now_ns / NS_PER_MS);
	uint64_t mine = (uint64_t)token << 32 | now_ms;

	for (uint64_t i = 0; i < max && i < MP_RATELIMIT_MAX; i++) {
		uint64_t slot = atomic_load_explicit(&limit->slots[i],
						     memory_order_relaxed);

		/* Who fails was not alone: another thread took this one. */
		if (is_free(slot, token, now_ms) &&
		    atomic_compare_exchange_strong_explicit(
			    &limit->slots[i], &slot, mine, memory_order_relaxed,
			    memory_order_relaxed))
			return true;
	}
	return false;
}
