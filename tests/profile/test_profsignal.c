/* profsignal: a signal that nobody handles; the host's stay the host's. */

#include "core/logging.h"

#include "profile/profsignal.h"

#include <signal.h>

/* Each runs in a child: what was chosen once, stays chosen. */

static volatile sig_atomic_t calls, hosts_calls;
static siginfo_t last_info;
static bool had_ucontext;

static void note(const siginfo_t *info, const void *ucontext)
{
	calls++;
	last_info = *info;
	had_ucontext = ucontext != NULL;
	errno = ENOENT;
}

static void hosts(int sig)
{
	(void)sig;
	hosts_calls++;
}

static void hosts_with_info(int sig, siginfo_t *info, void *ucontext)
{
	(void)info;
	(void)ucontext;
	hosts(sig);
}

static void host_takes(int sig)
{
	struct sigaction sa = { .sa_handler = hosts };

	MUST(!sigaction(sig, &sa, NULL));
}

static void take_sigprof(void *arg)
{
	struct sigaction sa;

	(void)arg;
	MUST(mp_profsignal_get(note) == SIGPROF);
	MUST(mp_profsignal_get(note) == SIGPROF);
	errno = EDOM;
	MUST(!raise(SIGPROF));
	MUST(calls == 1 && errno == EDOM);
	MUST(had_ucontext && last_info.si_pid == getpid());
	MUST(!sigaction(SIGPROF, NULL, &sa));
	MUST(sa.sa_flags & SA_RESTART && sa.sa_flags & SA_ONSTACK);
}

static void hold_others_up(void *arg)
{
	const int all[] = { SIGTERM, SIGINT,  SIGALRM,	SIGUSR1,
			    SIGPROF, SIGCHLD, SIGRTMIN, SIGRTMAX };
	static const int faults[] = { SIGSEGV, SIGBUS, SIGILL, SIGFPE,
				      SIGTRAP };

	struct sigaction sa;

	(void)arg;
	MUST(!sigaction(mp_profsignal_get(note), NULL, &sa));
	for (size_t i = 0; i < ARRAY_SIZE(all); i++)
		MUST(sigismember(&sa.sa_mask, all[i]) == 1);
	for (size_t i = 0; i < ARRAY_SIZE(faults); i++)
		MUST(sigismember(&sa.sa_mask, faults[i]) == 0);
}

static void leave_sigprof_to_the_host(void *arg)
{
	struct sigaction sa = { .sa_sigaction = hosts_with_info,
				.sa_flags = SA_SIGINFO };
	int sig;

	if (*(bool *)arg)
		MUST(!sigaction(SIGPROF, &sa, NULL));
	else
		host_takes(SIGPROF);
	sig = mp_profsignal_get(note);
	MUST(sig == SIGRTMAX);
	MUST(!raise(sig) && calls == 1 && hosts_calls == 0);
	MUST(!raise(SIGPROF) && calls == 1 && hosts_calls == 1);
	/* It stays with that, whatever becomes of the other. */
	signal(SIGPROF, SIG_DFL);
	MUST(mp_profsignal_get(note) == sig);
}

static void leave_what_the_host_ignores(void *arg)
{
	(void)arg;
	signal(SIGPROF, SIG_IGN);
	signal(SIGRTMAX, SIG_IGN);
	MUST(mp_profsignal_get(note) == SIGRTMAX - 1);
	MUST(!raise(SIGPROF) && !raise(SIGRTMAX) && calls == 0);
}

static void go_on_with_another(void *arg)
{
	(void)arg;
	MUST(mp_profsignal_get(note) == SIGPROF);
	host_takes(SIGPROF);
	MUST(mp_profsignal_get(note) == SIGRTMAX);
	host_takes(SIGRTMAX);
	host_takes(SIGRTMAX - 1);
	MUST(mp_profsignal_get(note) == SIGRTMAX - 2);
	MUST(!raise(SIGRTMAX - 2) && calls == 1);
	MUST(!raise(SIGPROF) && hosts_calls == 1);
}

static void find_none(void *arg)
{
	(void)arg;
	host_takes(SIGPROF);
	for (int sig = SIGRTMIN; sig <= SIGRTMAX; sig++)
		host_takes(sig);
	MUST(mp_profsignal_get(note) == -EBUSY);
	signal(SIGRTMIN, SIG_DFL);
	MUST(mp_profsignal_get(note) == SIGRTMIN);
	MUST(!raise(SIGRTMIN) && calls == 1);
}

static void block_and_unblock(void *arg)
{
	int sig = mp_profsignal_get(note);

	(void)arg;
	MUST(!mp_profsignal_unblock(sig));
	mp_profsignal_block(sig);
	MUST(!raise(sig) && calls == 0);
	MUST(mp_profsignal_unblock(sig));
	MUST(calls == 1);
	MUST(!mp_profsignal_unblock(sig));
}

static bool with_info = true, without_info;

IN_CHILD(test_sigprof_where_nobody_handles_it, take_sigprof, NULL)
IN_CHILD(test_all_others_wait_but_those_of_faults, hold_others_up, NULL)
IN_CHILD(test_sigprof_stays_the_hosts, leave_sigprof_to_the_host, &without_info)
IN_CHILD(test_sigprof_stays_the_hosts_with_info, leave_sigprof_to_the_host,
	 &with_info)
IN_CHILD(test_what_is_ignored_stays_ignored, leave_what_the_host_ignores, NULL)
IN_CHILD(test_it_goes_on_with_another, go_on_with_another, NULL)
IN_CHILD(test_all_may_be_taken, find_none, NULL)
IN_CHILD(test_a_thread_is_told_whether_it_was_blocked, block_and_unblock, NULL)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sigprof_where_nobody_handles_it),
		cmocka_unit_test(test_all_others_wait_but_those_of_faults),
		cmocka_unit_test(test_sigprof_stays_the_hosts),
		cmocka_unit_test(test_sigprof_stays_the_hosts_with_info),
		cmocka_unit_test(test_what_is_ignored_stays_ignored),
		cmocka_unit_test(test_it_goes_on_with_another),
		cmocka_unit_test(test_all_may_be_taken),
		cmocka_unit_test(test_a_thread_is_told_whether_it_was_blocked),
	};

	return cmocka_run_group_tests_name("profsignal", tests, NULL, NULL);
}
