/* profilepool: the places of the profiles, and who has taken which. */

#include "core/clock.h"
#include "core/process.h"
#include "core/session.h"
#include "core/thread.h"
#include "profile/order.h"
#include "profile/profile.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>

/* Room for the stacks and the notes of one profile. */
#define STACKS_BYTES (256 * 1024)
#define NOTES_BYTES  (64 * 1024)
#define BYTES	     (STACKS_BYTES + NOTES_BYTES)

static struct mp_profile pool[MP_PROFILE_SLOTS];
static char *_Atomic memory; /* BYTES for each */

static uint64_t word_of(uint32_t generation, enum mp_profile_state state)
{
	return (uint64_t)generation << 32 | (uint64_t)state;
}

static uint32_t generation_of(uint64_t word)
{
	return (uint32_t)(word >> 32);
}

static enum mp_profile_state state_of(uint64_t word)
{
	return (enum mp_profile_state)(word & 0xff);
}

int mp_profile_pool_open(void)
{
	const size_t size = (size_t)MP_PROFILE_SLOTS * BYTES;
	char *none = NULL;
	void *at;

	if (atomic_load(&memory))
		return 0;
	at = mmap(NULL, size, PROT_READ | PROT_WRITE,
		  MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (at == MAP_FAILED)
		return -errno;
	if (!atomic_compare_exchange_strong(&memory, &none, at))
		munmap(at, size);
	return 0;
}

struct mp_profile *mp_profile_at(uint32_t index)
{
	return &pool[index];
}

struct mp_profile_ref mp_profile_ref_of(const struct mp_profile *p)
{
	return (struct mp_profile_ref){
		(uint32_t)(p - pool),
		generation_of(
			atomic_load_explicit(&p->word, memory_order_relaxed)),
	};
}

/* ---- taking and giving ---- */

static bool change(struct mp_profile *p, uint64_t word,
		   enum mp_profile_state state)
{
	return atomic_compare_exchange_strong(
		&p->word, &word, word_of(generation_of(word), state));
}

/* Who has taken it, sets it. */
static void set(struct mp_profile *p, enum mp_profile_state state)
{
	uint64_t word = atomic_load(&p->word);

	atomic_store(&p->word, word_of(generation_of(word), state));
}

struct mp_profile *mp_profile_take(struct mp_profile_ref ref)
{
	struct mp_profile *p = &pool[ref.index % MP_PROFILE_SLOTS];

	if (!ref.generation ||
	    !change(p, word_of(ref.generation, MP_PROFILE_LIVE),
		    MP_PROFILE_TAKEN))
		return NULL;
	return p;
}

void mp_profile_give(struct mp_profile *p)
{
	set(p, MP_PROFILE_LIVE);
}

void mp_profile_free(struct mp_profile *p)
{
	set(p, atomic_load(&p->inside) ? MP_PROFILE_STUCK : MP_PROFILE_FREE);
}

/* Take `p` where it is free; a handler that hung in it may be gone by now. */
static bool take_free(struct mp_profile *p)
{
	uint64_t word = atomic_load(&p->word);
	uint32_t generation = generation_of(word) + 1;
	enum mp_profile_state state = state_of(word);

	if (state != MP_PROFILE_FREE && state != MP_PROFILE_STUCK)
		return false;
	if (atomic_load(&p->inside))
		return false;
	return atomic_compare_exchange_strong(
		&p->word, &word,
		word_of(generation ? generation : 1, MP_PROFILE_TAKEN));
}

/* What unwinding touches for the first time is touched now: what describes the
   code that runs, the rules that are learnt of it, and our stack. */
static void warm_up(void)
{
	uintptr_t pcs[MP_UNWIND_MAX];
	bool cut;

	mp_unwind_here(pcs, MP_UNWIND_MAX, &cut);
}

/* Of a request, faults are taken now: in a handler they would grow it. */
static void touch(struct mp_profile *p)
{
	volatile char *at = atomic_load(&memory) + (p - pool) * BYTES;

	for (size_t i = 0; i < BYTES; i += 4096)
		at[i] = at[i];
	warm_up();
	p->touched = true;
}

static void empty(struct mp_profile *p)
{
	char *at = atomic_load(&memory) + (p - pool) * BYTES;

	if (p->stacks) {
		mp_fold_reset(p->stacks);
		mp_notelist_reset(p->notes);
	} else {
		p->stacks = mp_fold_init(at, STACKS_BYTES);
		p->notes = mp_notelist_init(at + STACKS_BYTES, NOTES_BYTES);
	}
}

static struct mp_profile *take_any(void)
{
	for (unsigned i = 0; i < MP_PROFILE_SLOTS; i++)
		if (take_free(&pool[i]))
			return &pool[i];
	return NULL;
}

void mp_profile_drop(struct mp_profile *p)
{
	struct memprof *session = p->session;

	mp_profile_stop(p);
	mp_profile_disarm(p);
	/* A closed session's memory may be another's by now. */
	if (p->order && mp_session_serial(session) == p->serial)
		mp_order_done(&session->recorder->order, p->order, NULL);
	mp_profile_free(p);
}

typedef bool match_fn(const struct mp_profile *p);

/* Those that `match`, where it is not null, of the session of this serial, or
   of all where it is 0. */
static void drop_where(match_fn *match, uint32_t serial)
{
	for (unsigned i = 0; i < MP_PROFILE_SLOTS; i++) {
		struct mp_profile *p = &pool[i];
		uint64_t word = atomic_load(&p->word);

		/* Not taken to see: its own thread would not get it. */
		if (state_of(word) == MP_PROFILE_LIVE &&
		    (!serial || p->serial == serial) && (!match || match(p)) &&
		    change(p, word, MP_PROFILE_TAKEN))
			mp_profile_drop(p);
	}
}

static bool is_of_closed(const struct mp_profile *p)
{
	return mp_session_state(p->session) != MP_SESSION_ON ||
	       mp_session_serial(p->session) != p->serial;
}

static bool is_abandoned(const struct mp_profile *p)
{
	const struct memprof *session = p->session;
	uint64_t number = p->number;

	return number != MP_PROFILE_SECTION &&
	       !mp_overlap_counts(&session->recorder->overlap, number);
}

struct mp_profile *mp_profile_claim(const struct mp_profile_about *about)
{
	struct mp_profile *p;

	if (!atomic_load(&memory))
		return NULL;
	p = take_any();
	if (!p) {
		drop_where(is_of_closed, 0);
		p = take_any();
	}
	if (!p)
		return NULL;
	/* A section may be inside of a request, which it would grow by all of
	   it: it takes what it needs. */
	if (!about->section && !p->touched)
		touch(p);
	empty(p);
	p->session = about->session;
	p->serial = about->serial;
	p->number = MP_PROFILE_SECTION;
	p->clock = about->clock;
	p->interval_ns = about->interval_ns;
	p->order = 0;
	p->timer = 0;
	p->has_timer = false;
	p->has_perf = false;
	p->had_perf = false;
	p->cpu_ns = 0;
	p->begin_mono_ns = mp_clock_mono_ns();
	p->begin_real_us = mp_clock_real_us();
	p->duration_ns = 0;
	memset(&p->lacks, 0, sizeof(p->lacks));
	p->url[0] = '\0';
	p->oops_id[0] = '\0';
	p->name_len = about->section ? (uint32_t)mp_escape(about->section, "-",
							   p->name)
				     : 0;
	return p;
}

struct mp_profile *mp_profile_take_section(const struct memprof *session,
					   const char *section)
{
	char name[MP_ESCAPE_MAX];
	size_t len = mp_escape(section, "-", name);

	for (unsigned i = 0; i < MP_PROFILE_SLOTS; i++) {
		struct mp_profile *p = &pool[i];

		/* What is attached to this thread, only this thread ends. */
		if (!mp_profile_is_here(p) || p->session != session ||
		    p->name_len != len || memcmp(p->name, name, len))
			continue;
		p = mp_profile_take(mp_profile_ref_of(p));
		if (p)
			return p;
	}
	return NULL;
}

bool mp_profile_any_here(void)
{
	for (unsigned i = 0; i < MP_PROFILE_SLOTS; i++)
		if (mp_profile_is_here(&pool[i]))
			return true;
	return false;
}

void mp_profile_sweep(const struct memprof *session)
{
	drop_where(is_abandoned, mp_session_serial(session));
}

void mp_profile_drop_all(const struct memprof *session)
{
	drop_where(NULL, mp_session_serial(session));
}

void mp_profile_renew(void)
{
	for (unsigned i = 0; i < MP_PROFILE_SLOTS; i++) {
		struct mp_profile *p = &pool[i];

		atomic_store(&p->thread, 0);
		atomic_store(&p->inside, 0);
		set(p, MP_PROFILE_FREE);
	}
}
