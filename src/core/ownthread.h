#ifndef MP_OWNTHREAD_H
#define MP_OWNTHREAD_H

/*
 * ownthread: starts a thread of memprof's own.
 *
 * With a small stack, all signals blocked, for the host's are not for a thread
 * that it does not know, and nobody to join it.
 */

/* Have `run` called with `arg` in a thread.  Fails as pthread_create(3). */
int mp_ownthread_start(void *(*run)(void *arg), void *arg);

#endif
