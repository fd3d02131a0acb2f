#ifndef MP_PROCESS_H
#define MP_PROCESS_H

/*
 * process: notices that this process is a forked child of the one before.
 *
 * A word on a page of its own, which the kernel zeroes in each child
 * (MADV_WIPEONFORK, madvise(2)): so every way of forking is seen, at any
 * moment, for the price of one load, and no handler runs in children that
 * never call us.  A lock that another thread held while forking is on that
 * page too, and so is free in the child.
 */

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

enum mp_process_state {
	MP_PROCESS_NEW, /* what the kernel leaves in a child */
	MP_PROCESS_RENEWING,
	MP_PROCESS_READY,
};

struct mp_process_page {
	_Atomic uint32_t state; /* an enum mp_process_state */
	_Atomic uint32_t latch; /* held where a session is opened or closed */
};

struct mp_process {
	struct mp_process_page *_Atomic page; /* null before the first open */
	_Atomic uint32_t
		token; /* differs from that of each ancestor; never 0 */
	_Atomic int32_t pid;
};

extern struct mp_process mp_process;

/* Set the page up, once; to be called by each open.  -errno where the kernel
   has no MADV_WIPEONFORK (before Linux 4.14). */
int mp_process_init(void);

static inline struct mp_process_page *mp_process_page(void)
{
	return atomic_load_explicit(&mp_process.page, memory_order_acquire);
}

/* Whether somebody has to renew this process before it goes on. */
static inline bool mp_process_is_new(void)
{
	return atomic_load_explicit(&mp_process_page()->state,
				    memory_order_acquire) != MP_PROCESS_READY;
}

static inline uint32_t mp_process_token(void)
{
	return atomic_load_explicit(&mp_process.token, memory_order_relaxed);
}

/*
 * Take part in renewing a child: true for the one thread that must do it, and
 * then call mp_process_renewed().  The others wait here for the few system
 * calls that this takes, and get false.
 */
bool mp_process_renew(void);
void mp_process_renewed(void);

/* Expand a path of the configuration: `%p` is the pid and `%%` a percent sign,
   and nothing else is there.  `ret` has room for PATH_MAX bytes.  Fails with
   -ENAMETOOLONG. */
int mp_process_expand(const char *pattern, int32_t pid, char *ret);

/* Keep others out while a session is opened or closed; never on the request
   path.  Waits. */
void mp_process_lock(void);
void mp_process_unlock(void);

#endif
