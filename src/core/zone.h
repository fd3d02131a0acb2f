#ifndef MP_ZONE_H
#define MP_ZONE_H

/*
 * zone: the local time's offset from UTC, without localtime(3).
 *
 * localtime_r() takes a lock that a fork may leave held in the child, so it is
 * asked at open for the offsets of the next years, and the request path looks
 * them up.
 */

#include <stddef.h>
#include <stdint.h>

#define MP_ZONE_SPANS 16 /* four years where clocks change twice a year */

/* Offset `offset_s[i]` holds from `from_s[i]` on, seconds since 1970; sorted;
   the first from ever on. */
struct mp_zone {
	size_t count; /* at least 1 */
	int64_t from_s[MP_ZONE_SPANS];
	int64_t offset_s[MP_ZONE_SPANS];
};

/* Learn the offsets from `now_s` on.  Not for the request path. */
void mp_zone_learn(struct mp_zone *zone, int64_t now_s);

/* How many seconds local time is ahead of UTC at `at_s`. */
int64_t mp_zone_offset(const struct mp_zone *zone, int64_t at_s);

#endif
