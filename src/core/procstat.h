#ifndef MP_PROCSTAT_H
#define MP_PROCSTAT_H

/* procstat: when a process was started, which tells it from a later one of the
   same pid. */

#include <stdint.h>

/*
 * Store when the process `pid` was started, in clock ticks since boot:
 * proc_pid_stat(5), field 22.  Fails as open(2) and read(2), with -ENOENT where
 * there is no such process, and with -EINVAL where the file can't be read
 * right.
 */
int mp_procstat_start(int32_t pid, uint64_t *ret_ticks);

#endif
