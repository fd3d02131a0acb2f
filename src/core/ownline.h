#ifndef MP_OWNLINE_H
#define MP_OWNLINE_H

/*
 * ownline: the lines that memprof writes of itself: (started), (stopped),
 * (skipped), (outside).  See memprof-log(5).
 *
 * Each needs mp_log_enter(), or that nobody else is inside any more;
 * mp_ownline_outside() enters by itself.  The format of
 * Launchpad has none of them.
 */

#include "core/session.h"

void mp_ownline_started(struct memprof *mp);
void mp_ownline_stopped(struct memprof *mp);

/* How many requests were left out since the last such line, if any were. */
void mp_ownline_skipped(struct memprof *mp, int64_t now_ns);

/* Growth while nothing was in flight, up to the reading `end`. */
__attribute__((cold, noinline)) void
mp_ownline_outside(struct memprof *mp, const struct mp_outside_growth *growth,
		   struct mp_statm end);

#endif
