#ifndef MP_RUNNING_H
#define MP_RUNNING_H

/* running: the running servers that a command line means. */

#include "cmd/options.h"
#include "live/live.h"

#define MP_RUNNING_OPTION                                                   \
	{                                                                   \
		"run-dir", 'r', "DIR", "where the recorders are (/dev/shm)" \
	}

/* Where recorders are: `option`, MEMPROF_RUN_DIR or /dev/shm. */
const char *mp_running_dir(const char *option);

/*
 * Find the servers that the operands `names` mean, all where no name is given,
 * which may be none; `write` opens their recorders to be steered.  Returns 0 or
 * the exit status, with the reason told.
 */
int mp_running_find(const char *run_dir, char **names, bool write,
		    struct mp_live_list *ret);

/* Whether one of the `count` processes at `first` runs. */
bool mp_running_is(const struct mp_live *first, size_t count);

/* How many servers run, those aside that were killed. */
size_t mp_running_servers(const struct mp_live_list *list);

/* Tell that there is no server.  Returns the exit status for that. */
int mp_running_none(const struct mp_live_list *list, const char *run_dir);

#endif
