/* Serves one request, /cart, configured by the environment, which computes for
   some milliseconds of CPU time in two places, and tells of two calls.
   Usage: host_burn PRICES_MS STOCK_MS */

#include <memprof.h>

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static volatile unsigned long sink;

static int64_t now_us(clockid_t clock)
{
	struct timespec t;

	clock_gettime(clock, &t);
	return t.tv_sec * INT64_C(1000000) + t.tv_nsec / 1000;
}

/* Inlined, so that a view has to find whose it is. */
static inline __attribute__((always_inline)) void count(unsigned long n)
{
	for (unsigned long i = 0; i < n; i++)
		sink = sink + i;
}

/* The clock is read seldom: what is measured is the counting. */
#define COMPUTE(ms)                                                           \
	do {                                                                  \
		int64_t until =                                               \
			now_us(CLOCK_THREAD_CPUTIME_ID) + (ms)*INT64_C(1000); \
                                                                              \
		while (now_us(CLOCK_THREAD_CPUTIME_ID) < until)               \
			count(200000);                                        \
	} while (0)

static __attribute__((noinline)) void add_prices(int ms)
{
	COMPUTE(ms);
	sink = sink + 1;
}

static __attribute__((noinline)) void look_up_stock(int ms)
{
	COMPUTE(ms);
	sink = sink + 2;
}

static __attribute__((noinline)) void ask(struct memprof_request *req)
{
	int64_t start = now_us(CLOCK_MONOTONIC);

	memprof_note(req, "sql", "SELECT stock; -- of one", start, start + 5);
	sink = sink + 3;
}

int main(int argc, char **argv)
{
	struct memprof_request req = { { 0 } };
	struct memprof *mp;

	if (argc != 3 || memprof_open(NULL, &mp)) {
		fprintf(stderr, "%s\n", memprof_open_error());
		return 1;
	}
	memprof_begin(mp, &req, "/cart");
	add_prices(atoi(argv[1]));
	look_up_stock(atoi(argv[2]));
	ask(&req);
	ask(&req);
	memprof_end(&req, NULL);
	return memprof_close(mp) != 0;
}
