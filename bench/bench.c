#include "bench.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static bool broken;

int64_t bench_now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

double bench_median(double *values, int n)
{
	qsort(values, (size_t)n, sizeof(*values), by_value);
	return values[n / 2];
}

static void run_once(struct bench_contender *c, int round)
{
	int64_t start = bench_now_ns();

	c->run(c->times);
	c->ns[round] = (double)(bench_now_ns() - start) / c->times;
}

void bench_interleave(struct bench_contender *c, int n, int rounds)
{
	/* Once to warm up; and whose turn is first, changes. */
	for (int i = 0; i < n; i++)
		run_once(&c[i], 0);
	for (int round = 0; round < rounds; round++)
		for (int i = 0; i < n; i++)
			run_once(&c[(i + round) % n], round);
}

double bench_ns(const struct bench_contender *c, int rounds)
{
	double values[BENCH_ROUNDS];

	memcpy(values, c->ns, sizeof(values));
	return bench_median(values, rounds);
}

double bench_ratio(const struct bench_contender *c,
		   const struct bench_contender *against, int rounds)
{
	double values[BENCH_ROUNDS];

	for (int i = 0; i < rounds; i++)
		values[i] = c->ns[i] / against->ns[i];
	return bench_median(values, rounds);
}

double bench_ratio_above(const struct bench_contender *c,
			 const struct bench_contender *against,
			 const struct bench_contender *base, int rounds)
{
	double values[BENCH_ROUNDS];

	for (int i = 0; i < rounds; i++)
		values[i] = (c->ns[i] - base->ns[i]) /
			    (against->ns[i] - base->ns[i]);
	return bench_median(values, rounds);
}

void bench_title(const char *title)
{
	printf("\n%s\n", title);
}

void bench_number(const char *name, double number, const char *unit)
{
	printf("  %-52s %9.1f %s\n", name, number, unit);
}

static const char *verdict(bool ok)
{
	broken |= !ok;
	return ok ? "PASS" : "FAIL";
}

void bench_limit(const char *name, double number, const char *unit,
		 double bound)
{
	printf("  %-52s %9.1f %-6s <= %-7g %s\n", name, number, unit, bound,
	       verdict(number <= bound));
}

void bench_bound(const char *name, double ratio, enum bench_side side,
		 double bound)
{
	bool ok = side == BENCH_AT_MOST ? ratio <= bound : ratio >= bound;

	printf("  %-52s %9.2f %-6s %s %-7g %s\n", name, ratio, "x",
	       side == BENCH_AT_MOST ? "<=" : ">=", bound, verdict(ok));
}

bool bench_broken(void)
{
	return broken;
}

_Noreturn void bench_die(const char *what)
{
	fprintf(stderr, "bench: %s: %s\n", what, strerror(errno));
	exit(2);
}
