#ifndef MP_OWNCOST_H
#define MP_OWNCOST_H

/*
 * owncost: what memprof itself costs a server, of its CPU time.
 *
 * A process measures the CPU time of its own begin and end in some of its
 * requests; the mean of these stands for all.  What the writer thread took is
 * added as it is.
 */

#include "live/live.h"

struct mp_owncost {
	double memprof_ns; /* CPU time, estimated */
	double process_ns; /* CPU time of the processes */
	uint64_t sampled;  /* requests that were measured so */
	double mean_ns;	   /* of these; holds where `sampled` is not 0 */
};

/* Add what one process tells; nothing where it has measured none yet, or its
   CPU time is not known. */
void mp_owncost_add(struct mp_owncost *sum, const struct mp_live *live);

/* The share in percent; below 0 where it is not known. */
double mp_owncost_percent(const struct mp_owncost *c);

#endif
