/*
 * host_unwind: takes stacks in handlers while threads come and go, modules are
 * loaded and unloaded, and processes fork.  Each stack must get to where its
 * thread began.
 *
 * Usage: host_unwind SAMPLES ONE.so OTHER.so; both modules have a function
 * `pass_on`, at one address with different frames.  Says how many stacks were
 * taken and how many were not whole; fails where any was not.
 */

#include "profile/unwind.h"

#include <dlfcn.h>
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define WORKERS	  3
#define PERIOD_NS 300000
#define TIMEOUT_S 120

/* Initial-exec, as the program's own is: a handler reads them. */
static _Thread_local struct mp_stack_bounds bounds;
static _Thread_local uintptr_t root; /* the last PC of each stack; 0: off */

static _Atomic unsigned long samples, partial, same_place, forks, threads;
static _Atomic bool stop;
static uintptr_t worst[MP_UNWIND_MAX]; /* the first that was not whole */
static size_t worst_n;

static void take(int signo, siginfo_t *info, void *ucontext)
{
	uintptr_t pcs[MP_UNWIND_MAX];
	int saved_errno = errno;
	bool cut;
	size_t n;

	(void)signo;
	(void)info;
	if (!root)
		return;
	n = mp_unwind_signal(ucontext, bounds, pcs, MP_UNWIND_MAX, &cut);
	samples++;
	if (!cut && pcs[n - 1] != root && partial++ == 0) {
		memcpy(worst, pcs, n * sizeof(*pcs));
		worst_n = n;
	}
	errno = saved_errno;
}

static void begin(timer_t *ret)
{
	struct sigevent event = { .sigev_notify = SIGEV_THREAD_ID,
				  .sigev_signo = SIGPROF };
	struct itimerspec every = { .it_interval.tv_nsec = PERIOD_NS,
				    .it_value.tv_nsec = PERIOD_NS };
	uintptr_t pcs[MP_UNWIND_MAX];
	bool cut;

	event._sigev_un._tid = (pid_t)syscall(SYS_gettid);
	mp_unwind_refresh();
	mp_unwind_bounds(&bounds);
	root = pcs[mp_unwind_here(pcs, MP_UNWIND_MAX, &cut) - 1];
	if (timer_create(CLOCK_MONOTONIC, &event, ret) ||
	    timer_settime(*ret, 0, &every, NULL)) {
		perror("timer");
		exit(1);
	}
}

static void end(timer_t timer)
{
	timer_delete(timer);
	root = 0;
}

static int by_text(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static void work(unsigned n)
{
	char *lines[64];

	for (unsigned i = 0; i < 64; i++) {
		lines[i] = malloc(64 + n % 1000);
		snprintf(lines[i], 64, "%u %.3f", n * 7919 % 1009 + i,
			 (double)i / 3);
	}
	qsort(lines, 64, sizeof(*lines), by_text);
	for (unsigned i = 0; i < 64; i++)
		free(lines[i]);
}

static void *worker(void *arg)
{
	timer_t timer;

	begin(&timer);
	for (unsigned n = 0; !stop; n++)
		work(n);
	end(timer);
	return arg;
}

static void *short_lived(void *arg)
{
	timer_t timer;

	begin(&timer);
	for (unsigned n = 0; n < 20; n++)
		work(n);
	end(timer);
	return arg;
}

static void *churn(void *arg)
{
	while (!stop) {
		pthread_t one, two;

		if (pthread_create(&one, NULL, short_lived, NULL) ||
		    pthread_create(&two, NULL, short_lived, NULL))
			exit(1);
		pthread_join(one, NULL);
		pthread_join(two, NULL);
		threads += 2;
	}
	return arg;
}

static void sample_here(void)
{
	raise(SIGPROF);
}

/* Through modules that take turns at one address. */
static void *load(void *arg)
{
	char *const *paths = arg;
	void *before = NULL;
	timer_t timer;

	begin(&timer);
	for (unsigned n = 0; !stop; n++) {
		void *module = dlopen(paths[n % 2], RTLD_NOW);
		void (*pass_on)(void (*)(void));

		if (!module) {
			fprintf(stderr, "%s\n", dlerror());
			exit(1);
		}
		*(void **)&pass_on = dlsym(module, "pass_on");
		mp_unwind_refresh();
		pass_on(sample_here);
		same_place += *(void **)&pass_on == before;
		before = *(void **)&pass_on;
		dlclose(module);
	}
	end(timer);
	return NULL;
}

static void *fork_on(void *arg)
{
	timer_t timer;

	begin(&timer);
	while (!stop) {
		pid_t pid = fork();
		int status;

		if (pid == 0) {
			unsigned long before = partial;

			for (unsigned n = 0; n < 10; n++) {
				work(n);
				raise(SIGPROF);
			}
			_exit(partial != before);
		}
		while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
			;
		if (pid > 0 && status != 0)
			partial++;
		forks++;
	}
	end(timer);
	return arg;
}

int main(int argc, char **argv)
{
	struct sigaction action = { .sa_sigaction = take,
				    .sa_flags = SA_SIGINFO | SA_RESTART };
	const struct timespec pause = { 0, 10000000 };
	pthread_t all[WORKERS + 3];
	unsigned long want;
	time_t start = time(NULL);

	if (argc != 4 || sigaction(SIGPROF, &action, NULL))
		return 2;
	want = strtoul(argv[1], NULL, 10);
	for (int i = 0; i < WORKERS; i++)
		if (pthread_create(&all[i], NULL, worker, NULL))
			return 2;
	if (pthread_create(&all[WORKERS], NULL, churn, NULL) ||
	    pthread_create(&all[WORKERS + 1], NULL, load, argv + 2) ||
	    pthread_create(&all[WORKERS + 2], NULL, fork_on, NULL))
		return 2;
	while (samples < want && time(NULL) - start < TIMEOUT_S)
		nanosleep(&pause, NULL);
	stop = true;
	for (int i = 0; i < WORKERS + 3; i++)
		pthread_join(all[i], NULL);

	printf("%lu stacks, %lu not whole; %lu threads, %lu forks, %lu modules "
	       "where another was\n",
	       samples, partial, threads, forks, same_place);
	for (size_t i = 0; i < worst_n; i++)
		printf("%16lx\n", worst[i]);
	return samples < want || partial != 0 || forks == 0 || threads == 0 ||
	       same_place == 0;
}
