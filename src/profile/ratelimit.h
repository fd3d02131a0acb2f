#ifndef MP_RATELIMIT_H
#define MP_RATELIMIT_H

/*
 * ratelimit: no more than so many of something in any minute, by threads that
 * never wait for each other.
 *
 * Each that was let through holds a slot for a minute.  A slot is one word,
 * the process's token above the time, so that a forked child finds all free.
 */

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#define MP_RATELIMIT_MAX 60 /* slots: the largest bound */

struct mp_ratelimit {
	_Atomic uint64_t slots[MP_RATELIMIT_MAX]; /* 0: never used */
};

/* Whether one more is let through at `now_ns`, of `max` in any minute, at most
   MP_RATELIMIT_MAX. */
bool mp_ratelimit_take(struct mp_ratelimit *limit, uint64_t max, uint32_t token,
		       int64_t now_ns);

#endif
