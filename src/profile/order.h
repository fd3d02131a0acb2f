#ifndef MP_ORDER_H
#define MP_ORDER_H

/*
 * order: the requests that a command from outside wants profiled.
 *
 * The command writes an order into the recorder, see recorder_layout.h; the
 * process sees it with its next request, takes the requests whose page matches,
 * counts them there, and names the files that they became.
 */

#include "core/recorder_layout.h"
#include "profile/profile.h"

#include <stdbool.h>
#include <stdint.h>

/* How a request is to be profiled, and for which order. */
struct mp_order_taken {
	uint32_t serial;
	bool wall;	     /* by the wall clock; else as configured */
	int64_t interval_ns; /* 0: as configured */
};

/* The serial of the order that is open; 0: none is. */
static inline uint32_t mp_order_open(const struct mp_recorder_order *o)
{
	return atomic_load_explicit(&o->open, memory_order_relaxed);
}

/* Whether the order wants a request of this page, an escaped and terminated id;
   then it counts as taken. */
__attribute__((cold, noinline)) bool mp_order_take(struct mp_recorder_order *o,
						   const char *page,
						   struct mp_order_taken *ret);

/* A request that was taken became this file; or, where `path` is null, none. */
void mp_order_done(struct mp_recorder_order *o, uint32_t serial,
		   const char *path);

#endif
