#ifndef MP_PROCS_H
#define MP_PROCS_H

/* procs: size, threads, state and CPU time of a running process, by libproc2. */

#include "core/record.h"

struct mp_procs;

/* What is not known is MP_UNKNOWN. */
struct mp_proc {
	int64_t vss, rss; /* bytes */
	int64_t threads;
	int64_t cpu_ns; /* user and system, since it began */
	char state;	/* as in ps(1) */
	char name[64];	/* of the program; no control characters */
};

/* Fails with -ENOMEM, and as libproc2 does. */
int mp_procs_open(struct mp_procs **ret);

/* Read process `pid`, where it is the one that began at `start_ticks`.  Fails
   with -ESRCH where there is none such here. */
int mp_procs_read(struct mp_procs *procs, int32_t pid, uint64_t start_ticks,
		  struct mp_proc *ret);

void mp_procs_close(struct mp_procs *procs);

#endif
