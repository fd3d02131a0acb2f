#ifndef MP_SCALED_H
#define MP_SCALED_H

/*
 * scaled: what all requests retained, estimated from a sample of them.
 *
 * `sample_one_in` draws requests at random, and the (skipped) lines tell
 * exactly how many were not drawn: so the mean of the sample times the number
 * of all is without bias, and its error is that of simple random sampling
 * without replacement (Cochran, Sampling Techniques, section 2.6).
 */

#include "report/report.h"

struct mp_scaled {
	uint64_t requests; /* with those that have no line */
	double retained;   /* bytes, about; 2^62 at most */
	double error;	   /* the standard error of that */
};

/*
 * Scale the sum of retained heap.  Fails with -EINVAL where that cannot be done
 * honestly: nothing was left out, or something by more than chance; not one
 * rate of sampling; a view of a part; heap that is not known of all requests.
 */
int mp_scaled_retained(const struct mp_report *r, struct mp_scaled *ret);

#endif
