#include "profile/printer.h"

#include "core/clock.h"
#include "core/latch.h"
#include "core/ownthread.h"
#include "core/session.h"
#include "profile/format.h"
#include "profile/keep.h"
#include "profile/newfile.h"
#include "profile/outputs.h"
#include "profile/render.h"

#include <errno.h>
#include <limits.h>
#include <pthread.h>
#include <stdbool.h>
#include <string.h>
#include <sys/prctl.h>

/* Nobody waits for it; but it takes a processor. */
#define TIMEOUT_NS (60 * MP_NS_PER_S)

enum job_state { FREE, FILLING, READY, WORKING };

static struct job {
	_Atomic uint32_t state; /* an enum job_state */
	uint32_t outputs;
	uint64_t number;	    /* the later, the greater */
	uint64_t max_bytes;	    /* of a file */
	struct memprof *_Atomic mp; /* by `accounts`; null: has left */
	char path[PATH_MAX];
} jobs[MP_PRINTER_JOBS];

static _Atomic uint64_t last_number;
static _Atomic uint32_t users;	 /* sessions */
static _Atomic uint32_t runs;	 /* whether there is a thread, or will be */
static _Atomic uint32_t bell;	 /* counts what the thread should look at */
static _Atomic uint32_t settled; /* counts what it is done with */

/* Held while something is counted in a session, which does not leave then. */
static _Atomic uint32_t accounts;

/* Found when first wanted, and then constant. */
static struct mp_render_program program;
static pthread_once_t once = PTHREAD_ONCE_INIT;
static int found_err;

/* ---- one profile ---- */

/* The folder of a raw file, and the name in it without its suffix. */
struct place {
	char dir[PATH_MAX];
	char name[MP_NEWFILE_NAME_MAX];
	size_t stem_len;
};

/* As mp_profiledir_write() gives it; of a longer name, print() refuses what is
   kept of it. */
static void find_place(const char *path, struct place *ret)
{
	size_t dir_len = (size_t)(strrchr(path, '/') - path);
	const char *name = path + dir_len + 1;

	ret->stem_len = strlen(name) - strlen(MP_FORMAT_SUFFIX);
	if (ret->stem_len > sizeof(ret->name))
		ret->stem_len = sizeof(ret->name);
	memcpy(ret->dir, path, dir_len);
	ret->dir[dir_len] = '\0';
	memcpy(ret->name, name, ret->stem_len);
}

static int print(const struct job *job, const struct mp_output *output,
		 struct place *place, uint64_t *ret_bytes)
{
	char command[] = "memprof", view[] = "view", option[] = "--format";
	char word[16], path[PATH_MAX];
	char *argv[] = { command, view, option, word, path, NULL };
	struct mp_newfile file;
	int err;

	if (place->stem_len + strlen(output->suffix) >= sizeof(place->name))
		return -ENAMETOOLONG;
	strcpy(place->name + place->stem_len, output->suffix);
	strcpy(word, output->name);
	strcpy(path, job->path);
	err = mp_newfile_open(place->dir, &file);
	if (err)
		return err;
	err = mp_render_to(&program, argv, TIMEOUT_NS, &file, job->max_bytes,
			   ret_bytes);
	if (!err)
		return mp_newfile_replace(&file, place->name);
	mp_newfile_abandon(&file);
	return err;
}

static void account(const struct job *job, int err, uint64_t bytes)
{
	struct memprof *mp;

	mp_latch_lock(&accounts);
	mp = atomic_load(&job->mp);
	if (mp && !err)
		err = mp_profiledir_count_output(&mp->keep.dir, bytes);
	if (mp && err)
		mp_keep_fail(mp, err);
	mp_latch_unlock(&accounts);
}

static void work_at(const struct job *job)
{
	struct place place;

	find_place(job->path, &place);
	for (size_t i = 0; i < MP_OUTPUTS; i++) {
		uint64_t bytes = 0;
		int err;

		if (!(job->outputs >> i & 1))
			continue;
		/* Its session left: nobody wants the rest. */
		if (!atomic_load(&job->mp))
			return;
		err = print(job, &mp_outputs[i], &place, &bytes);
		account(job, err, bytes);
	}
}

/* ---- the thread ---- */

static struct job *find_ready(void)
{
	struct job *first = NULL;

	for (size_t i = 0; i < MP_PRINTER_JOBS; i++)
		if (atomic_load(&jobs[i].state) == READY &&
		    (!first || jobs[i].number < first->number))
			first = &jobs[i];
	return first;
}

static void work(void)
{
	uint32_t ready = READY;
	struct job *job;

	while ((job = find_ready())) {
		if (!atomic_compare_exchange_strong(&job->state, &ready,
						    WORKING)) {
			ready = READY;
			continue;
		}
		work_at(job);
		atomic_store(&job->state, FREE);
		atomic_fetch_add(&settled, 1);
		mp_latch_wake(&settled);
	}
}

static void *run(void *arg)
{
	uint32_t none = 0;

	prctl(PR_SET_NAME, "memprof-view");
	for (;;) {
		uint32_t rang = atomic_load(&bell);

		work();
		if (atomic_load(&users)) {
			mp_latch_sleep(&bell, rang, MP_LATCH_EVER);
			continue;
		}
		/* Who enters from here on starts another thread, or has this
		   one go on. */
		atomic_store(&runs, 0);
		if (!atomic_load(&users) ||
		    !atomic_compare_exchange_strong(&runs, &none, 1))
			return arg;
	}
}

static void ring(void)
{
	atomic_fetch_add(&bell, 1);
	mp_latch_wake(&bell);
}

static int see_that_it_runs(void)
{
	uint32_t none = 0;
	int err;

	if (atomic_load(&runs) ||
	    !atomic_compare_exchange_strong(&runs, &none, 1))
		return 0;
	err = mp_ownthread_start(run, NULL);
	if (err)
		atomic_store(&runs, 0);
	return err;
}

/* ---- the sessions ---- */

static void find_program(void)
{
	found_err = mp_render_find("memprof", &program);
	/* What is touched here is nobody's request's. */
	for (size_t i = 0; i < MP_PRINTER_JOBS; i++)
		memset(jobs[i].path, 0, sizeof(jobs[i].path));
}

int mp_printer_enter(void)
{
	int err;

	pthread_once(&once, find_program);
	if (found_err)
		return found_err;
	atomic_fetch_add(&users, 1);
	err = see_that_it_runs();
	if (err)
		atomic_fetch_sub(&users, 1);
	return err;
}

int mp_printer_ask(struct memprof *mp, const char *path, uint32_t outputs)
{
	for (size_t i = 0; i < MP_PRINTER_JOBS; i++) {
		struct job *job = &jobs[i];
		uint32_t free = FREE;

		if (!atomic_compare_exchange_strong(&job->state, &free,
						    FILLING))
			continue;
		job->outputs = outputs;
		job->number = atomic_fetch_add(&last_number, 1);
		job->max_bytes = mp->config.profile_max_bytes;
		atomic_store(&job->mp, mp);
		strcpy(job->path, path);
		atomic_store(&job->state, READY);
		ring();
		return see_that_it_runs();
	}
	return -EAGAIN;
}

static bool has_asked(const struct memprof *mp)
{
	for (size_t i = 0; i < MP_PRINTER_JOBS; i++)
		if (atomic_load(&jobs[i].state) >= READY &&
		    atomic_load(&jobs[i].mp) == mp)
			return true;
	return false;
}

static void forget(const struct memprof *mp)
{
	mp_latch_lock(&accounts);
	for (size_t i = 0; i < MP_PRINTER_JOBS; i++)
		if (atomic_load(&jobs[i].mp) == mp)
			atomic_store(&jobs[i].mp, NULL);
	mp_latch_unlock(&accounts);
}

void mp_printer_leave(struct memprof *mp, int64_t timeout_ns)
{
	int64_t until_ns = mp_clock_mono_ns() + timeout_ns;

	for (;;) {
		uint32_t was = atomic_load(&settled);
		int64_t left_ns = until_ns - mp_clock_mono_ns();

		if (!has_asked(mp) || left_ns <= 0)
			break;
		mp_latch_sleep(&settled, was, left_ns);
	}
	forget(mp);
	atomic_fetch_sub(&users, 1);
	ring();
}

void mp_printer_renew(void)
{
	for (size_t i = 0; i < MP_PRINTER_JOBS; i++)
		atomic_store(&jobs[i].state, FREE);
	atomic_store(&accounts, MP_LATCH_FREE);
	atomic_store(&runs, 0);
}
