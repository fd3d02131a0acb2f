/*
 * bench_unwind: what one stack of 20 frames costs, when it was seen before and
 * when nothing is known of it, against glibc's backtrace().
 */

#include "bench.h"
#include "profile/rulecache.h"
#include "profile/unwind.h"

#include <execinfo.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>

#define FRAMES 20
#define ROUNDS 101

static struct mp_stack_bounds bounds;
static const void *interrupted; /* the context of the signal */
static size_t depth;
static volatile int sink;

static void hot(unsigned times)
{
	uintptr_t pcs[MP_UNWIND_MAX];
	bool cut;

	while (times--)
		depth = mp_unwind_signal(interrupted, bounds, pcs,
					 MP_UNWIND_MAX, &cut);
}

static void cold(unsigned times)
{
	uintptr_t pcs[MP_UNWIND_MAX];
	bool cut;

	while (times--) {
		mp_rulecache_forget();
		mp_unwind_signal(interrupted, bounds, pcs, MP_UNWIND_MAX, &cut);
	}
}

/* From here, which is a few frames more. */
static void glibc(unsigned times)
{
	void *pcs[MP_UNWIND_MAX];

	while (times--)
		sink += backtrace(pcs, MP_UNWIND_MAX);
}

static void measure(void)
{
	struct bench_contender c[] = {
		{ "known before", hot, 500, { 0 } },
		{ "not known before", cold, 50, { 0 } },
		{ "glibc's backtrace()", glibc, 50, { 0 } },
	};

	bench_interleave(c, 3, ROUNDS);
	bench_title("One stack, in a signal handler");
	bench_number("frames", (double)depth, "");
	bench_limit(c[0].name, bench_ns(&c[0], ROUNDS), "ns", 1000);
	bench_number(c[1].name, bench_ns(&c[1], ROUNDS), "ns");
	bench_number(c[2].name, bench_ns(&c[2], ROUNDS), "ns");
	bench_bound("known before, against backtrace()",
		    bench_ratio(&c[0], &c[2], ROUNDS), BENCH_AT_MOST, 0.2);
	bench_bound("not known before, against backtrace()",
		    bench_ratio(&c[1], &c[2], ROUNDS), BENCH_AT_MOST, 1.0);
}

static void handle(int signo, siginfo_t *info, void *ucontext)
{
	uintptr_t pcs[MP_UNWIND_MAX];
	bool cut;

	(void)signo;
	(void)info;
	interrupted = ucontext;
	depth = mp_unwind_signal(ucontext, bounds, pcs, MP_UNWIND_MAX, &cut);
	if (depth >= FRAMES)
		measure();
}

/* Deeper and deeper until it is enough. */
__attribute__((noinline)) static int descend(int n)
{
	raise(SIGUSR1);
	if (depth < FRAMES && n > 0)
		sink += descend(n - 1);
	return sink + n;
}

int main(void)
{
	struct sigaction action = { .sa_sigaction = handle,
				    .sa_flags = SA_SIGINFO };
	void *here[1];

	if (mp_unwind_bounds(&bounds) || sigaction(SIGUSR1, &action, NULL))
		bench_die("setting up");
	backtrace(here, 1); /* it loads libgcc */
	mp_unwind_refresh();
	descend(2 * FRAMES);
	if (depth < FRAMES)
		bench_die("no such stack");
	return bench_broken();
}
