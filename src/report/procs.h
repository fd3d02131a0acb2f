#ifndef MP_PROCS_H
#define MP_PROCS_H

/*
 * procs: the processes of the logs, one by one: when they came, what they
 * held, and how they ended.
 *
 * That a process was killed is certain where its recorder was found, or where a
 * process of the same pid and host began and no `(stopped)` had come.  It is
 * likely where one that had written again and again fell silent while its host
 * went on.
 */

#include "report/history.h"

#include <stddef.h>
#include <stdint.h>

enum mp_proc_end {
	MP_PROC_OPEN,	 /* it may well be there at the log's end */
	MP_PROC_STOPPED, /* it said so */
	MP_PROC_SILENT,	 /* likely gone, without a word */
	MP_PROC_GONE,	 /* gone for certain, without a word */
};

struct mp_proc {
	int64_t pid; /* or MP_UNKNOWN */
	struct mp_text host;
	const struct mp_run *run;
	enum mp_proc_end end;
	bool again; /* its pid had been another process of the host before */
	/* What may have been begun in its place: how long after its last line,
	   or MP_UNKNOWN where nothing was. */
	int64_t restarted_us;
	int64_t restarted_pid;
};

struct mp_procs {
	struct mp_proc *procs;
	size_t count;
	size_t hosts;
	size_t silent, gone, restarted, again; /* how many of them are so */
};

/*
 * List the processes that `h` knows, to which nothing is added any more, and
 * which must outlive the list: those that
 * ended without a word first, then those whose RSS was largest.  Fails with
 * -ENOMEM.
 */
int mp_procs_list(struct mp_history *h, struct mp_procs *ret);

/* When it began, as far as the log tells; INT64_MIN: before it. */
int64_t mp_proc_began(const struct mp_proc *p);

void mp_procs_release(struct mp_procs *p);

#endif
