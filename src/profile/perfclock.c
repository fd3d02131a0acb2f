#include "profile/perfclock.h"

#include "core/clock.h"
#include "core/latch.h"
#include "core/sys.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/perf_event.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

struct clock {
	_Atomic uint32_t latch; /* guards all but `tag` and `first` */
	_Atomic uint64_t tag;	/* whom it serves; 0: stopped */
	_Atomic bool first;	/* the interval is the first, of any length */
	bool open;
	int fd;
	int signal;
	uint64_t id; /* the kernel's: whether `fd` is still ours */
	uint64_t interval_ns;
};

static struct clock clocks[MP_PERFCLOCKS];

/* Closes a thread's clock when the thread ends. */
static pthread_once_t once = PTHREAD_ONCE_INIT;
static pthread_key_t key;
static bool has_key;

/* Counts the forks, so that a thread knows when its clock is a parent's. */
static _Atomic uint16_t family;

/* This thread's: small, for static TLS is scarce.  gcc takes the model from the
   definition. */
static _Thread_local struct {
	uint16_t place; /* plus 1; 0: none */
	uint16_t family;
} own __attribute__((tls_model("initial-exec")));

static struct clock *own_clock(void)
{
	if (!own.place || own.family != atomic_load(&family))
		return NULL;
	return &clocks[own.place - 1];
}

/* The host may have closed the descriptor, and have another file there. */
static bool is_ours(const struct clock *c)
{
	uint64_t id;

	return c->open && !ioctl(c->fd, PERF_EVENT_IOC_ID, &id) && id == c->id;
}

static void close_clock(struct clock *c)
{
	if (is_ours(c))
		close(c->fd);
	c->open = false;
	atomic_store(&c->tag, 0);
}

static void end_thread(void *value)
{
	struct clock *c = own_clock();

	(void)value;
	if (!c)
		return;
	mp_latch_lock(&c->latch);
	close_clock(c);
	mp_latch_unlock(&c->latch);
	own.place = 0;
}

static void make_key(void)
{
	has_key = !pthread_key_create(&key, end_thread);
}

/* ---- opening ---- */

static int set_signal(struct clock *c, int signal)
{
	if (c->signal == signal)
		return 0;
	if (fcntl(c->fd, F_SETSIG, signal))
		return -errno;
	c->signal = signal;
	return 0;
}

static int direct_signals(struct clock *c, int signal)
{
	struct f_owner_ex owner = { F_OWNER_TID, gettid() };
	int err;

	if (ioctl(c->fd, PERF_EVENT_IOC_ID, &c->id) ||
	    fcntl(c->fd, F_SETOWN_EX, &owner))
		return -errno;
	c->signal = 0;
	err = set_signal(c, signal);
	if (err)
		return err;
	return fcntl(c->fd, F_SETFL, O_ASYNC | O_NONBLOCK) ? -errno : 0;
}

/* From 1 to `interval_ns`; by the multiplier of SplitMix64. */
static uint64_t any_part_of(uint64_t interval_ns)
{
	uint64_t z = (uint64_t)mp_clock_mono_ns() ^ (uint64_t)gettid() << 32;

	z *= UINT64_C(0x9e3779b97f4a7c15);
	return 1 + (z >> 32) % interval_ns;
}

static int open_clock(struct clock *c, int signal, uint64_t interval_ns)
{
	struct perf_event_attr attr = {
		.type = PERF_TYPE_SOFTWARE,
		.size = sizeof(attr),
		.config = PERF_COUNT_SW_TASK_CLOCK,
		.sample_period = any_part_of(interval_ns),
		.disabled = 1,
		.exclude_kernel = 1,
		.exclude_hv = 1,
		.wakeup_events = 1,
	};
	long fd = syscall(SYS_perf_event_open, &attr, 0, -1, -1,
			  PERF_FLAG_FD_CLOEXEC);
	int err;

	if (fd < 0)
		return -errno;
	c->fd = mp_sys_move_up((int)fd);
	err = direct_signals(c, signal);
	if (err) {
		close(c->fd);
		return err;
	}
	c->interval_ns = interval_ns;
	atomic_store(&c->first, true);
	c->open = true;
	return 0;
}

/* A place for this thread, locked; null where none is free. */
static struct clock *take_place(void)
{
	for (unsigned i = 0; i < MP_PERFCLOCKS; i++) {
		struct clock *c = &clocks[i];

		if (!mp_latch_try(&c->latch))
			continue;
		if (!c->open)
			return c;
		mp_latch_unlock(&c->latch);
	}
	return NULL;
}

/* This thread's clock, open and locked. */
static int get_own(int signal, uint64_t interval_ns, struct clock **ret)
{
	struct clock *c = own_clock();
	int err;

	if (c) {
		mp_latch_lock(&c->latch);
		if (is_ours(c)) {
			*ret = c;
			return 0;
		}
		c->open = false;
		mp_latch_unlock(&c->latch);
	}
	own.place = 0;
	pthread_once(&once, make_key);
	if (!has_key)
		return -EAGAIN;
	c = take_place();
	if (!c)
		return -EBUSY;
	err = open_clock(c, signal, interval_ns);
	if (!err && pthread_setspecific(key, c)) {
		close_clock(c);
		err = -ENOMEM;
	}
	if (err) {
		mp_latch_unlock(&c->latch);
		return err;
	}
	own.family = atomic_load(&family);
	own.place = (uint16_t)(c - clocks + 1);
	*ret = c;
	return 0;
}

/* ---- starting and stopping ---- */

static int set_interval(struct clock *c, uint64_t interval_ns)
{
	if (c->interval_ns == interval_ns)
		return 0;
	c->interval_ns = interval_ns;
	atomic_store(&c->first, false);
	return ioctl(c->fd, PERF_EVENT_IOC_PERIOD, &interval_ns) ? -errno : 0;
}

int mp_perfclock_start(int signal, uint64_t tag, int64_t interval_ns,
		       uint32_t *ret)
{
	struct clock *c;
	int err = get_own(signal, (uint64_t)interval_ns, &c);

	if (err)
		return err;
	if (atomic_load(&c->tag)) {
		err = -EBUSY;
		goto unlock;
	}
	err = set_signal(c, signal);
	if (!err)
		err = set_interval(c, (uint64_t)interval_ns);
	if (err)
		goto unlock;
	atomic_store(&c->tag, tag);
	if (ioctl(c->fd, PERF_EVENT_IOC_ENABLE, 0)) {
		err = -errno;
		atomic_store(&c->tag, 0);
		goto unlock;
	}
	*ret = (uint32_t)(c - clocks);

unlock:
	mp_latch_unlock(&c->latch);
	return err;
}

void mp_perfclock_stop(uint32_t place, uint64_t tag)
{
	struct clock *c = &clocks[place];

	mp_latch_lock(&c->latch);
	if (atomic_load(&c->tag) == tag) {
		if (is_ours(c))
			ioctl(c->fd, PERF_EVENT_IOC_DISABLE, 0);
		atomic_store(&c->tag, 0);
	}
	mp_latch_unlock(&c->latch);
}

uint64_t mp_perfclock_tag(const siginfo_t *info)
{
	struct clock *c = own_clock();

	if (!c || info->si_code <= 0 || info->si_fd != c->fd)
		return 0;
	if (atomic_exchange(&c->first, false))
		ioctl(c->fd, PERF_EVENT_IOC_PERIOD, &c->interval_ns);
	return atomic_load(&c->tag);
}

void mp_perfclock_renew(void)
{
	for (unsigned i = 0; i < MP_PERFCLOCKS; i++) {
		close_clock(&clocks[i]);
		atomic_store(&clocks[i].latch, MP_LATCH_FREE);
	}
	atomic_fetch_add(&family, 1);
}
