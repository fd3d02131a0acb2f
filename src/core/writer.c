#include "core/writer.h"

#include "core/clock.h"
#include "core/latch.h"
#include "core/ownline.h"
#include "core/ownthread.h"
#include "core/session.h"
#include "core/slot.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>

#define BATCH_BYTES (64 * 1024)
#define BATCH_LINES 512

#define NAP_NS	(MP_NS_PER_S / 100)
#define DOZE_NS (MP_NS_PER_S / 10)

struct ended {
	int64_t at_ns;
	uint32_t index; /* of the slot */
};

/* Memory for a batch; mapped, so that no heap grows. */
struct room {
	char text[BATCH_BYTES];
	uint16_t lens[BATCH_LINES];
	bool own[BATCH_LINES];
	bool in[BATCH_LINES];
	struct ended ended[];
};

/* ---- sleeping ---- */

void mp_writer_rouse(struct mp_writer *w)
{
	int saved_errno = errno;

	if (atomic_exchange(&w->rest, MP_WRITER_AWAKE) != MP_WRITER_AWAKE)
		mp_latch_wake(&w->rest);
	errno = saved_errno;
}

static bool is_anything_in_flight(const struct memprof *mp)
{
	return mp_overlap_in_flight(mp_overlap_word(&mp->recorder->overlap));
}

static bool is_anything_ended(const struct memprof *mp)
{
	for (uint32_t i = 0; i < mp_session_slots(mp) / 64; i++)
		if (atomic_load(&mp->recorder->ended[i]))
			return true;
	return false;
}

/* Rest as long as fits: there may be more soon, or there is nothing at all. */
static void rest(struct memprof *mp, bool busy)
{
	struct mp_writer *w = &mp->writer;
	uint32_t how = busy ? MP_WRITER_RESTING : MP_WRITER_SLEEPING;

	/* Said before it is looked: see mp_writer_wake(). */
	atomic_store(&w->rest, how);
	if (!busy && (is_anything_in_flight(mp) || is_anything_ended(mp))) {
		how = MP_WRITER_RESTING;
		atomic_store(&w->rest, how);
	}
	if (!atomic_load(&w->stop))
		mp_latch_sleep(&w->rest, how,
			       how == MP_WRITER_SLEEPING ? MP_LATCH_EVER
			       : busy			 ? NAP_NS
							 : DOZE_NS);
	atomic_store(&w->rest, MP_WRITER_AWAKE);
}

/* ---- writing ---- */

static int compare_ends(const void *a, const void *b)
{
	const struct ended *ea = a, *eb = b;

	if (ea->at_ns != eb->at_ns)
		return ea->at_ns < eb->at_ns ? -1 : 1;
	return (ea->index > eb->index) - (ea->index < eb->index);
}

/* All that is there to be written, oldest first. */
static size_t collect(const struct memprof *mp, struct ended *ret)
{
	struct mp_recorder *r = mp->recorder;
	size_t n = 0;

	for (uint32_t i = 0; i < mp_session_slots(mp) / 64; i++) {
		uint64_t ended = atomic_load_explicit(&r->ended[i],
						      memory_order_acquire);

		for (; ended; ended &= ended - 1) {
			uint32_t index =
				i * 64 + (uint32_t)__builtin_ctzll(ended);

			ret[n++] = (struct ended){
				mp_slot_at(r, index)->end_mono_ns, index
			};
		}
	}
	qsort(ret, n, sizeof(*ret), compare_ends);
	return n;
}

/* The line of a slot is in the log, or it is dropped. */
static void settle(struct memprof *mp, uint32_t index, bool own, bool logged)
{
	struct mp_recorder *r = mp->recorder;
	struct mp_recorder_slot *slot = mp_slot_at(r, index);

	mp_slot_logged(slot);
	if (own) {
		mp_recorder_count(logged ? &r->counts.own_lines
					 : &r->counts.own_dropped);
		atomic_fetch_sub(&mp->writer.own, 1);
	} else {
		mp_recorder_count(logged ? &r->counts.logged
					 : &r->counts.dropped);
	}
	atomic_fetch_and_explicit(&r->ended[index / 64],
				  ~(UINT64_C(1) << index % 64),
				  memory_order_relaxed);
	mp_slot_release(r, index);
}

/* Write as many of `ended` as a batch holds, and return how many these are. */
static size_t write_batch(struct memprof *mp, struct room *room,
			  const struct ended *ended, size_t count)
{
	struct mp_log_batch b = { .text = room->text,
				  .lens = room->lens,
				  .own = room->own };

	while (b.count < count && b.count < BATCH_LINES &&
	       b.len + MP_RECORD_MAX <= BATCH_BYTES) {
		struct mp_record r = mp_slot_record(
			mp->recorder,
			mp_slot_at(mp->recorder, ended[b.count].index));
		size_t len = mp_session_format(mp, &r, room->text + b.len);

		room->own[b.count] = mp_record_is_own(&r);
		room->lens[b.count++] = (uint16_t)len;
		b.len += len;
	}
	/* Without mp_log_enter(): close waits for this thread itself. */
	mp_log_append_batch(&mp->log, &b, room->in);
	for (size_t i = 0; i < b.count; i++)
		settle(mp, ended[i].index, room->own[i], room->in[i]);
	return b.count;
}

/* Returns whether there was anything to write. */
static bool write_ended(struct memprof *mp)
{
	struct room *room = mp->writer.room;
	size_t count = collect(mp, room->ended);

	for (size_t done = 0; done < count;)
		done += write_batch(mp, room, room->ended + done, count - done);
	return count > 0;
}

/* ---- the thread ---- */

static void note_cost(struct memprof *mp)
{
	struct timespec t;

	if (!clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t))
		atomic_store_explicit(&mp->recorder->cost.writer_ns,
				      (uint64_t)t.tv_sec * MP_NS_PER_S +
					      (uint64_t)t.tv_nsec,
				      memory_order_relaxed);
}

static void *run(void *arg)
{
	struct memprof *mp = arg;
	struct mp_writer *w = &mp->writer;

	prctl(PR_SET_NAME, "memprof");
	mp_ownline_started(mp);
	for (;;) {
		bool stop = atomic_load(&w->stop), busy;

		/* First: the log may have been renamed, and be wanted anew. */
		mp_session_tick_as_writer(mp);
		busy = write_ended(mp);
		note_cost(mp);
		if (stop && !busy)
			break;
		rest(mp, busy);
	}
	atomic_store(&w->done, 1);
	mp_latch_wake(&w->done);
	return NULL;
}

static int make_room(struct mp_writer *w, uint32_t slot_count)
{
	size_t size = sizeof(struct room) + slot_count * sizeof(struct ended);
	void *p;

	if (w->room && w->room_size >= size)
		return 0;
	p = mmap(NULL, size, PROT_READ | PROT_WRITE,
		 MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
	if (p == MAP_FAILED)
		return -errno;
	if (w->room)
		munmap(w->room, w->room_size);
	w->room = p;
	w->room_size = size;
	return 0;
}

int mp_writer_start(struct memprof *mp)
{
	struct mp_writer *w = &mp->writer;
	int err = make_room(w, mp_session_slots(mp));

	if (err)
		return err;
	atomic_store(&w->rest, MP_WRITER_AWAKE);
	atomic_store(&w->stop, 0);
	atomic_store(&w->done, 0);
	atomic_store(&w->own, 0);
	atomic_store(&w->started, true);
	err = mp_ownthread_start(run, mp);
	if (err)
		atomic_store(&w->started, false);
	return err;
}

bool mp_writer_stop(struct mp_writer *w, int64_t timeout_ns)
{
	int64_t until_ns = mp_clock_mono_ns() + timeout_ns;

	atomic_store(&w->stop, 1);
	mp_writer_rouse(w);
	while (!atomic_load(&w->done)) {
		int64_t left_ns = until_ns - mp_clock_mono_ns();

		if (left_ns <= 0)
			return false;
		mp_latch_sleep(&w->done, 0, left_ns);
	}
	atomic_store(&w->started, false);
	return true;
}
