#include "live/snapshot.h"

#include "core/config.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define TRIES 4

/* ---- plain words out of a header that nobody writes to any more ---- */

static uint64_t word64(const _Atomic uint64_t *v)
{
	return atomic_load_explicit(v, memory_order_relaxed);
}

static int64_t signed64(const _Atomic int64_t *v)
{
	return atomic_load_explicit(v, memory_order_relaxed);
}

static uint32_t word32(const _Atomic uint32_t *v)
{
	return atomic_load_explicit(v, memory_order_relaxed);
}

/* ---- reading ---- */

/* Read `len` bytes at `offset`, all of them. */
static int read_at(int fd, void *ret, size_t len, uint64_t offset)
{
	char *p = ret;

	while (len > 0) {
		ssize_t n = pread(fd, p, len, (off_t)offset);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		if (n == 0)
			return -EBADMSG; /* it was cut short */
		p += n;
		len -= (size_t)n;
		offset += (uint64_t)n;
	}
	/* What is read next was not read before this. */
	atomic_thread_fence(memory_order_acquire);
	return 0;
}

static bool is_string(const char *text, size_t size)
{
	return memchr(text, '\0', size) != NULL;
}

static int check_header(const struct mp_recorder *h, int fd)
{
	struct stat st;

	if (h->magic != MP_RECORDER_MAGIC)
		return -EBADMSG;
	if (h->version != MP_RECORDER_VERSION ||
	    h->header_size != sizeof(struct mp_recorder) ||
	    h->slot_size != sizeof(struct mp_recorder_slot))
		return -EPROTO;
	if (fstat(fd, &st))
		return -errno;
	if (h->slot_count % 64 || h->slot_count > MP_RECORDER_SLOTS_MAX ||
	    (uint64_t)st.st_size < mp_recorder_size(h->slot_count) ||
	    !is_string(h->log, sizeof(h->log)) ||
	    !is_string(h->log_pattern, sizeof(h->log_pattern)))
		return -EBADMSG;
	return 0;
}

/* The last reading, where it was not changed between the three headers. */
static void take_reading(const struct mp_recorder three[3],
			 struct mp_snapshot *ret)
{
	uint32_t seq = word32(&three[0].reading.seq.n);
	const struct mp_recorder_reading *r = &three[1].reading;

	ret->reading = (struct mp_statm){ MP_UNKNOWN, MP_UNKNOWN };
	ret->reading_mono_ns = MP_UNKNOWN;
	if (seq == 0 || seq & 1 || seq != word32(&three[2].reading.seq.n))
		return;
	ret->reading =
		(struct mp_statm){ signed64(&r->vss), signed64(&r->rss) };
	ret->reading_mono_ns = signed64(&r->mono_ns);
}

static struct mp_ledger take_ledger(const struct mp_recorder *h)
{
	const struct mp_recorder_profiles *p = &h->profiles;
	const struct mp_recorder_counts *c = &h->counts;
	uint64_t word = word64(&h->overlap.word);
	uint64_t seen = word64(&h->overlap.begun);

	return (struct mp_ledger){
		.begun = seen + (uint32_t)(mp_overlap_begun_low(word) -
					   (uint32_t)seen),
		.in_flight = mp_overlap_in_flight(word),
		.abandoned = word64(&h->overlap.abandoned),
		.logged = word64(&c->logged),
		.dropped = word64(&c->dropped),
		.cancelled = word64(&c->cancelled),
		.skipped_sampling = word64(&c->skipped_sampling),
		.skipped_threshold = word64(&c->skipped_threshold),
		.skipped_paused = word64(&c->skipped_paused),
		.slotless = word64(&c->slotless),
		.profiled = word64(&p->profiled),
		.profiles_written = word64(&p->written),
		.profiles_failed = word64(&p->failed),
		.profiles_refused = word64(&p->refused),
		.profile_error = p->error,
	};
}

/* No place is a day from UTC. */
static int64_t offset_of(const struct mp_recorder *h)
{
	int64_t s = signed64(&h->utc_offset_s);

	return s > -86400 && s < 86400 ? s : 0;
}

static int take_header(const struct mp_recorder three[3],
		       struct mp_snapshot *ret)
{
	const struct mp_recorder *h = &three[1];

	*ret = (struct mp_snapshot){
		.pid = h->pid,
		.uid = h->uid,
		.start_ticks = h->start_ticks,
		.opened_real_us = h->opened_real_us,
		.opened_mono_ns = h->opened_mono_ns,
		.launchpad = h->format == MP_FORMAT_LAUNCHPAD,
		.async = h->async != 0,
		.log_threshold = h->log_threshold,
		.sample_one_in = h->sample_one_in,
		.utc_offset_s = offset_of(h),
		.log = strdup(h->log),
		.log_pattern = strdup(h->log_pattern),
		.pause = {
			.on = word32(&h->pause.on) != 0,
			.by_config = word32(&h->pause.by_config) != 0,
			.uid = word32(&h->pause.uid),
			.pid = atomic_load(&h->pause.pid),
			.since_us = signed64(&h->pause.since_us),
		},
		.ledger = take_ledger(h),
		.cost_requests = word64(&h->cost.requests),
		.cost_ns = word64(&h->cost.ns),
		.writer_ns = word64(&h->cost.writer_ns),
	};
	take_reading(three, ret);
	return ret->log && ret->log_pattern ? 0 : -ENOMEM;
}

/* ---- slots ---- */

/*
 * Read a slot.  Returns its state, or FREE where it does not stand still, or an
 * error.  What was killed while it wrote left an odd number: recorder_layout.h
 * says what holds then.  A live writer may be held up there, and go on while it
 * is read; twice the same bytes stood still.
 */
static int read_slot(int fd, uint64_t offset, struct mp_recorder_slot *ret)
{
	const uint64_t at = offset + offsetof(struct mp_recorder_slot, word);
	struct mp_recorder_slot last = { 0 };

	for (unsigned i = 0; i < TRIES; i++) {
		uint64_t before = 0, after = 0;
		int err = read_at(fd, &before, sizeof(before), at);

		if (!err)
			err = read_at(fd, ret, sizeof(*ret), offset);
		if (!err)
			err = read_at(fd, &after, sizeof(after), at);
		if (err)
			return err;
		if (before != after || before != word64(&ret->word))
			continue;
		if (mp_recorder_sequence(before) % 2 == 0 ||
		    !memcmp(ret, &last, sizeof(last)))
			return (int)mp_recorder_state(before);
		last = *ret;
	}
	return MP_RECORDER_FREE;
}

static struct mp_snapshot_request request_of(const struct mp_recorder_slot *s)
{
	bool whole = mp_recorder_sequence(word64(&s->word)) % 2 == 0;
	struct mp_snapshot_request r = {
		.number = word64(&s->number),
		.begin_real_us = s->begin_real_us,
		.begin_mono_ns = s->begin_mono_ns,
		.start = s->start,
		.allocated = whole ? s->allocated : MP_UNKNOWN,
		.freed = whole ? s->freed : MP_UNKNOWN,
		.peak = whole ? s->peak : MP_UNKNOWN,
		.tid = s->tid,
		.measured = !(s->flags & MP_RECORDER_UNMEASURED),
		.page_len = 1,
		.page = "?",
	};

	/* Which looks at the length first. */
	if (mp_escape_valid(s->page, s->page_len)) {
		memcpy(r.page, s->page, s->page_len);
		r.page_len = s->page_len;
	}
	return r;
}

static int add_request(struct mp_snapshot *s,
		       const struct mp_snapshot_request *r)
{
	/* Room for a power of two. */
	if ((s->count & (s->count - 1)) == 0) {
		size_t room = s->count ? 2 * s->count : 1;
		void *more = reallocarray(s->requests, room, sizeof(*r));

		if (!more)
			return -ENOMEM;
		s->requests = more;
	}
	s->requests[s->count++] = *r;
	return 0;
}

static int take_slot(int fd, uint32_t index, struct mp_snapshot *ret)
{
	struct mp_recorder_slot slot;
	struct mp_snapshot_request r;
	int state = read_slot(fd, mp_recorder_size(index), &slot);

	if (state < 0)
		return state;
	ret->waiting += state == MP_RECORDER_ENDING;
	if (state != MP_RECORDER_IN_FLIGHT)
		return 0;
	r = request_of(&slot);
	return add_request(ret, &r);
}

static int take_slots(int fd, const struct mp_recorder *h,
		      struct mp_snapshot *ret)
{
	for (uint32_t i = 0; i < h->slot_count; i++) {
		uint64_t taken = word64(&h->taken[i / 64]);
		int err = taken >> i % 64 & 1 ? take_slot(fd, i, ret) : 0;

		if (err)
			return err;
	}
	return 0;
}

static int by_begin(const void *a, const void *b)
{
	const struct mp_snapshot_request *x = a, *y = b;

	if (x->begin_mono_ns != y->begin_mono_ns)
		return x->begin_mono_ns < y->begin_mono_ns ? -1 : 1;
	return x->number < y->number ? -1 : x->number > y->number;
}

int mp_snapshot_read(int fd, struct mp_snapshot *ret)
{
	struct mp_snapshot s = { 0 };
	struct mp_recorder *three = calloc(3, sizeof(*three));
	int err = three ? 0 : -ENOMEM;

	for (int i = 0; i < 3 && !err; i++) {
		err = read_at(fd, &three[i], sizeof(*three), 0);
		if (!err)
			err = check_header(&three[i], fd);
	}
	if (!err)
		err = take_header(three, &s);
	if (!err)
		err = take_slots(fd, &three[1], &s);
	free(three);
	if (err) {
		mp_snapshot_release(&s);
		return err;
	}
	if (s.count > 0)
		qsort(s.requests, s.count, sizeof(*s.requests), by_begin);
	*ret = s;
	return 0;
}

void mp_snapshot_release(struct mp_snapshot *s)
{
	free(s->log);
	free(s->log_pattern);
	free(s->requests);
	*s = (struct mp_snapshot){ 0 };
}

/* ---- sums ---- */

uint64_t mp_ledger_skipped(const struct mp_ledger *l)
{
	return l->skipped_sampling + l->skipped_threshold + l->skipped_paused;
}

int64_t mp_ledger_rest(const struct mp_ledger *l)
{
	return (int64_t)(l->begun - l->logged - l->dropped - l->cancelled -
			 l->abandoned - l->in_flight - mp_ledger_skipped(l));
}

void mp_ledger_add(struct mp_ledger *sum, const struct mp_ledger *l)
{
	sum->begun += l->begun;
	sum->logged += l->logged;
	sum->dropped += l->dropped;
	sum->cancelled += l->cancelled;
	sum->abandoned += l->abandoned;
	sum->in_flight += l->in_flight;
	sum->skipped_sampling += l->skipped_sampling;
	sum->skipped_threshold += l->skipped_threshold;
	sum->skipped_paused += l->skipped_paused;
	sum->slotless += l->slotless;
	sum->profiled += l->profiled;
	sum->profiles_written += l->profiles_written;
	sum->profiles_failed += l->profiles_failed;
	sum->profiles_refused += l->profiles_refused;
	if (l->profile_error)
		sum->profile_error = l->profile_error;
}

int64_t mp_snapshot_minus(int64_t a, int64_t b)
{
	int64_t v;

	if (a == MP_UNKNOWN || b == MP_UNKNOWN ||
	    __builtin_sub_overflow(a, b, &v))
		return MP_UNKNOWN;
	return v;
}
