#ifndef BENCH_H
#define BENCH_H

/*
 * bench: contenders measured in turn, many rounds over, and what comes of it.
 *
 * A shared machine is slow for a while and fast again; contenders that take
 * turns of a millisecond share both.  A number is the median over the rounds,
 * a ratio the median of the ratios within each round.
 */

#include <stdbool.h>
#include <stdint.h>

#define BENCH_ROUNDS 301

struct bench_contender {
	const char *name;
	void (*run)(unsigned times);
	unsigned times;		 /* calls in one round */
	double ns[BENCH_ROUNDS]; /* for one call, in each round */
};

int64_t bench_now_ns(void);

/* Middle one of `n` values, which are put in order. */
double bench_median(double *values, int n);

/* Run all of `n` contenders in each of `rounds` rounds. */
void bench_interleave(struct bench_contender *c, int n, int rounds);

double bench_ns(const struct bench_contender *c, int rounds);
double bench_ratio(const struct bench_contender *c,
		   const struct bench_contender *against, int rounds);

/* The same of what both cost above `base`, which is a part of both. */
double bench_ratio_above(const struct bench_contender *c,
			 const struct bench_contender *against,
			 const struct bench_contender *base, int rounds);

/* The lines of the table. */
void bench_title(const char *title);
void bench_number(const char *name, double number, const char *unit);

/* A number that must be at most `bound`. */
void bench_limit(const char *name, double number, const char *unit,
		 double bound);

/* A ratio that must be at most, or at least, `bound`. */
enum bench_side { BENCH_AT_MOST, BENCH_AT_LEAST };
void bench_bound(const char *name, double ratio, enum bench_side side,
		 double bound);

/* Whether a bound was broken: what main() returns. */
bool bench_broken(void);

/* Say what went wrong with the benchmark itself, and leave. */
_Noreturn void bench_die(const char *what);

#endif
