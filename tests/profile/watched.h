#ifndef WATCHED_H
#define WATCHED_H

/* watched: this thread, watched by the sampler, and what shows of the sampler. */

#include "test.h"

#include "core/clock.h"
#include "profile/chain.h"
#include "profile/sampler.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define FOLD_SIZE (1 << 20)
#define FAST	  MP_SAMPLER_INTERVAL_MIN
#define SECOND	  MP_NS_PER_S

static inline bool under(const char *sanitizer)
{
	const char *list = getenv("MEMPROF_TEST_SANITIZE");

	return list && strstr(list, sanitizer);
}

static inline struct mp_fold *new_fold(void)
{
	void *map = mmap(NULL, FOLD_SIZE, PROT_READ | PROT_WRITE,
			 MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	assert_true(map != MAP_FAILED);
	return mp_fold_init(map, FOLD_SIZE);
}

static inline void free_fold(struct mp_fold *f)
{
	munmap(f, FOLD_SIZE);
}

static inline int try_watch(struct mp_fold *fold, uint64_t *ret)
{
	struct mp_stack_bounds bounds;
	int err = mp_unwind_bounds(&bounds);

	return err ? err : mp_sampler_watch(fold, bounds, FAST, ret);
}

static inline uint64_t watch(struct mp_fold *fold)
{
	uint64_t name = 0;

	assert_int_equal(try_watch(fold, &name), 0);
	assert_true(name != 0);
	return name;
}

/* The first of the stacks from `s` on that the thread waited in. */
static inline const struct mp_fold_stack *
blocked_from(const struct mp_fold *fold, const struct mp_fold_stack *s)
{
	while (s && s->kind == MP_FOLD_QUEUED)
		s = mp_fold_next(fold, s);
	return s;
}

/* For all stacks that the thread waited in. */
#define EACH_BLOCKED(s, fold)                                \
	(const struct mp_fold_stack *s =                     \
		 blocked_from(fold, mp_fold_first(fold, 0)); \
	 s; s = blocked_from(fold, mp_fold_next(fold, s)))

/* The sum of their values, and their samples. */
static inline int64_t sum(const struct mp_fold *fold, uint64_t *ret_samples)
{
	int64_t ns = 0;

	*ret_samples = 0;
	for
		EACH_BLOCKED(s, fold)
		{
			assert_int_equal(s->kind, MP_FOLD_BLOCKED);
			ns += (int64_t)s->value;
			*ret_samples += s->samples;
		}
	return ns;
}

static inline int nap(void *arg)
{
	const struct timespec time = { 0, 5000000 };

	(void)arg;
	return nanosleep(&time, NULL);
}

static inline unsigned count_tasks(void)
{
	DIR *dir = opendir("/proc/self/task");
	unsigned n = 0;

	assert_non_null(dir);
	for (const struct dirent *e; (e = readdir(dir));)
		n += e->d_name[0] != '.';
	closedir(dir);
	return n;
}

/* Threads other than this one that are called so. */
static inline unsigned count_samplers(pid_t *ret_tid)
{
	DIR *dir = opendir("/proc/self/task");
	unsigned n = 0;

	assert_non_null(dir);
	for (const struct dirent *e; (e = readdir(dir));) {
		char path[300], name[32] = "";
		FILE *f;

		if (e->d_name[0] == '.' || atoi(e->d_name) == gettid())
			continue;
		snprintf(path, sizeof(path), "/proc/self/task/%s/comm",
			 e->d_name);
		f = fopen(path, "r");
		if (!f)
			continue;
		if (fgets(name, sizeof(name), f) &&
		    !strcmp(name, "memprof\n")) {
			*ret_tid = atoi(e->d_name);
			n++;
		}
		fclose(f);
	}
	closedir(dir);
	return n;
}

static inline unsigned count_files(void)
{
	DIR *dir = opendir("/proc/self/fd");
	unsigned n = 0;

	assert_non_null(dir);
	while (readdir(dir))
		n++;
	closedir(dir);
	return n;
}

/* Until it is so; ten seconds at most. */
#define AWAIT(what)                                                    \
	do {                                                           \
		for (int tries = 0; !(what) && tries < 10000; tries++) \
			nap(NULL);                                     \
		assert_true(what);                                     \
	} while (0)

/* Fork, and return what the child returns. */
static inline int in_a_child(int (*run)(void *), void *arg)
{
	int status;
	pid_t pid;

	fflush(NULL);
	pid = fork();
	if (pid == 0) {
		alarm(60);
		_exit(run(arg));
	}
	assert_true(pid > 0);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

/* ---- what it waits in ---- */

static inline int sleep_nanos(void *arg)
{
	const struct timespec time = { 0, 20000000 };

	(void)arg;
	return clock_nanosleep(CLOCK_MONOTONIC, 0, &time, NULL);
}

/* Where it waits, through a chain; and what came of it. */
struct chain_test {
	const struct chain *chain;
	int (*wait)(void *);
	uint64_t samples, right, cut;
};

static inline void print_stack(const struct mp_fold_stack *s)
{
	printf("wrong, %llu times:", (unsigned long long)s->samples);
	for (size_t i = 0; i < s->depth; i++)
		printf(" %#lx", (unsigned long)s->pcs[i]);
	printf("\n");
}

/* Watch this thread through a chain until ten stacks were seen; a minute at
   most, mostly 20 ms. */
static inline void *wait_in_a_chain(void *arg)
{
	struct chain_test *t = arg;
	struct mp_fold *fold = new_fold();

	t->samples = t->right = 0;
	for (int round = 0; t->samples < 10 && round < 3000; round++) {
		struct mp_sampler_told told;
		uint64_t name = watch(fold);

		t->chain->call(t->wait, NULL);
		mp_sampler_leave(name, &told);
		sum(fold, &t->samples);
	}
	for
		EACH_BLOCKED(s, fold)
	if (chain_is_in(t->chain, s->pcs, s->depth))
		t->right += s->samples;
	else
		print_stack(s);
	t->cut = fold->cut;
	free_fold(fold);
	return NULL;
}

#endif
