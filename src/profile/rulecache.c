#include "profile/rulecache.h"

struct mp_rulecache_entry mp_rulecache[1 << MP_RULECACHE_BITS];
_Atomic uint64_t mp_rulecache_epoch_bits;

/*
 * Epochs differ above bit 47, where addresses of code do not, so that no PC of
 * one epoch is another in the next.  When all of them were in use, what is left
 * of the first ones goes.
 */
void mp_rulecache_forget(void)
{
	uint64_t step = (uint64_t)1 << 48;
	uint64_t before = atomic_fetch_add_explicit(&mp_rulecache_epoch_bits,
						    step, memory_order_acq_rel);

	if (before + step != 0)
		return;
	for (int i = 0; i < 1 << MP_RULECACHE_BITS; i++)
		atomic_store_explicit(&mp_rulecache[i].data, 0,
				      memory_order_relaxed);
}
