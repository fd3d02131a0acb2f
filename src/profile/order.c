#include "profile/order.h"

#include <fnmatch.h>
#include <string.h>

/* A count of one order, beside its serial. */
static uint64_t of(uint32_t serial, uint32_t n)
{
	return (uint64_t)serial << 32 | n;
}

/* Whether an order was given before another one; serials go around. */
static bool is_older(uint32_t serial, uint32_t other)
{
	return other != 0 && serial - other > UINT32_MAX / 2;
}

/* One more for this order; stores how many there were before.  False where a
   later order counts here already: what is late is not counted. */
static bool count(_Atomic uint64_t *counter, uint32_t serial, uint32_t *ret)
{
	uint64_t was = atomic_load(counter);

	do {
		uint32_t counted = (uint32_t)(was >> 32);

		if (is_older(serial, counted))
			return false;
		*ret = counted == serial ? (uint32_t)was : 0;
	} while (!atomic_compare_exchange_weak(counter, &was,
					       of(serial, *ret + 1)));
	return true;
}

/* What the order says, unless it is being changed. */
static uint32_t read_order(struct mp_recorder_order *o,
			   struct mp_recorder_wish *ret)
{
	uint32_t serial = atomic_load_explicit(&o->open, memory_order_acquire);

	*ret = o->wish;
	atomic_thread_fence(memory_order_acquire);
	if (atomic_load_explicit(&o->open, memory_order_relaxed) != serial)
		return 0;
	ret->page[sizeof(ret->page) - 1] = '\0';
	return serial;
}

bool mp_order_take(struct mp_recorder_order *o, const char *page,
		   struct mp_order_taken *ret)
{
	struct mp_recorder_wish wish;
	uint32_t serial = read_order(o, &wish), open = serial, n;

	if (!serial || fnmatch(wish.page, page, 0) != 0)
		return false;
	if (!count(&o->matched, serial, &n) ||
	    (wish.every > 1 && n % wish.every != 0))
		return false;
	if (!count(&o->taken, serial, &n))
		return false;
	if (n + 1 >= wish.next)
		atomic_compare_exchange_strong(&o->open, &open, 0);
	if (n >= wish.next)
		return false;
	*ret = (struct mp_order_taken){
		.serial = serial,
		.wall = wish.wall != 0,
		.interval_ns = wish.interval_ns,
	};
	if (ret->interval_ns < MP_PROFILE_INTERVAL_MIN_NS ||
	    ret->interval_ns > MP_PROFILE_INTERVAL_MAX_NS)
		ret->interval_ns = 0;
	return true;
}

/* The names of the last files; who overtakes a slower one may write over its
   name, which the count of files then tells. */
static void note_file(struct mp_recorder_order *o, uint32_t serial,
		      const char *path)
{
	const char *slash = strrchr(path, '/'),
		   *name = slash ? slash + 1 : path;
	size_t len = strlen(name);
	struct mp_recorder_file_name *f;
	uint32_t n;

	if (!count(&o->written, serial, &n) || len >= sizeof(f->name))
		return;
	f = &o->files[n % MP_RECORDER_FILES];
	atomic_store_explicit(&f->order, 0, memory_order_relaxed);
	atomic_thread_fence(memory_order_release);
	memcpy(f->name, name, len + 1);
	atomic_store_explicit(&f->order, of(serial, n + 1),
			      memory_order_release);
}

void mp_order_done(struct mp_recorder_order *o, uint32_t serial,
		   const char *path)
{
	uint32_t before;

	if (path)
		note_file(o, serial, path);
	else
		count(&o->failed, serial, &before);
}
