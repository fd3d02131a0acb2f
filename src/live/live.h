#ifndef MP_LIVE_H
#define MP_LIVE_H

/*
 * live: the running servers that memprof watches, as their recorders and
 * /proc tell of them.
 *
 * A server is what logs by one `memory_profile_log` under one user: one
 * process, or all the workers of a prefork server.
 */

#include "live/procs.h"
#include "live/snapshot.h"

#include <stdbool.h>
#include <stddef.h>

/* One process of a server. */
struct mp_live {
	char *path; /* of its recorder */
	int fd;	    /* of its recorder, or -1 */
	bool alive; /* else it was killed, or ended without closing */
	bool seen;  /* alive, and `proc` tells of it */
	int64_t now_mono_ns, now_real_us; /* when it was looked at */
	struct mp_proc proc;
	struct mp_snapshot shot;
};

/* By log and user, within that by pid. */
struct mp_live_list {
	struct mp_live *items;
	size_t count;
	size_t others;	/* left out, as they belong to other users */
	size_t foreign; /* left out, as another memprof made them */
	size_t broken;	/* left out, as they are no whole recorders */
};

/*
 * Look at what is in `run_dir`: of all users for root, of this one for others.
 * `write` opens them to be steered.  Fails as opendir(3) does, with -ENOMEM,
 * and as mp_procs_open() does.
 */
int mp_live_find(const char *run_dir, bool write, struct mp_live_list *ret);

void mp_live_release(struct mp_live_list *list);

/* Close the files of recorders that are not to be looked at again. */
void mp_live_close_files(struct mp_live_list *list);

/* Look at one again.  Fails with -ESTALE where the recorder is gone, as its
   process closed it or it was recovered, and as mp_snapshot_read() does; it is
   then as it was. */
int mp_live_refresh(struct mp_live *live, struct mp_procs *procs);

/*
 * Keep those that one of the `names` means, which end with a null pointer: a
 * pid, or a log by its path or its pattern.  Returns the first name that means
 * none, or null.
 */
const char *mp_live_select(struct mp_live_list *list, char **names);

/* Where the server ends that begins at `first`. */
size_t mp_live_server_end(const struct mp_live_list *list, size_t first);

/* Whether a name is a pid, and which. */
bool mp_live_is_pid(const char *name, int32_t *ret);

/*
 * Whether a recorder of process `pid` that belongs to another user is in
 * `run_dir`, and to whom.
 */
bool mp_live_is_of_other(const char *run_dir, int32_t pid, uint32_t *ret_uid);

/* The size of the process now: by /proc, else by its last own reading. */
struct mp_statm mp_live_size(const struct mp_live *live);

/* Age of a request of it, at least 0. */
int64_t mp_live_age_ns(const struct mp_live *live,
		       const struct mp_snapshot_request *r);

#endif
