/*
 * host_prefork: a server that forks its workers, for the shell tests of what
 * looks at running servers.
 *
 * Usage: host_prefork WORKERS.  Each worker serves `Worker:page` all the time,
 * and has one `Long:page` in flight.  SIGUSR1 forks one more; SIGTERM ends all.
 */

#include "memprof.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

static void serve(struct memprof *mp)
{
	struct memprof_request held = { { 0 } }, req = { { 0 } };

	memprof_begin(mp, &held, "Long:page");
	memprof_detach(&held);
	for (;;) {
		memprof_begin(mp, &req, "Worker:page");
		memprof_end(&req, NULL);
		usleep(500);
	}
}

static void start(struct memprof *mp, const sigset_t *signals)
{
	pid_t pid = fork();

	if (pid < 0)
		abort();
	if (pid > 0)
		return;
	sigprocmask(SIG_UNBLOCK, signals, NULL);
	serve(mp);
}

int main(int argc, char **argv)
{
	struct memprof *mp;
	sigset_t signals;
	int number;

	if (argc != 2 || memprof_open(NULL, &mp))
		return 2;
	sigemptyset(&signals);
	sigaddset(&signals, SIGUSR1);
	sigaddset(&signals, SIGTERM);
	sigprocmask(SIG_BLOCK, &signals, NULL);
	for (int i = 0; i < atoi(argv[1]); i++)
		start(mp, &signals);
	printf("ready\n");
	fflush(stdout);
	while (!sigwait(&signals, &number) && number == SIGUSR1)
		start(mp, &signals);
	signal(SIGTERM, SIG_IGN);
	kill(0, SIGTERM);
	while (wait(NULL) > 0)
		;
	return memprof_close(mp) ? 1 : 0;
}
