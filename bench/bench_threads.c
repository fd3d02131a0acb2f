/*
 * bench_threads: requests a second with 1 to 8 threads on one log, against the
 * floor with as many.  Usage: bench_threads DIR, for the logs.
 */

#include "bench.h"
#include "memprof.h"
#include "others.h"

#include <limits.h>
#include <pthread.h>
#include <stdio.h>

#define THREADS_MAX 8
#define REQUESTS    4000 /* of each thread, in a round */
#define ROUNDS	    15
#define LINE	    220 /* bytes, about what memprof writes */

static struct memprof *mp;

static void *serve(void *arg)
{
	struct memprof_request req = { { 0 } };

	(void)arg;
	for (int i = 0; i < REQUESTS; i++) {
		memprof_begin(mp, &req, "RootObject:index.html");
		memprof_end(&req, NULL);
	}
	return NULL;
}

static void *serve_floor(void *arg)
{
	(void)arg;
	for (int i = 0; i < REQUESTS; i++)
		others_floor();
	return NULL;
}

static void run(void *(*fn)(void *), unsigned threads)
{
	pthread_t thread[THREADS_MAX];

	for (unsigned i = 0; i < threads; i++)
		if (pthread_create(&thread[i], NULL, fn, NULL))
			bench_die("pthread_create");
	for (unsigned i = 0; i < threads; i++)
		pthread_join(thread[i], NULL);
}

/* One `time` of a contender is a thread with all its requests. */
static void run_direct(unsigned threads)
{
	run(serve, threads);
}

static void run_floor(unsigned threads)
{
	run(serve_floor, threads);
}

int main(int argc, char **argv)
{
	char path[PATH_MAX];

	if (argc != 2)
		return 2;
	snprintf(path, sizeof(path), "%s/threads.log", argv[1]);
	if (memprof_open_log(path, &mp))
		bench_die(memprof_open_error());
	others_open(argv[1], LINE);

	bench_title("Threads on one log");
	printf("  %7s %15s %12s %12s %8s\n", "threads", "requests/s",
	       "ns/request", "floor, ns", "ratio");
	for (unsigned n = 1; n <= THREADS_MAX; n++) {
		struct bench_contender c[] = {
			{ "floor", run_floor, n, { 0 } },
			{ "direct", run_direct, n, { 0 } },
		};
		double ns;

		bench_interleave(c, 2, ROUNDS);
		ns = bench_ns(&c[1], ROUNDS) / REQUESTS;
		printf("  %7u %15.0f %12.0f %12.0f %8.2f\n", n, 1e9 / ns, ns,
		       bench_ns(&c[0], ROUNDS) / REQUESTS,
		       bench_ratio(&c[1], &c[0], ROUNDS));
	}
	return memprof_close(mp) ? 2 : 0;
}
