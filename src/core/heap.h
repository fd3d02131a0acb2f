#ifndef MP_HEAP_H
#define MP_HEAP_H

/*
 * heap: jemalloc's counters, where the host brings jemalloc.
 *
 * We never link it: `mallctl` is a weak symbol, then looked for with
 * dlsym(3), or handed to us.  Of a thread, jemalloc tells the addresses of two
 * counters, bytes allocated and bytes freed, which are then read as memory;
 * and `thread.peak`, the most that allocated minus freed has been since it was
 * last reset, seen every 64 KiB of activity (jemalloc 5.3, peak_event.c).
 */

#include "core/record.h"
#include "memprof.h"

#include <stdbool.h>
#include <stdint.h>

typedef int mp_heap_mallctl(const char *name, void *oldp, size_t *oldlenp,
			    void *newp, size_t newlen);

/* Use `fn` instead of what the program has; null for that again. */
void mp_heap_set_mallctl(mp_heap_mallctl *fn);

/*
 * Look for jemalloc, and find out with a real allocation whether it serves
 * malloc().  For each open; not on the request path.
 */
void mp_heap_probe(void);

/* What the last probe found. */
enum memprof_heap mp_heap_state(void);

/*
 * Where this thread's counters are; false where there are none, and then both
 * point to a number that never changes.  Cold: once a thread.
 */
bool mp_heap_thread(const uint64_t **ret_allocated, const uint64_t **ret_freed);

/* Start this thread's peak anew. */
void mp_heap_peak_reset(void);

/* The most bytes that this thread held above what it held at the last reset,
   or MP_UNKNOWN. */
int64_t mp_heap_peak_read(void);

struct mp_heap_totals {
	int64_t allocated, active, resident; /* bytes, or MP_UNKNOWN */
};

/* Refresh jemalloc's statistics of the whole process, and read them.  Takes
   locks of jemalloc's, and 10 us or more. */
struct mp_heap_totals mp_heap_totals(void);

#endif
