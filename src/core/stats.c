/* stats: the counts of a session, from wherever they are kept. */

#include "core/process.h"
#include "core/session.h"

#include <string.h>

static uint64_t count_queued(struct memprof *mp)
{
	uint64_t own = atomic_load(&mp->writer.own), n = 0;

	for (uint32_t i = 0; i < mp_session_slots(mp) / 64; i++)
		n += (uint64_t)__builtin_popcountll(
			atomic_load(&mp->recorder->ended[i]));
	return n > own ? n - own : 0;
}

/* atomic_load() takes no const in C11; a load it is all the same. */
static struct memprof_stats read_stats(struct memprof *mp)
{
	const struct mp_recorder_counts *c = &mp->recorder->counts;
	const struct mp_recorder_profiles *p = &mp->recorder->profiles;
	struct mp_overlap *o = &mp->recorder->overlap;
	struct mp_log *l = &mp->log;

	return (struct memprof_stats){
		.begun = mp_overlap_begun_total(o),
		.in_flight = mp_overlap_in_flight(mp_overlap_word(o)),
		.logged = atomic_load(&c->logged),
		.dropped = atomic_load(&c->dropped),
		.skipped_sampling = atomic_load(&c->skipped_sampling),
		.skipped_threshold = atomic_load(&c->skipped_threshold),
		.cancelled = atomic_load(&c->cancelled),
		.abandoned = atomic_load(&o->abandoned),
		.misused = atomic_load(&mp_session_misused),
		.outside_unsure = atomic_load(&mp->outside.unsure),
		.own_lines = atomic_load(&c->own_lines),
		.own_dropped = atomic_load(&c->own_dropped),
		.torn = atomic_load(&l->torn_lines),
		.reopened = atomic_load(&l->reopened),
		.reopen_failed = atomic_load(&l->reopen_failed),
		.rotated = atomic_load(&l->rotated),
		.rotate_failed = atomic_load(&l->rotate_failed),
		.headerless = atomic_load(&l->headerless),
		.heap_refreshes = atomic_load(&mp->totals.refreshes),
		.heap_refresh_ns = atomic_load(&mp->totals.refresh_ns),
		.first_error = atomic_load(&l->first_error),
		.heap = (int32_t)mp_heap_state(),
		.on = mp_session_state(mp) == MP_SESSION_ON,
		.unknown_variables = (int32_t)mp->unknown_variables,
		.skipped_paused = atomic_load(&c->skipped_paused),
		.slotless = atomic_load(&c->slotless),
		.recorder = atomic_load(&mp->recorder_file.state),
		.paused = atomic_load(&mp->recorder->pause.on) != 0,
		.queued = count_queued(mp),
		.queue_full = atomic_load(&c->queue_full),
		.async = mp_session_is_async(mp),
		.profile_error = atomic_load(&p->error),
		.profiled = atomic_load(&p->profiled),
		.profiles_written = atomic_load(&p->written),
		.profiles_failed = atomic_load(&p->failed),
		.profiles_refused = atomic_load(&p->refused),
	};
}

void memprof_stats(const struct memprof *mp, struct memprof_stats *ret)
{
	struct memprof_stats stats = { .misused = 0 };
	size_t size = ret->size;

	if (mp && mp_process_is_new())
		mp_session_renew_process();
	if (mp)
		stats = read_stats((struct memprof *)(uintptr_t)mp);
	stats.size = size;
	memset(ret, 0, size);
	memcpy(ret, &stats, size < sizeof(stats) ? size : sizeof(stats));
}
