#include "report/progress.h"

#include "core/clock.h"

#include <inttypes.h>

#define CELLS 30
#define MS_NS 1000000

void mp_progress_begin(struct mp_progress *p, FILE *out, uint64_t total)
{
	*p = (struct mp_progress){
		.out = out,
		.total = total,
		.began_ns = mp_clock_mono_ns(),
	};
}

/* Seconds that are left at the pace so far. */
static double left_s(const struct mp_progress *p, uint64_t done, int64_t now_ns)
{
	double spent = (double)(now_ns - p->began_ns) / 1e9;

	return spent * (double)(p->total - done) / (double)done;
}

static void draw(const struct mp_progress *p, uint64_t done, double left)
{
	int cells = (int)((double)done / (double)p->total * CELLS);
	char bar[CELLS + 1];

	for (int i = 0; i < CELLS; i++)
		bar[i] = i < cells ? '#' : '.';
	bar[CELLS] = '\0';
	fprintf(p->out, "\r%s %3.0f %%, %" PRIu64 " MB, %.0f s left\033[K", bar,
		100 * (double)done / (double)p->total, done / 1000000, left);
	fflush(p->out);
}

void mp_progress_show(struct mp_progress *p, uint64_t done)
{
	int64_t now_ns;
	double left;

	/* A log that grows has more than it said. */
	if (done == 0 || done > p->total)
		return;
	now_ns = mp_clock_mono_ns();
	if (now_ns - p->began_ns < 500 * MS_NS ||
	    now_ns - p->shown_ns < 100 * MS_NS)
		return;
	left = left_s(p, done, now_ns);
	if (!p->visible && left < 1)
		return;
	draw(p, done, left);
	p->visible = true;
	p->shown_ns = now_ns;
}

void mp_progress_hide(struct mp_progress *p)
{
	if (!p->visible)
		return;
	fputs("\r\033[K", p->out);
	fflush(p->out);
	p->visible = false;
}
