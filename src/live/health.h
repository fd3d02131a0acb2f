#ifndef MP_HEALTH_H
#define MP_HEALTH_H

/*
 * health: whether running servers are within limits, for cron and monitoring.
 *
 * A killed process whose recorder nobody has recovered is over every limit.
 */

#include "live/live.h"

#include <stdio.h>

struct mp_health {
	bool check_growth;
	double growth; /* of RSS, bytes a second */
	bool check_age;
	double age_s; /* of the oldest request in flight */
};

/* The size of a process when it was first looked at. */
struct mp_health_before {
	int64_t mono_ns;
	int64_t rss;
};

struct mp_health_before mp_health_look(const struct mp_live *live);

/*
 * Print a line for each way in which one process is over a limit, and return
 * how many.  `before` is where its growth counts from.
 */
size_t mp_health_print(const struct mp_health *limits,
		       const struct mp_live *live,
		       struct mp_health_before before, FILE *out);

#endif
