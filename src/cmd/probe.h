#ifndef MP_PROBE_H
#define MP_PROBE_H

/* probe: whether a folder can hold flight recorders, by making one. */

#include "core/config.h"

/*
 * Print a line of a comment that says it: for how many processes there is room
 * in the `run_dir` of `config`, or why there is none.
 */
void mp_probe_print(const struct mp_config *config);

#endif
