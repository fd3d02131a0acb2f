/*
 * bench_profile: what profiles cost the requests that are profiled, and the
 * others.  Usage: bench_profile DIR, for the logs and profiles.
 *
 * Requests of two lengths compute, allocate, sort and print, as those of a
 * server do.  Against what profiles a whole process, where that is installed:
 * gperftools' libprofiler, and perf record.
 */

#include "bench.h"
#include "memprof.h"
#include "perfrecord.h"
#include "sessions.h"

#include <dlfcn.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define ROUNDS	 41
#define ROUND_NS 40000000
#define SHORT_NS 150000
#define LONG_NS	 1500000

enum mode {
	OFF,
	IDLE,
	ONE_IN_1000,
	RUN,
	RUN_WALL,
	RUN_PERF,
	FILES,
	SESSIONS, /* those before have one each */
	GPERF = SESSIONS,
	PERF_RECORD,
	MODES
};

static const struct {
	const char *name, *keys;
	double short_bound, long_bound; /* percent above IDLE; 0: told only */
} modes[MODES] = {
	[OFF] = { "no profiles allowed", "", 0, 0 },
	[IDLE] = { "allowed, none is made", "profile_dir: %s\n", 0, 0 },
	[ONE_IN_1000] = { "one in 1,000, a file each",
			  "profile_dir: %s\nprofile_one_in: 1000\n", 0, 0 },
	[RUN] = { "every one by the CPU timer, one file",
		  "profile_run: %s/run.mprof\n", 5, 3 },
	[RUN_WALL] = { "every one by the wall clock, one file",
		       "profile_run: %s/wall.mprof\nprofile_clock: wall\n", 0,
		       0 },
	[RUN_PERF] = { "every one at 1 kHz, one file",
		       "profile_run: %s/perf.mprof\nprofile_interval: 0.001\n",
		       0, 0 },
	[FILES] = { "every one by the CPU timer, a file each",
		    "profile_dir: %s\nprofile_all_requests: true\n", 0, 0 },
	[GPERF] = { "gperftools' libprofiler, 100 Hz", "", 0, 0 },
	[PERF_RECORD] = { "perf record -g, 100 Hz", "", 0, 0 },
};

static struct memprof *sessions[SESSIONS];
static unsigned units; /* of work in a request */
static char gperf_file[PATH_MAX];
static int (*gperf_start)(const char *file);
static void (*gperf_stop)(void);
static bool has_perf;
static volatile unsigned kept; /* so that nothing is left out */

/* ---- a request ---- */

static int compare(const void *a, const void *b)
{
	const unsigned *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

static void work(void)
{
	static __thread unsigned seed = 1;
	unsigned count = 256;
	unsigned *numbers = malloc(count * sizeof(*numbers));
	char text[64];

	if (!numbers)
		bench_die("malloc");
	for (unsigned i = 0; i < count; i++)
		numbers[i] = seed = seed * 1664525 + 1013904223;
	qsort(numbers, count, sizeof(*numbers), compare);
	for (unsigned i = 0; i < 8; i++) {
		snprintf(text, sizeof(text), "%u of %g", numbers[i],
			 (double)numbers[i] / 3);
		kept += (unsigned)strlen(text);
	}
	free(numbers);
}

static void serve(struct memprof *mp, unsigned times)
{
	struct memprof_request req = { { 0 } };

	while (times--) {
		memprof_begin(mp, &req, "RootObject:index.html");
		for (unsigned i = 0; i < units; i++)
			work();
		memprof_end(&req, NULL);
	}
}

#define RUNS(mode)                             \
	static void run_##mode(unsigned times) \
	{                                      \
		serve(sessions[mode], times);  \
	}

RUNS(OFF)
RUNS(IDLE)
RUNS(ONE_IN_1000)
RUNS(RUN)
RUNS(RUN_WALL)
RUNS(RUN_PERF)
RUNS(FILES)

static void run_GPERF(unsigned times)
{
	if (!gperf_start(gperf_file))
		bench_die("ProfilerStart");
	serve(sessions[OFF], times);
	gperf_stop();
}

static void run_PERF_RECORD(unsigned times)
{
	perfrecord_turn(true);
	serve(sessions[OFF], times);
	perfrecord_turn(false);
}

/* ---- the table ---- */

static void calibrate(int64_t ns)
{
	int64_t began = bench_now_ns(), unit_ns;

	for (unsigned i = 0; i < 2000; i++)
		work();
	unit_ns = (bench_now_ns() - began) / 2000;
	units = (unsigned)(ns / (unit_ns ? unit_ns : 1));
	units = units ? units : 1;
}

/* How much more a request takes than with IDLE, in percent. */
static double percent(const struct bench_contender *c, int mode)
{
	return (bench_ratio(&c[mode], &c[IDLE], ROUNDS) - 1) * 100;
}

static bool is_there(int mode)
{
	return mode < SESSIONS || (mode == GPERF && gperf_start) ||
	       (mode == PERF_RECORD && has_perf);
}

static void measure(int64_t ns, bool is_short)
{
	struct bench_contender c[] = {
		[OFF] = { "", run_OFF, 0, { 0 } },
		[IDLE] = { "", run_IDLE, 0, { 0 } },
		[ONE_IN_1000] = { "", run_ONE_IN_1000, 0, { 0 } },
		[RUN] = { "", run_RUN, 0, { 0 } },
		[RUN_WALL] = { "", run_RUN_WALL, 0, { 0 } },
		[RUN_PERF] = { "", run_RUN_PERF, 0, { 0 } },
		[FILES] = { "", run_FILES, 0, { 0 } },
		[GPERF] = { "", run_GPERF, 0, { 0 } },
		[PERF_RECORD] = { "", run_PERF_RECORD, 0, { 0 } },
	};

	calibrate(ns);
	for (int i = 0; i < MODES; i++) {
		c[i].name = modes[i].name;
		c[i].times = (unsigned)(ROUND_NS / ns);
		if (!is_there(i))
			c[i].run = run_OFF;
	}
	bench_interleave(c, MODES, ROUNDS);
	bench_number("a request without profiles",
		     bench_ns(&c[IDLE], ROUNDS) / 1000, "us");
	for (int i = 0; i < MODES; i++) {
		double bound =
			is_short ? modes[i].short_bound : modes[i].long_bound;

		if (i == IDLE || !is_there(i))
			continue;
		if (bound > 0)
			bench_limit(modes[i].name, percent(c, i), "% more",
				    bound);
		else
			bench_number(modes[i].name, percent(c, i), "% more");
	}
}

/* ---- set up ---- */

static struct memprof *open_mode(const char *dir, int mode)
{
	char name[32], keys[PATH_MAX + 128];
	int len = sprintf(keys, "profiling_allowed: true\n");

	snprintf(name, sizeof(name), "profile%d", mode);
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
	snprintf(keys + len, sizeof(keys) - (size_t)len, modes[mode].keys, dir);
#pragma GCC diagnostic pop
	return bench_open(dir, name, keys);
}

/* Before memprof, which leaves SIGPROF to who has it. */
static void open_gperf(const char *dir)
{
	void *lib = dlopen("libprofiler.so.0", RTLD_NOW);

	if (!lib)
		return;
	*(void **)&gperf_start = dlsym(lib, "ProfilerStart");
	*(void **)&gperf_stop = dlsym(lib, "ProfilerStop");
	if (!gperf_stop)
		gperf_start = NULL;
	snprintf(gperf_file, sizeof(gperf_file), "%s/gperf", dir);
}

int main(int argc, char **argv)
{
	char perf_file[PATH_MAX];

	if (argc != 2)
		return 2;
	open_gperf(argv[1]);
	for (int i = 0; i < SESSIONS; i++)
		sessions[i] = open_mode(argv[1], i);
	snprintf(perf_file, sizeof(perf_file), "%s/perf.data", argv[1]);
	has_perf = perfrecord_start(perf_file);
	bench_title("Requests of 150 us that are profiled");
	measure(SHORT_NS, true);
	bench_title("Requests of 1.5 ms that are profiled");
	measure(LONG_NS, false);
	if (has_perf)
		perfrecord_stop();
	for (int i = 0; i < SESSIONS; i++)
		if (memprof_close(sessions[i]))
			bench_die("close");
	return bench_broken();
}
