#ifndef PERFRECORD_H
#define PERFRECORD_H

/*
 * perfrecord: `perf record -g` of this process, on and off; see the options
 * --control and --delay of perf-record(1).
 *
 * Of one thread at a time.
 */

#include <stdbool.h>

/* Start it, with 100 samples a second into `file`, and off.  False where there
   is no perf, or it may not. */
bool perfrecord_start(const char *file);

/* Turn it on or off.  Ends the process where perf has gone. */
void perfrecord_turn(bool on);

void perfrecord_stop(void);

#endif
