#include "demo/worker.h"

/* Wait for the first job to be due.  The lock is held.  Returns null where the
   worker is stopped and nothing is left. */
static struct demo_job *next_job(struct demo_worker *w)
{
	int err = 0;

	while (!w->stopping && (!w->first || !err)) {
		struct demo_job *job = w->first;

		if (job)
			err = pthread_cond_timedwait(&w->changed, &w->lock,
						     &job->due);
		else
			err = pthread_cond_wait(&w->changed, &w->lock);
	}
	return w->first;
}

static void *run_jobs(void *arg)
{
	struct demo_worker *w = arg;
	struct demo_job *job;

	pthread_mutex_lock(&w->lock);
	while ((job = next_job(w))) {
		w->first = job->next;
		if (!w->first)
			w->last = &w->first;
		pthread_mutex_unlock(&w->lock);
		job->run(job);
		pthread_mutex_lock(&w->lock);
	}
	pthread_mutex_unlock(&w->lock);
	return NULL;
}

int demo_worker_start(struct demo_worker *w, long delay_ms)
{
	pthread_condattr_t attr;
	int err;

	w->delay_ms = delay_ms;
	w->stopping = false;
	w->first = NULL;
	w->last = &w->first;
	pthread_mutex_init(&w->lock, NULL);
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&w->changed, &attr);
	pthread_condattr_destroy(&attr);

	err = -pthread_create(&w->thread, NULL, run_jobs, w);
	if (err) {
		pthread_cond_destroy(&w->changed);
		pthread_mutex_destroy(&w->lock);
	}
	return err;
}

void demo_worker_put(struct demo_worker *w, struct demo_job *job)
{
	bool queued;

	clock_gettime(CLOCK_MONOTONIC, &job->due);
	job->due.tv_nsec += w->delay_ms * 1000000;
	job->due.tv_sec += job->due.tv_nsec / 1000000000;
	job->due.tv_nsec %= 1000000000;
	job->next = NULL;

	pthread_mutex_lock(&w->lock);
	queued = !w->stopping;
	if (queued) {
		*w->last = job;
		w->last = &job->next;
		pthread_cond_signal(&w->changed);
	}
	pthread_mutex_unlock(&w->lock);
	if (!queued)
		job->run(job);
}

void demo_worker_stop(struct demo_worker *w)
{
	pthread_mutex_lock(&w->lock);
	w->stopping = true;
	pthread_cond_signal(&w->changed);
	pthread_mutex_unlock(&w->lock);
	pthread_join(w->thread, NULL);
}
