#include "profile/cputimer.h"

#include "core/clock.h"

#include <errno.h>
#include <signal.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

/* As glibc names it only since 2.34. */
#ifndef sigev_notify_thread_id
#define sigev_notify_thread_id _sigev_un._tid
#endif

int mp_cputimer_start(int signal, uint64_t value, int64_t interval_ns, int *ret)
{
	struct sigevent event = {
		.sigev_notify = SIGEV_THREAD_ID,
		.sigev_signo = signal,
		.sigev_value = { .sival_ptr = (void *)(uintptr_t)value },
		.sigev_notify_thread_id = gettid(),
	};
	struct itimerspec when = {
		.it_interval = { interval_ns / MP_NS_PER_S,
				 interval_ns % MP_NS_PER_S },
		.it_value = { 0, 1 },
	};
	int timer, err;

	if (syscall(SYS_timer_create, CLOCK_THREAD_CPUTIME_ID, &event, &timer))
		return -errno;
	if (syscall(SYS_timer_settime, timer, 0, &when, NULL)) {
		err = -errno;
		mp_cputimer_stop(timer);
		return err;
	}
	*ret = timer;
	return 0;
}

void mp_cputimer_stop(int timer)
{
	syscall(SYS_timer_delete, timer);
}

int64_t mp_cputimer_tick_ns(void)
{
	struct timespec tick;

	/* The coarse clocks move at ticks. */
	if (clock_getres(CLOCK_MONOTONIC_COARSE, &tick))
		return 0;
	return tick.tv_sec * MP_NS_PER_S + tick.tv_nsec;
}
