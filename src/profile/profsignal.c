#include "profile/profsignal.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>

static _Atomic(mp_profsignal_fn *) callback;
static _Atomic int chosen = SIGPROF;

static void handle(int signal, siginfo_t *info, void *ucontext)
{
	int saved_errno = errno;
	mp_profsignal_fn *fn = atomic_load(&callback);

	(void)signal;
	if (fn)
		fn(info, ucontext);
	errno = saved_errno;
}

/* Who handles it: 1 we, 0 nobody, -1 somebody else. */
static int owner_of(int signal)
{
	struct sigaction now;

	if (sigaction(signal, NULL, &now))
		return -1;
	if (now.sa_flags & SA_SIGINFO)
		return now.sa_sigaction == handle ? 1 : -1;
	return now.sa_handler == SIG_DFL ? 0 : -1;
}

/* Two threads at once do the same twice. */
static bool take(int signal)
{
	static const int faults[] = { SIGSEGV, SIGBUS, SIGILL, SIGFPE,
				      SIGTRAP };
	struct sigaction ours = {
		.sa_sigaction = handle,
		.sa_flags = SA_RESTART | SA_ONSTACK | SA_SIGINFO,
	};
	int owner = owner_of(signal);

	if (owner)
		return owner > 0;
	/* A handler of the host's must not jump out of ours. */
	sigfillset(&ours.sa_mask);
	for (size_t i = 0; i < sizeof(faults) / sizeof(*faults); i++)
		sigdelset(&ours.sa_mask, faults[i]);
	return !sigaction(signal, &ours, NULL);
}

int mp_profsignal_get(mp_profsignal_fn *fn)
{
	int signal = atomic_load(&chosen);

	atomic_store(&callback, fn);
	if (take(signal))
		return signal;
	/* From the end: what programs take, they take from the beginning. */
	for (signal = SIGRTMAX; signal >= SIGRTMIN; signal--) {
		if (take(signal)) {
			atomic_store(&chosen, signal);
			return signal;
		}
	}
	return -EBUSY;
}

bool mp_profsignal_unblock(int signal)
{
	sigset_t set, before;

	sigemptyset(&set);
	sigaddset(&set, signal);
	return !pthread_sigmask(SIG_UNBLOCK, &set, &before) &&
	       sigismember(&before, signal) == 1;
}

void mp_profsignal_block(int signal)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, signal);
	pthread_sigmask(SIG_BLOCK, &set, NULL);
}
