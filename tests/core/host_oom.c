/*
 * A server with one request that takes memory until it is killed, among others
 * that don't.  Usage: host_oom CONFIG [BYTES]: at most that much address space,
 * and abort(3) where there is no more; else somebody else has set a limit.
 */

#include "memprof.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

#define PIECE (1 << 20)

static struct memprof *mp;
static char *volatile keep;

static void sleep_ms(long ms)
{
	nanosleep(&(struct timespec){ ms / 1000, ms % 1000 * 1000000 }, NULL);
}

/* It begins before all others, and sees all growth. */
static void *stream(void *arg)
{
	struct memprof_request req = { { 0 } };

	(void)arg;
	memprof_begin(mp, &req, "Chat:stream");
	for (;;)
		sleep_ms(1000);
	return NULL;
}

static void *serve(void *arg)
{
	(void)arg;
	for (;;) {
		struct memprof_request req = { { 0 } };
		char *p;

		memprof_begin(mp, &req, "Root:index.html");
		p = malloc(PIECE / 16);
		if (p)
			memset(p, 1, PIECE / 16);
		sleep_ms(1);
		free(p);
		memprof_end(&req, NULL);
	}
	return NULL;
}

static void export(void)
{
	struct memprof_request req = { { 0 } };

	memprof_begin(mp, &req, "Report:export");
	for (;;) {
		char *p = malloc(PIECE);

		if (!p)
			abort();
		memset(p, 1, PIECE);
		keep = p;
		sleep_ms(4);
	}
}

int main(int argc, char **argv)
{
	struct rlimit limit = { 0 };
	pthread_t thread;

	if (argc < 2 || memprof_open(argv[1], &mp)) {
		fprintf(stderr, "%s\n", memprof_open_error());
		return 1;
	}
	if (argc > 2) {
		limit.rlim_cur = limit.rlim_max = strtoull(argv[2], NULL, 10);
		setrlimit(RLIMIT_AS, &limit);
		limit.rlim_cur = limit.rlim_max = 0;
		setrlimit(RLIMIT_CORE, &limit);
	}
	pthread_create(&thread, NULL, stream, NULL);
	sleep_ms(50);
	pthread_create(&thread, NULL, serve, NULL);
	pthread_create(&thread, NULL, serve, NULL);
	sleep_ms(200);
	export();
}
