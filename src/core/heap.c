#include "core/heap.h"

#include <dlfcn.h>
#include <stdatomic.h>
#include <stdlib.h>

typedef int mallctlnametomib_fn(const char *name, size_t *mibp,
				size_t *miblenp);
typedef int mallctlbymib_fn(const size_t *mib, size_t miblen, void *oldp,
			    size_t *oldlenp, void *newp, size_t newlen);

/* Weak: the archive and the library are linked, and loaded, without jemalloc.
   The names are jemalloc's, see jemalloc(3). */
extern int mallctl(const char *name, void *oldp, size_t *oldlenp, void *newp,
		   size_t newlen) __attribute__((weak));
extern int mallctlnametomib(const char *name, size_t *mibp, size_t *miblenp)
	__attribute__((weak));
extern int mallctlbymib(const size_t *mib, size_t miblen, void *oldp,
			size_t *oldlenp, void *newp, size_t newlen)
	__attribute__((weak));

#define MIB_MAX 4

struct mib {
	size_t len; /* 0: by name */
	size_t part[MIB_MAX];
};

/* Written by a probe; a later probe finds the same again. */
static struct {
	mp_heap_mallctl *given;
	mp_heap_mallctl *ctl;
	mallctlbymib_fn *bymib;
	struct mib peak_reset, peak_read;
	_Atomic int state; /* an enum memprof_heap */
} heap;

static const uint64_t no_counter;

void mp_heap_set_mallctl(mp_heap_mallctl *fn)
{
	heap.given = fn;
}

enum memprof_heap mp_heap_state(void)
{
	return (enum memprof_heap)atomic_load_explicit(&heap.state,
						       memory_order_acquire);
}

/* dlsym(3) returns data pointers, POSIX or not; this converts without a cast
   that compilers warn of. */
#define FIND(type, name)                  \
	(((union {                        \
		 void *p;                 \
		 type *fn;                \
	 }){ dlsym(RTLD_DEFAULT, name) }) \
		 .fn)

static void find_mib(mallctlnametomib_fn *tomib, const char *name,
		     struct mib *ret)
{
	ret->len = MIB_MAX;
	if (!heap.bymib || !tomib || tomib(name, ret->part, &ret->len))
		ret->len = 0;
}

static void find_functions(void)
{
	mallctlnametomib_fn *tomib = mallctlnametomib;

	heap.ctl = heap.given;
	heap.bymib = NULL;
	if (!heap.ctl) {
		heap.ctl = mallctl;
		heap.bymib = mallctlbymib;
	}
	if (!heap.ctl) {
		heap.ctl = FIND(mp_heap_mallctl, "mallctl");
		tomib = FIND(mallctlnametomib_fn, "mallctlnametomib");
		heap.bymib = FIND(mallctlbymib_fn, "mallctlbymib");
	}
	if (heap.ctl) {
		find_mib(tomib, "thread.peak.reset", &heap.peak_reset);
		find_mib(tomib, "thread.peak.read", &heap.peak_read);
	}
}

static bool read_pointer(const char *name, const uint64_t **ret)
{
	uint64_t *p = NULL;
	size_t size = sizeof(p);

	if (heap.ctl(name, &p, &size, NULL, 0) || !p)
		return false;
	*ret = p;
	return true;
}

static bool find_counters(const uint64_t **ret_allocated,
			  const uint64_t **ret_freed)
{
	*ret_allocated = &no_counter;
	*ret_freed = &no_counter;
	if (!heap.ctl || !read_pointer("thread.allocatedp", ret_allocated))
		return false;
	if (read_pointer("thread.deallocatedp", ret_freed))
		return true;
	*ret_allocated = &no_counter;
	return false;
}

/* Read through volatile: the compiler knows what malloc() and free() do, and
   else takes the two for nothing and the counter for unchanged. */
static bool serves_malloc(const uint64_t *allocated)
{
	const volatile uint64_t *counter = allocated;
	uint64_t before = *counter;
	void *volatile p = malloc(64);
	uint64_t after = *counter;

	free(p);
	return after != before;
}

void mp_heap_probe(void)
{
	const uint64_t *allocated, *freed;
	enum memprof_heap state;

	/* The functions are read by threads that know the state as active. */
	if (mp_heap_state() == MEMPROF_HEAP_ACTIVE)
		return;
	find_functions();
	if (!heap.ctl)
		state = MEMPROF_HEAP_NONE;
	else if (!find_counters(&allocated, &freed))
		state = MEMPROF_HEAP_INACTIVE;
	else if (heap.given || serves_malloc(allocated))
		state = MEMPROF_HEAP_ACTIVE; /* who hands it to us uses it */
	else
		state = MEMPROF_HEAP_INACTIVE;
	atomic_store_explicit(&heap.state, state, memory_order_release);
}

bool mp_heap_thread(const uint64_t **ret_allocated, const uint64_t **ret_freed)
{
	/* Until it is active, a probe may be changing the functions. */
	if (mp_heap_state() == MEMPROF_HEAP_ACTIVE)
		return find_counters(ret_allocated, ret_freed);
	*ret_allocated = &no_counter;
	*ret_freed = &no_counter;
	return false;
}

static int call(const struct mib *mib, const char *name, void *old,
		size_t *size)
{
	if (mib->len)
		return heap.bymib(mib->part, mib->len, old, size, NULL, 0);
	return heap.ctl(name, old, size, NULL, 0);
}

void mp_heap_peak_reset(void)
{
	call(&heap.peak_reset, "thread.peak.reset", NULL, NULL);
}

int64_t mp_heap_peak_read(void)
{
	uint64_t peak;
	size_t size = sizeof(peak);

	if (call(&heap.peak_read, "thread.peak.read", &peak, &size))
		return MP_UNKNOWN;
	return (int64_t)peak;
}

static int64_t read_total(const char *name)
{
	size_t v, size = sizeof(v);

	return heap.ctl(name, &v, &size, NULL, 0) ? MP_UNKNOWN : (int64_t)v;
}

struct mp_heap_totals mp_heap_totals(void)
{
	uint64_t epoch = 1;
	size_t size = sizeof(epoch);

	heap.ctl("epoch", &epoch, &size, &epoch, size);
	return (struct mp_heap_totals){
		.allocated = read_total("stats.allocated"),
		.active = read_total("stats.active"),
		.resident = read_total("stats.resident"),
	};
}
