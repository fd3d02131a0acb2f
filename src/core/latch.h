#ifndef MP_LATCH_H
#define MP_LATCH_H

/*
 * latch: a word to sleep on, and a lock made of one.
 *
 * All locks of ours that are waited for are latches.  Zero is free; so a forked
 * child, where the thread that had the lock is not, frees it by a store, which
 * is more than may be done to a pthread_mutex_t.  No cancellation point.  A
 * signal handler may only try a lock, for its own thread may have it.
 */

#include "core/clock.h"

#include <limits.h>
#include <linux/futex.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <unistd.h>

#define MP_LATCH_EVER INT64_MAX

/* Sleep while the word has this value, `ns` at most; may return early. */
static inline void mp_latch_sleep(_Atomic uint32_t *word, uint32_t value,
				  int64_t ns)
{
	struct timespec time = { ns / MP_NS_PER_S, ns % MP_NS_PER_S };

	syscall(SYS_futex, word, FUTEX_WAIT_PRIVATE, value,
		ns == MP_LATCH_EVER ? NULL : &time, NULL, 0);
}

/* Wake all that sleep on the word. */
static inline void mp_latch_wake(_Atomic uint32_t *word)
{
	syscall(SYS_futex, word, FUTEX_WAKE_PRIVATE, INT_MAX, NULL, NULL, 0);
}

enum {
	MP_LATCH_FREE,
	MP_LATCH_LOCKED,
	MP_LATCH_WANTED, /* locked, and somebody may sleep for it */
};

/* Take it if it is free; returns whether it was. */
static inline bool mp_latch_try(_Atomic uint32_t *latch)
{
	uint32_t was = MP_LATCH_FREE;

	return atomic_compare_exchange_strong(latch, &was, MP_LATCH_LOCKED);
}

static inline void mp_latch_lock(_Atomic uint32_t *latch)
{
	if (mp_latch_try(latch))
		return;
	while (atomic_exchange(latch, MP_LATCH_WANTED) != MP_LATCH_FREE)
		mp_latch_sleep(latch, MP_LATCH_WANTED, MP_LATCH_EVER);
}

static inline void mp_latch_unlock(_Atomic uint32_t *latch)
{
	if (atomic_exchange(latch, MP_LATCH_FREE) == MP_LATCH_WANTED)
		mp_latch_wake(latch);
}

#endif
