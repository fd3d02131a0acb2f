#ifndef MP_PROCSTAT_H
#define MP_PROCSTAT_H

/* procstat: whether a process is still the one that it was. */

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/*
 * Store when the process `pid` was started, in clock ticks since boot:
 * proc_pid_stat(5), field 22.  Fails with -ESRCH where there is none, or it is
 * a zombie; with -EPROTO where the file can't be understood, and as open(2).
 */
int mp_procstat_start(int32_t pid, uint64_t *ret_ticks);

/* Whether the process `pid` has the file mapped, as proc_pid_maps(5) tells it;
   true also where that can't be read. */
bool mp_procstat_maps(int32_t pid, dev_t dev, ino_t ino);

#endif
