/*
 * bench_async: what begin and end cost where a thread of the library writes the
 * log.  Usage: bench_async DIR, for the logs.
 */

#include "bench.h"
#include "memprof.h"
#include "others.h"
#include "sessions.h"

#define PAGE	 "RootObject:index.html"
#define ASYNC	 "memory_profile_write: async\n"
#define FEW	 300 /* calls in a round */
#define LINE_LEN 170 /* bytes: about a line of format 1 */

static struct memprof *fresh, *shared;
static struct memprof_request request;

static void readings_floor(unsigned times)
{
	while (times--)
		others_readings_floor();
}

static void floor_pairs(unsigned times)
{
	while (times--)
		others_floor();
}

static void pairs(struct memprof *mp, unsigned times)
{
	while (times--) {
		memprof_begin(mp, &request, PAGE);
		memprof_end(&request, NULL);
	}
}

static void fresh_pairs(unsigned times)
{
	pairs(fresh, times);
}

static void shared_pairs(unsigned times)
{
	pairs(shared, times);
}

static void close_all(struct memprof *mp, const char *name)
{
	struct memprof_stats stats = { .size = sizeof(stats) };

	if (memprof_close(mp))
		bench_die("close");
	memprof_stats(mp, &stats);
	bench_limit(name, (double)stats.dropped, "requests", 0);
}

int main(int argc, char **argv)
{
	struct bench_contender c[] = {
		{ "two preads, two clock readings",
		  readings_floor,
		  FEW,
		  { 0 } },
		{ "begin + end, async", fresh_pairs, FEW, { 0 } },
		{ "the floor of direct", floor_pairs, FEW, { 0 } },
		{ "begin + end, async, statm_max_age 1 ms",
		  shared_pairs,
		  FEW,
		  { 0 } },
	};

	if (argc != 2)
		return 2;
	others_open(argv[1], LINE_LEN);
	fresh = bench_open(argv[1], "fresh", ASYNC);
	shared = bench_open(argv[1], "shared", ASYNC "statm_max_age: 0.001\n");

	bench_interleave(c, 4, BENCH_ROUNDS);
	bench_title("A request measured, and logged by a thread");
	for (int i = 0; i < 4; i++)
		bench_number(c[i].name, bench_ns(&c[i], BENCH_ROUNDS), "ns");
	bench_bound("async / two preads, two clock readings",
		    bench_ratio(&c[1], &c[0], BENCH_ROUNDS), BENCH_AT_MOST,
		    1.35);
	bench_bound("async, statm_max_age 1 ms / the floor of direct",
		    bench_ratio(&c[3], &c[2], BENCH_ROUNDS), BENCH_AT_MOST,
		    0.25);
	close_all(fresh, "dropped, async");
	close_all(shared, "dropped, async, statm_max_age 1 ms");
	return bench_broken();
}
