#ifndef MP_STATM_H
#define MP_STATM_H

/*
 * statm: the VSS and RSS of this process, from /proc/self/statm (proc(5)).
 *
 * The file is kept open: pread(2) of it costs a fifth of opening it.  What was
 * opened before a fork reads the parent, so a child opens its own.  One
 * descriptor serves all sessions; a host that closed it, or has it as
 * something else now, is noticed.
 */

#include "core/record.h"

struct mp_statm {
	int64_t vss; /* bytes, or MP_UNKNOWN */
	int64_t rss;
};

/* Open the file, unless it is open already. */
void mp_statm_open(void);

/* Open it anew in a forked child. */
void mp_statm_renew(void);

/* Open it anew where the descriptor is no longer ours. */
void mp_statm_check(void);

/* Read both numbers; MP_UNKNOWN where they can't be had. */
struct mp_statm mp_statm_read(void);

#endif
