#ifndef MP_LOG_H
#define MP_LOG_H

/*
 * log: whole lines to the end of the log, from any thread, whatever happens.
 *
 * A line is one write(2) to a descriptor opened with O_APPEND (or to the host's
 * standard output, and at its offset), so that lines of many threads and
 * processes do not mix.  What can't be written is dropped and said to the
 * caller; the next line is tried again.  No lock is waited for.  A reopened
 * file is put in the place of the old one by dup3(2), under the same number, so
 * no thread ever writes to a closed one.
 *
 * The kernel may write a line in part (disk full).  The rest is never written
 * by a second call, for another process may have written between; instead the
 * next write of this process cuts the fragment off, by a TAB and a newline,
 * and repeats that line whole.
 */

#include "core/config.h"
#include "core/logfile.h"
#include "core/record.h"
#include "core/recorder_layout.h"

#include <limits.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

/* What takes an append off its short way. */
enum {
	MP_LOG_TORN = 1,      /* a torn line waits to be repeated */
	MP_LOG_DIRTY = 2,     /* a fragment of ours is to be cut off */
	MP_LOG_GUARDED = 4,   /* a write may raise SIGPIPE or SIGXFSZ */
	MP_LOG_SOCKET = 8,    /* to be sent, without waiting */
	MP_LOG_NO_HEADER = 16 /* the file may still want its header */
};

struct mp_log {
	/* Read by each append. */
	_Atomic int fd;
	_Atomic uint32_t special;    /* the flags above */
	_Atomic uint64_t size;	     /* about: at the last check, plus ours */
	_Atomic uint64_t check_at;   /* the size at which, and */
	_Atomic int64_t check_at_ns; /* when mp_log_check() is due */
	uint64_t max_size;
	uint64_t keep;
	bool header;
	struct mp_recorder_counts *counts;

	/* Appends inside the library; what entered and has not left may still
	   use the descriptor. */
	_Alignas(64) _Atomic uint64_t entered;
	_Atomic uint64_t left;

	/* Guards `torn`; tried, never waited for. */
	_Alignas(64) atomic_flag torn_busy;
	size_t torn_len;
	bool torn_is_own;
	char torn[MP_RECORD_MAX];

	/* Guards what follows; tried, never waited for. */
	atomic_flag check_busy;
	struct mp_logfile file;
	int64_t header_wanted_ns; /* since when we wait for another's header */
	_Atomic bool reopen_wanted;
	char path[PATH_MAX]; /* `%p` expanded */

	/* Counts, see memprof_stats(). */
	_Atomic uint64_t torn_lines;
	_Atomic uint64_t reopened;
	_Atomic uint64_t reopen_failed;
	_Atomic uint64_t rotated;
	_Atomic uint64_t rotate_failed;
	_Atomic uint64_t headerless;
	_Atomic int32_t first_error;
};

/*
 * Open the log that `config` names.  Fails as open(2) does, with -ENAMETOOLONG
 * where `%p` makes the name too long, and with -EINVAL where it is nothing to
 * append to; `l->path` then says what was tried.
 */
int mp_log_open(struct mp_log *l, const struct mp_config *config,
		struct mp_recorder_counts *counts);

/*
 * Wait until no other thread is inside an append, for a second at most.
 * Returns whether that is so.  Who enters from now on has to leave by itself.
 */
bool mp_log_drain(const struct mp_log *l);

/* Close the log.  Nobody may be inside. */
void mp_log_close(struct mp_log *l);

/* Go on in a forked child.  Whoever held a lock of `l` is not in it. */
void mp_log_renew(struct mp_log *l, const struct mp_config *config);

/* Between these, the descriptor stays ours. */
static inline void mp_log_enter(struct mp_log *l)
{
	atomic_fetch_add_explicit(&l->entered, 1, memory_order_seq_cst);
}

static inline void mp_log_leave(struct mp_log *l)
{
	atomic_fetch_add_explicit(&l->left, 1, memory_order_release);
}

/*
 * Append one line, newline included; `own` is whether it is memprof's own.
 * Returns whether it is in the log now.  Where it is not, it is lost; but a
 * torn one comes in whole with a later line, and then `counts` is put right: the
 * caller has counted it as dropped.
 * Needs mp_log_enter().
 */
bool mp_log_append(struct mp_log *l, const char *line, size_t len, bool own);

/* Lines that lie one behind another. */
struct mp_log_batch {
	const char *text;
	size_t len; /* of all of them */
	const uint16_t *lens;
	const bool *own; /* whether they are memprof's own */
	size_t count;
};

/*
 * Append lines by one write(2), where the log takes that, else one
 * by one.  ret_in[i] becomes what mp_log_append() would have returned for line
 * i.  Needs mp_log_enter().
 */
void mp_log_append_batch(struct mp_log *l, const struct mp_log_batch *b,
			 bool *ret_in);

/* Try once more to write a torn line.  Needs mp_log_enter(). */
void mp_log_flush(struct mp_log *l);

/* Have the file opened anew by the next check.  Async-signal-safe. */
void mp_log_reopen(struct mp_log *l);

static inline bool mp_log_check_is_due(const struct mp_log *l, int64_t now_ns)
{
	return now_ns >=
	       atomic_load_explicit(&l->check_at_ns, memory_order_relaxed);
}

/* See to it that the file is still the one that is named, and not too long;
   each second.  A dozen system calls at most, none that waits. */
void mp_log_check(struct mp_log *l, int64_t now_ns);

/* ---- between log.c and logcheck.c ---- */

static inline void mp_log_set_special(struct mp_log *l, uint32_t flags, bool on)
{
	if (on)
		atomic_fetch_or(&l->special, flags);
	else
		atomic_fetch_and(&l->special, ~flags);
}

/* Keep the first error, for memprof_close(). */
static inline void mp_log_note_error(struct mp_log *l, int err)
{
	int32_t none = 0;

	atomic_compare_exchange_strong(&l->first_error, &none, err);
}

/* Learn what kind of file it is to write to, and how long it is. */
void mp_log_look(struct mp_log *l);

#endif
