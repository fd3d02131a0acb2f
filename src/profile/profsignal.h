#ifndef MP_PROFSIGNAL_H
#define MP_PROFSIGNAL_H

/*
 * profsignal: the signal that interrupts a thread to have it sampled.
 *
 * SIGPROF where nobody in the process handles it, else a real-time signal that
 * nobody handles.  Our handler stays installed for good: a signal that comes
 * late would end the process.  A host that takes SIGPROF for itself later on
 * keeps it, and we go on with another.
 */

#include <signal.h>
#include <stdbool.h>

/* What is called for each signal, on the thread that it interrupted; all other
   signals wait meanwhile but those of faults.  errno is kept for it. */
typedef void mp_profsignal_fn(const siginfo_t *info, const void *ucontext);

/*
 * A signal whose handler is ours, and calls `fn`, the same one in all calls;
 * -EBUSY where the host has a handler for every one.  A system call or two; not
 * for handlers.
 */
int mp_profsignal_get(mp_profsignal_fn *fn);

/* Let this thread have `signal`; returns whether it was blocked. */
bool mp_profsignal_unblock(int signal);

void mp_profsignal_block(int signal);

#endif
