#ifndef MP_HANDOVER_H
#define MP_HANDOVER_H

/*
 * handover: what pages keep, and others, or nobody that is in the log, free.
 *
 * A page that allocates what another thread frees looks like a leak, taken
 * alone.  Here the sums over all pages decide, and what the processes as a
 * whole came to hold.
 */

#include "report/judge.h"

/* Turn those leaks among the verdicts of the pages of `t` that are none into
   hand-overs; and name the pages that free what others allocate. */
void mp_handover_find(struct mp_totals *t, const struct mp_judge_log *log);

#endif
