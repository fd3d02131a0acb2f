#ifndef SLOWCOPY_H
#define SLOWCOPY_H

/* slowcopy: stacks are copied as slowly as a test wants, and counted; for tests
   with --wrap=mp_stackcopy_take. */

#include "profile/stackcopy.h"

#include <stdatomic.h>
#include <time.h>

static _Atomic unsigned copies;
static _Atomic int64_t copy_takes_ns;

bool __real_mp_stackcopy_take(uintptr_t sp, struct mp_stack_bounds bounds,
			      void *room, struct mp_stackcopy *ret);
bool __wrap_mp_stackcopy_take(uintptr_t sp, struct mp_stack_bounds bounds,
			      void *room, struct mp_stackcopy *ret);
bool __wrap_mp_stackcopy_take(uintptr_t sp, struct mp_stack_bounds bounds,
			      void *room, struct mp_stackcopy *ret)
{
	const struct timespec pause = { 0, copy_takes_ns };

	copies++;
	if (copy_takes_ns)
		nanosleep(&pause, NULL);
	return __real_mp_stackcopy_take(sp, bounds, room, ret);
}

#endif
