#ifndef DEMO_WORKER_H
#define DEMO_WORKER_H

/*
 * worker: a thread that runs jobs one after the other, each when it is due.
 *
 * A job lives in its owner's memory and may be freed by its own run function.
 */

#include <pthread.h>
#include <stdbool.h>
#include <time.h>

struct demo_job {
	struct demo_job *next;
	struct timespec due;
	void (*run)(struct demo_job *job);
};

struct demo_worker {
	pthread_t thread;
	pthread_mutex_t lock; /* guards all below */
	pthread_cond_t changed;
	long delay_ms; /* the same for each job: so they are due in order */
	bool stopping;
	struct demo_job *first, **last;
};

/* Start the thread.  Fails as pthread_create(3), negative. */
int demo_worker_start(struct demo_worker *w, long delay_ms);

/* Run `job` once the delay is over; at once, and on this thread, where the
   worker is stopped. */
void demo_worker_put(struct demo_worker *w, struct demo_job *job);

/* Run what is queued without any more delay, and end the thread. */
void demo_worker_stop(struct demo_worker *w);

#endif
