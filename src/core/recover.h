#ifndef MP_RECOVER_H
#define MP_RECOVER_H

/*
 * recover: what a killed process left in its recorder comes into its log.
 *
 * Requests that were in flight become records with the oops id `UNFINISHED`;
 * those that were ended and whose line is not in the log are appended.  Each
 * comes in once, whoever else recovers or is killed while recovering: the
 * recorder is locked, each slot goes the way that its process would have taken
 * it, and the log is read back before anything is appended.  At the end the
 * recorder is removed.
 *
 * Cold, and of one thread at a time in a process: its locks are the process's.
 */

#include "core/recorder_layout.h"
#include "core/recorders.h"

#include <stdbool.h>
#include <stdint.h>

/* A recorder of a dead process, locked. */
struct mp_recover {
	int fd;
	const struct mp_recorders *in;
	struct mp_recorders_entry entry;
	struct mp_recorder *header; /* checked */
};

/* What a dead process had done, and what was done about it.
   begun = logged + skipped + dropped + cancelled + abandoned + unfinished +
   unnamed. */
struct mp_recover_account {
	uint64_t unfinished; /* were in flight, and are named in the log */
	uint64_t found;	     /* were ended, and in the log already */
	uint64_t written;    /* were ended, and came into the log now */
	uint64_t repeated;   /* lines that a fragment had swallowed */
	uint64_t unsure;     /* of `written`, what may be in a lost log, too */

	uint64_t begun;
	uint64_t logged; /* with those found and written */
	uint64_t skipped;
	uint64_t dropped;
	uint64_t cancelled;
	uint64_t abandoned;
	uint64_t unnamed; /* were in flight without a slot */
	bool balances;	  /* false: the counts are damaged */
};

/*
 * Open and lock the recorder `entry`, if its process is dead.  Fails with
 * -EBUSY where it is alive, or somebody is recovering it; -ESTALE where the
 * recorder is gone by now; -EPERM where the file is not `owner`'s, -EBADMSG
 * where its content is not to be believed, both with the reason in `*ret_why`;
 * and as open(2).
 */
int mp_recover_open(const struct mp_recorders *in,
		    const struct mp_recorders_entry *entry, uint32_t owner,
		    struct mp_recover *ret, const char **ret_why);
void mp_recover_close(struct mp_recover *r);

/* What is to be done, without doing it: `written` are then those that the log
   was not searched for yet. */
int mp_recover_look(struct mp_recover *r, struct mp_recover_account *ret);

/*
 * Do it.  Waits `patience_ns` at most for others that recover into the same
 * log.  A log that is no regular file can't be read back: its lines are
 * written to the descriptor `out`, or, where that is negative, this fails with
 * -EMEDIUMTYPE.  After a failure all is as it is after a kill: whoever tries
 * again goes on.
 */
int mp_recover_run(struct mp_recover *r, int64_t patience_ns, int out,
		   struct mp_recover_account *ret);

/*
 * Recover this user's dead recorders in `dir` that log as `log_pattern` says,
 * `max` of them at most.  `is_own` tells those that this process has a lock on.
 * What can't be recovered stays for `memprof recover`.  Returns how many were
 * recovered.
 */
unsigned mp_recover_log(const char *dir, const char *log_pattern, unsigned max,
			int64_t patience_ns, bool (*is_own)(struct mp_sys_id));

#endif
