#include "live/owncost.h"

void mp_owncost_add(struct mp_owncost *sum, const struct mp_live *live)
{
	const struct mp_snapshot *s = &live->shot;
	/* Those that began while it was paused cost next to nothing. */
	uint64_t requests = s->ledger.begun - s->ledger.skipped_paused;
	uint64_t sampled = s->cost_requests;
	double mean;

	if (!live->seen || sampled == 0 || s->ledger.begun < sampled)
		return;
	mean = (double)s->cost_ns / (double)sampled;
	sum->mean_ns =
		(sum->mean_ns * (double)sum->sampled + (double)s->cost_ns) /
		((double)sum->sampled + (double)sampled);
	sum->sampled += sampled;
	sum->memprof_ns += mean * (double)requests + (double)s->writer_ns;
	sum->process_ns += (double)live->proc.cpu_ns;
}

double mp_owncost_percent(const struct mp_owncost *c)
{
	if (c->sampled == 0 || c->process_ns <= 0)
		return -1;
	return 100 * c->memprof_ns / c->process_ns;
}
