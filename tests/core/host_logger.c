/*
 * A host of some processes with some threads that logs numbered requests, for
 * the shell tests: page `pN` is request N.  SIGHUP has all reopen the log.
 * Usage: host_logger CONFIG PROCESSES THREADS REQUESTS PAUSE_US
 * REQUESTS are those of a thread; it pauses after each second one.
 */

#include "memprof.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#define MAX 64

static struct memprof *mp;
static long processes, threads, requests, pause_us;
static pid_t pids[MAX];

struct worker {
	pthread_t thread;
	long first;
};

static void reopen(int sig)
{
	(void)sig;
	memprof_reopen(mp);
}

static void pass_on(int sig)
{
	int saved_errno = errno;

	for (long i = 0; i < processes; i++)
		if (pids[i] > 0)
			kill(pids[i], sig);
	errno = saved_errno;
}

static void *work(void *arg)
{
	const struct worker *w = arg;

	for (long i = 0; i < requests; i++) {
		struct memprof_request req = { { 0 } };
		char page[32];

		snprintf(page, sizeof(page), "p%ld", w->first + i);
		memprof_begin(mp, &req, page);
		memprof_end(&req, NULL);
		if (i % 2 && pause_us)
			usleep((useconds_t)pause_us);
	}
	return NULL;
}

static int run_process(const char *config, long process)
{
	struct memprof_stats s = { .size = sizeof(s) };
	struct worker workers[MAX];

	signal(SIGHUP, SIG_IGN);
	if (memprof_open(config, &mp)) {
		fprintf(stderr, "%s\n", memprof_open_error());
		return 1;
	}
	signal(SIGHUP, reopen);
	for (long i = 0; i < threads; i++) {
		workers[i].first = (process * threads + i) * requests;
		if (pthread_create(&workers[i].thread, NULL, work, &workers[i]))
			return 1;
	}
	for (long i = 0; i < threads; i++)
		pthread_join(workers[i].thread, NULL);
	memprof_stats(mp, &s);
	printf("logged %ju dropped %ju reopened %ju rotated %ju failed %ju "
	       "headerless %ju\n",
	       (uintmax_t)s.logged, (uintmax_t)s.dropped, (uintmax_t)s.reopened,
	       (uintmax_t)s.rotated,
	       (uintmax_t)(s.reopen_failed + s.rotate_failed),
	       (uintmax_t)s.headerless);
	return memprof_close(mp) ? 1 : 0;
}

int main(int argc, char **argv)
{
	int failed = 0, status;

	if (argc != 6)
		return 2;
	processes = atol(argv[2]);
	threads = atol(argv[3]);
	requests = atol(argv[4]);
	pause_us = atol(argv[5]);
	if (processes > MAX || threads > MAX)
		return 2;
	signal(SIGHUP, pass_on);
	for (long i = 0; i < processes; i++) {
		pids[i] = fork();
		if (pids[i] == 0)
			exit(run_process(argv[1], i));
	}
	for (long i = 0; i < processes; i++) {
		while (waitpid(pids[i], &status, 0) < 0)
			;
		failed |= status;
	}
	return failed ? 1 : 0;
}
