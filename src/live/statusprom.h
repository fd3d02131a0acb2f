#ifndef MP_STATUSPROM_H
#define MP_STATUSPROM_H

/*
 * statusprom: what running servers do, in Prometheus' text format, as
 * node_exporter's textfile collector reads it.
 *
 * The labels that vary are `log` and `user`, one pair a server, 50 at most:
 * processes come and go, and pages are many.  What is a sum over the processes that run is a
 * gauge, for it falls when one of them ends.
 */

#include "live/live.h"

#include <stdio.h>

/* Fails with -ENOMEM. */
int mp_statusprom_print(const struct mp_live_list *list, FILE *out);

#endif
