#include "core/thread.h"

#include <assert.h>
#include <unistd.h>

static_assert(sizeof(struct mp_thread) <= 256, "static TLS is scarce");

/* gcc takes the model of a definition from the definition alone. */
_Thread_local struct mp_thread mp_thread_self
	__attribute__((tls_model("initial-exec")));
_Atomic uint16_t mp_thread_bells[MP_THREAD_BELLS];

static _Atomic uint32_t serials;

void mp_thread_init(uint32_t token)
{
	struct mp_thread *t = &mp_thread_self;

	t->counts = mp_heap_thread(&t->allocated, &t->freed);
	t->reset_allocated = *t->allocated + 1; /* it never was */
	t->token = token;
	t->serial = atomic_fetch_add(&serials, 1);
	t->tid = gettid();
	mp_thread_answer();
}

void mp_thread_answer(void)
{
	struct mp_thread *t = &mp_thread_self;

	t->depth = 0;
	t->bell = atomic_load_explicit(
		&mp_thread_bells[t->serial % MP_THREAD_BELLS],
		memory_order_acquire);
}

void mp_thread_ring(uint32_t serial)
{
	atomic_fetch_add_explicit(&mp_thread_bells[serial % MP_THREAD_BELLS], 1,
				  memory_order_release);
}

/* Most slices of an event loop allocate nothing: then the peak is where it was
   reset, and need not be asked for. */
static int64_t peak_since_reset(const struct mp_thread *t)
{
	return *t->allocated == t->reset_allocated ? 0 : mp_heap_peak_read();
}

void mp_thread_fold(struct mp_thread *t)
{
	int64_t peak = peak_since_reset(t);
	int64_t high = (int64_t)(t->reset_allocated - t->reset_freed) + peak;

	for (unsigned i = 0; i < t->depth; i++) {
		struct mp_frame *f = &t->frames[i];

		if (peak == MP_UNKNOWN)
			f->high = MP_UNKNOWN;
		else if (f->high != MP_UNKNOWN && f->high < high)
			f->high = high;
	}
}

void mp_thread_remove(struct mp_thread *t, unsigned index)
{
	t->depth--;
	for (unsigned i = index; i < t->depth; i++)
		t->frames[i] = t->frames[i + 1];
}

void mp_thread_drop_dead(struct mp_thread *t, uint32_t session,
			 const struct mp_overlap *overlap)
{
	for (unsigned i = t->depth; i-- > 0;)
		if (t->frames[i].session == session &&
		    !mp_overlap_counts(overlap, t->frames[i].number))
			mp_thread_remove(t, i);
}

uint32_t mp_thread_nest(struct mp_thread *t, uint32_t session)
{
	uint32_t n = 0;

	for (unsigned i = 0; i < t->depth; i++) {
		if (t->frames[i].session == session) {
			t->frames[i].nested++;
			n++;
		}
	}
	return n;
}
