#ifndef WAITER_H
#define WAITER_H

/* waiter: a thread that waits for the end of a pipe. */

#include "test.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <sys/types.h>
#include <unistd.h>

struct waiter {
	pthread_t thread;
	int pipe[2];
	_Atomic pid_t tid;
	uintptr_t frame;
};

static inline void *wait_for_the_end(void *arg)
{
	struct waiter *r = arg;
	char c;

	r->frame = (uintptr_t)__builtin_frame_address(0);
	atomic_store(&r->tid, gettid());
	while (read(r->pipe[0], &c, 1) == 1)
		;
	return NULL;
}

static inline void start_waiter(struct waiter *r)
{
	assert_int_equal(pipe(r->pipe), 0);
	atomic_store(&r->tid, 0);
	assert_int_equal(pthread_create(&r->thread, NULL, wait_for_the_end, r),
			 0);
	while (!atomic_load(&r->tid))
		sched_yield();
}

static inline void end_waiter(struct waiter *r)
{
	close(r->pipe[1]);
	pthread_join(r->thread, NULL);
	close(r->pipe[0]);
}

#endif
