/* unwindrefresh: whether modules came or went. */

#include "profile/loader.h"
#include "profile/module.h"
#include "profile/rulecache.h"
#include "profile/unwind.h"

static _Atomic uint64_t seen;

static int count_changes(struct dl_phdr_info *info, size_t size, void *ret)
{
	(void)size;
	*(uint64_t *)ret = info->dlpi_adds + info->dlpi_subs;
	return 1; /* each module says the same */
}

void mp_unwind_refresh(void)
{
	uint64_t before = atomic_load_explicit(&seen, memory_order_relaxed);
	uint64_t changes = 0;
	uintptr_t pcs[2];
	bool cut;

	mp_loader_iterate(count_changes, &changes);
	/* Of several threads that see it, one is enough. */
	if (changes == before ||
	    !atomic_compare_exchange_strong_explicit(&seen, &before, changes,
						     memory_order_relaxed,
						     memory_order_relaxed))
		return;
	mp_module_refresh();
	mp_rulecache_forget();
	/* The dynamic linker binds the names that this needs when they are first
	   called: better now than in a handler. */
	mp_unwind_here(pcs, 2, &cut);
}
