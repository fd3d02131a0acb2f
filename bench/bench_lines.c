/*
 * bench_lines: writes a log as busy servers would, for benchmarks of reading.
 *
 * Usage: bench_lines LINES PAGES >LOG.  The same arguments give the same bytes.
 */

#include "bench.h"

#include "core/record.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#define PROCESSES 8

static uint64_t seed = 88172645463325252;

/* Marsaglia's xorshift64. */
static uint64_t next_random(void)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return seed;
}

static double uniform(void)
{
	return ((double)(next_random() >> 11) + 0.5) / 9007199254740992.0;
}

static int64_t below(unsigned limit)
{
	return (int64_t)(next_random() % limit);
}

/* About 1 to 1,000 times `least`, the small ones more often. */
static int64_t spread(double least)
{
	return (int64_t)(least * exp(6.9 * uniform() * uniform()));
}

/* Few pages have most of the requests: the k-th about 1 / k of them. */
static unsigned pick_page(unsigned pages)
{
	return (unsigned)(exp(log((double)pages + 1) * uniform())) - 1;
}

struct process {
	int64_t vss, rss;
};

static struct mp_text text(char *buffer, int len)
{
	return (struct mp_text){ buffer, (size_t)len };
}

static void put_line(int64_t us, unsigned pages, struct process *processes)
{
	unsigned pid = (unsigned)(next_random() % PROCESSES);
	struct process *p = &processes[pid], before = *p;
	unsigned page = pick_page(pages);
	int64_t allocated = spread(2000.0 + page % 7 * 1000);
	int64_t kept = page % 10 == 3 ? 512 : 0;
	char id[64], oops[64] = "-", host[64], line[MP_RECORD_MAX];
	struct mp_record r = { .timestamp_us = us };

	if (next_random() % 20 == 0)
		p->rss += below(64) * 4096;
	if (next_random() % 50 == 0)
		p->rss -= below(64) * 4096;
	if (next_random() % 500 == 0)
		p->vss += 1 << 20;
	r.page_id =
		text(id, sprintf(id, "Collection%u:+page-%u", page % 13, page));
	r.oops_id = text(oops, 1);
	if (next_random() % 1000 == 0)
		r.oops_id.len = (size_t)sprintf(oops, "OOPS-%" PRIx64,
						next_random() >> 32);
	r.duration_us = spread(200.0 + page % 50 * 100);
	r.start_vss = before.vss;
	r.start_rss = before.rss;
	r.end_vss = p->vss;
	r.end_rss = p->rss;
	r.vss_delta = p->vss - before.vss;
	r.rss_delta = p->rss - before.rss;
	r.allocated = allocated + kept;
	r.freed = allocated;
	r.peak = allocated / 3 + kept;
	r.overlap = below(4) * below(2);
	r.heap_allocated = p->rss / 2;
	r.heap_active = p->rss / 2 + 5000000;
	r.heap_resident = p->rss / 2 + 9000000;
	r.pid = 4000 + pid;
	r.tid = r.pid + below(16);
	r.host = text(host, sprintf(host, "web%u", 1 + pid / 4));
	fwrite(line, 1, mp_record_format(&r, line), stdout);
}

int main(int argc, char **argv)
{
	struct process processes[PROCESSES];
	unsigned long lines = argc > 1 ? strtoul(argv[1], NULL, 10) : 0;
	unsigned pages = argc > 2 ? (unsigned)strtoul(argv[2], NULL, 10) : 0;
	int64_t us = 1795222800000000;

	if (argc != 3 || lines == 0 || pages == 0)
		bench_die("usage: bench_lines LINES PAGES");
	for (unsigned i = 0; i < PROCESSES; i++)
		processes[i] = (struct process){ 1500u << 20, 300u << 20 };
	fwrite(mp_record_header, 1, mp_record_header_len, stdout);
	for (unsigned long i = 0; i < lines; i++) {
		us += below(20000);
		put_line(us, pages, processes);
	}
	if (fflush(stdout) || ferror(stdout))
		bench_die("cannot write");
	return 0;
}
