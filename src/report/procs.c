#include "report/procs.h"

#include "report/text.h"

#include <errno.h>
#include <stdlib.h>

#define SECOND_US INT64_C(1000000)
/* Less silence, or less than so many times what is usual, says nothing. */
#define SILENT_US    (60 * SECOND_US)
#define SILENT_TIMES 20
#define REQUESTS_MIN 10
/* Who is begun later is not begun in place of one that ended. */
#define RESTART_US (10 * SECOND_US)

int64_t mp_proc_began(const struct mp_proc *p)
{
	if (!p->run->stray)
		return p->run->began_us;
	return p->run->told_us == INT64_MAX ? INT64_MIN : p->run->told_us;
}

/* ---- order ---- */

static int compare_numbers(int64_t a, int64_t b)
{
	return (a > b) - (a < b);
}

/* By host, then by the time of the first line, then by pid. */
static int compare_times(const void *a, const void *b)
{
	const struct mp_proc *pa = a, *pb = b;
	int order = mp_text_compare(pa->host, pb->host);

	if (!order)
		order = compare_numbers(pa->run->from_us, pb->run->from_us);
	return order ? order : compare_numbers(pa->pid, pb->pid);
}

static int compare_interest(const void *a, const void *b)
{
	const struct mp_proc *pa = a, *pb = b;
	int order = compare_numbers(pb->end >= MP_PROC_SILENT,
				    pa->end >= MP_PROC_SILENT);

	if (!order)
		order = compare_numbers(pb->run->most_rss, pa->run->most_rss);
	return order ? order : compare_times(a, b);
}

/* ---- how they ended ---- */

/* How it ended, by its own lines and those of the `next` one with its pid. */
static enum mp_proc_end end_of(const struct mp_run *run,
			       const struct mp_run *next)
{
	if (run->stopped_us != INT64_MAX)
		return MP_PROC_STOPPED;
	if (run->killed > 0)
		return MP_PROC_GONE;
	/* A second session of one process begins while the first goes on. */
	if (next && run->until_us <= next->began_us)
		return MP_PROC_GONE;
	return MP_PROC_OPEN;
}

/* The processes from `p` on that are of its host; `*ret_until_us` is the end of
   their last line. */
static size_t count_host(const struct mp_proc *p, size_t left,
			 int64_t *ret_until_us)
{
	size_t n = 0;

	*ret_until_us = INT64_MIN;
	for (; n < left && !mp_text_compare(p->host, p[n].host); n++)
		if (p[n].run->until_us > *ret_until_us)
			*ret_until_us = p[n].run->until_us;
	return n;
}

/* Of the `n` processes of a host, by time: the one that began after the last
   line of `p`; or null. */
static const struct mp_proc *begun_after(const struct mp_proc *host, size_t n,
					 const struct mp_proc *p)
{
	size_t low = 0, high = n;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (host[middle].run->from_us < p->run->until_us)
			low = middle + 1;
		else
			high = middle;
	}
	/* Who was there before the log began was begun by nobody in it. */
	while (low < n && (host[low].run->stray || &host[low] == p))
		low++;
	return low < n ? &host[low] : NULL;
}

static void find_restart(const struct mp_proc *host, size_t n,
			 struct mp_proc *p)
{
	const struct mp_proc *next = begun_after(host, n, p);

	if (!next || next->run->began_us - p->run->until_us > RESTART_US)
		return;
	p->restarted_us = next->run->began_us - p->run->until_us;
	p->restarted_pid = next->pid;
}

/* Whether it fell silent, up to `until_us`, for longer than one that is only
   idle; another that was begun just then tells sooner. */
static bool is_silent(const struct mp_proc *p, int64_t until_us)
{
	const struct mp_run *run = p->run;
	int64_t silence, usual;

	if (run->requests < REQUESTS_MIN || until_us <= run->until_us)
		return false;
	silence = until_us - run->until_us;
	usual = (run->until_us - run->from_us) / (int64_t)run->requests;
	return silence / SILENT_TIMES > usual &&
	       silence >
		       (p->restarted_us == MP_UNKNOWN ? SILENT_US : SECOND_US);
}

static void judge(struct mp_proc *p, const struct mp_proc *host, size_t n,
		  int64_t until_us)
{
	if (p->end == MP_PROC_STOPPED)
		return;
	find_restart(host, n, p);
	if (p->end == MP_PROC_OPEN && is_silent(p, until_us))
		p->end = MP_PROC_SILENT;
	if (p->end == MP_PROC_OPEN)
		p->restarted_us = p->restarted_pid = MP_UNKNOWN;
}

static void judge_host(struct mp_procs *all, struct mp_proc *p, size_t n,
		       int64_t until_us)
{
	for (size_t i = 0; i < n; i++) {
		judge(&p[i], p, n, until_us);
		all->silent += p[i].end == MP_PROC_SILENT;
		all->gone += p[i].end == MP_PROC_GONE;
		all->restarted += p[i].restarted_us != MP_UNKNOWN;
		all->again += p[i].again;
	}
}

/* ---- the list ---- */

static size_t settle_runs(struct mp_history *h)
{
	size_t n = 0;

	for (size_t i = 0; i < h->slot_count; i++) {
		if (!h->slots[i])
			continue;
		mp_runs_settle(&h->slots[i]->runs);
		n += h->slots[i]->runs.count;
	}
	return n;
}

static void list_life(struct mp_procs *p, const struct mp_life *life)
{
	for (size_t i = 0; i < life->runs.count; i++) {
		const struct mp_run *run = &life->runs.runs[i];
		const struct mp_run *next =
			i + 1 < life->runs.count ? run + 1 : NULL;

		p->procs[p->count++] = (struct mp_proc){
			.pid = life->pid,
			.host = life->host,
			.run = run,
			.end = end_of(run, next),
			.again = i > 0,
			.restarted_us = MP_UNKNOWN,
			.restarted_pid = MP_UNKNOWN,
		};
	}
}

int mp_procs_list(struct mp_history *h, struct mp_procs *ret)
{
	struct mp_procs p = { .count = 0 };
	size_t n = settle_runs(h);
	int64_t until_us;

	p.procs = calloc(n ? n : 1, sizeof(*p.procs));
	if (!p.procs)
		return -ENOMEM;
	for (size_t i = 0; i < h->slot_count; i++)
		if (h->slots[i])
			list_life(&p, h->slots[i]);
	qsort(p.procs, p.count, sizeof(*p.procs), compare_times);
	for (size_t i = 0; i < p.count; i += n) {
		n = count_host(&p.procs[i], p.count - i, &until_us);
		judge_host(&p, &p.procs[i], n, until_us);
		p.hosts++;
	}
	qsort(p.procs, p.count, sizeof(*p.procs), compare_interest);
	*ret = p;
	return 0;
}

void mp_procs_release(struct mp_procs *p)
{
	free(p->procs);
	*p = (struct mp_procs){ 0 };
}
