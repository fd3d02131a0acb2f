#ifndef BENCH_SESSIONS_H
#define BENCH_SESSIONS_H

/* sessions: those that are measured, each by a configuration of its own. */

#include "memprof.h"

/* Open the session of `DIR/NAME.conf`, which is written with the lines `keys`,
   and with `DIR/NAME.log` as its log. */
struct memprof *bench_open(const char *dir, const char *name, const char *keys);

#endif
