#ifndef MP_WRITER_H
#define MP_WRITER_H

/*
 * writer: the thread that logs in `async` mode, so that no request waits for
 * the disk.
 *
 * A request that has ended stays in its slot of the recorder, ENDING, with its
 * bit set in `ended`; the writer takes what it finds there, oldest end first,
 * and appends many lines by one write(2).  There is no queue beside the slots:
 * who is stopped while it ends a request stops nobody, memory is bounded, and
 * what was not written when the process was killed is in the recorder.
 *
 * It looks after ten milliseconds while there is something to write, more
 * seldom while requests are only in flight, and sleeps until it is woken while
 * there are none.  It also does the second's work, which opens files.
 */

#include "core/recorder_layout.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct memprof;

enum mp_writer_rest {
	MP_WRITER_AWAKE,
	MP_WRITER_RESTING,  /* for a while, or until much is there */
	MP_WRITER_SLEEPING, /* until anything is there */
};

struct mp_writer {
	_Atomic uint32_t rest; /* an enum mp_writer_rest; a futex */
	_Atomic uint32_t stop; /* set by close */
	_Atomic uint32_t done; /* set by the thread, last; a futex */
	_Atomic uint32_t own;  /* lines of memprof's own that wait */
	_Atomic bool started;  /* in this process, and not stopped */
	void *room;	       /* for a batch; see writer.c */
	size_t room_size;
};

/*
 * Start the writer of a session whose log and recorder are open; its first
 * deed is the `(started)` line.  Fails as pthread_create(3) and mmap(2) do:
 * then the session has to log by itself.
 */
int mp_writer_start(struct memprof *mp);

/* Have everything written and the thread ended, within `timeout_ns`.  Returns
   whether it was; else it goes on, and the session must stay as it is. */
bool mp_writer_stop(struct mp_writer *w, int64_t timeout_ns);

/* Wake the writer; costs a system call. */
__attribute__((cold, noinline)) void mp_writer_rouse(struct mp_writer *w);

/*
 * To be called after a request was counted in.  This and the writer's look at
 * whether there is anything to do are in one order: one of the two sees the
 * other.
 */
static inline void mp_writer_wake(struct mp_writer *w)
{
	if (__builtin_expect(
		    atomic_load_explicit(&w->rest, memory_order_seq_cst) ==
			    MP_WRITER_SLEEPING,
		    0))
		mp_writer_rouse(w);
}

/* Of this many words of `ended` one wakes the writer when it is full: the
   threads begin at words of their own and go on to the next when it is full. */
#define MP_WRITER_MUCH 8

/* Leave a slot that is ENDING to the writer. */
static inline void mp_writer_give(struct mp_writer *w, struct mp_recorder *r,
				  uint32_t index)
{
	uint32_t at = index / 64;
	uint64_t mask = UINT64_C(1) << index % 64;
	uint64_t ended = atomic_fetch_or_explicit(&r->ended[at], mask,
						  memory_order_seq_cst);
	bool much = at % MP_WRITER_MUCH == MP_WRITER_MUCH - 1 &&
		    (ended | mask) == UINT64_MAX;
	uint32_t rest = atomic_load_explicit(&w->rest, memory_order_seq_cst);

	if (__builtin_expect(rest != MP_WRITER_AWAKE, 0) &&
	    (much || rest == MP_WRITER_SLEEPING))
		mp_writer_rouse(w);
}

#endif
