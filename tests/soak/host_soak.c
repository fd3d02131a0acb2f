/*
 * host_soak: a server that does all that servers do to memprof, at random.
 * Usage: host_soak CONFIG LEDGERS SECONDS SEED
 *
 * Each process appends to the file LEDGERS a line `began PID` and, where it
 * closes its session, `closed PID NAME=COUNT ...`.  Those that end otherwise,
 * as some of its children do on purpose, are for `memprof recover` to tell of.
 */

#include "memprof.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define THREADS	      4
#define CHILD_SECONDS 30 /* then it hangs, and ends as if killed */

static struct memprof *mp;
static const char *ledgers;
static atomic_bool stopping;

/* xorshift64: Marsaglia, "Xorshift RNGs", 2003. */
static uint64_t next(uint64_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return *state;
}

static bool chance(uint64_t *state, unsigned one_in)
{
	return next(state) % one_in == 0;
}

static void nap(uint64_t *state)
{
	struct timespec t = { 0, (long)(next(state) % 8000000) };

	nanosleep(&t, NULL);
}

/* ---- the ledger ---- */

static void tell(const char *line, int len)
{
	int fd = open(ledgers, O_WRONLY | O_APPEND | O_CLOEXEC);

	if (fd < 0 || write(fd, line, (size_t)len) != len)
		_exit(3);
	close(fd);
}

static void tell_began(void)
{
	char line[64];

	tell(line, snprintf(line, sizeof(line), "began %d\n", getpid()));
}

static void close_session(void)
{
	struct memprof_stats s = { .size = sizeof(s) };
	int err = memprof_close(mp);
	char line[512];

	memprof_stats(mp, &s);
	tell(line, snprintf(line, sizeof(line),
			    "closed %d begun=%" PRIu64 " logged=%" PRIu64
			    " dropped=%" PRIu64 " skipped=%" PRIu64
			    " cancelled=%" PRIu64 " abandoned=%" PRIu64
			    " in_flight=%" PRIu64 " queued=%" PRIu64
			    " torn=%" PRIu64 " error=%d\n",
			    getpid(), s.begun, s.logged, s.dropped,
			    s.skipped_sampling + s.skipped_threshold +
				    s.skipped_paused,
			    s.cancelled, s.abandoned, s.in_flight, s.queued,
			    s.torn, err));
}

/* ---- requests ---- */

static void *volatile kept;

static void work(uint64_t *state)
{
	size_t size = 1 + next(state) % 20000;
	char *p = malloc(size);

	if (p)
		memset(p, 1, size);
	if (chance(state, 50))
		kept = p; /* a leak */
	else
		free(p);
	if (chance(state, 100))
		nap(state);
}

static void plain(uint64_t *state)
{
	struct memprof_request req = { { 0 } };

	memprof_begin(mp, &req, "Soak:plain");
	work(state);
	memprof_end(&req, chance(state, 20) ? "OOPS-1" : NULL);
}

static void renamed(uint64_t *state)
{
	struct memprof_request req = { { 0 } };

	memprof_begin(mp, &req, NULL);
	work(state);
	memprof_page(&req, "Soak:named later, with blanks");
	memprof_end(&req, NULL);
}

static void nested(uint64_t *state)
{
	struct memprof_request outer = { { 0 } }, inner = { { 0 } };

	memprof_begin(mp, &outer, "Soak:outer");
	memprof_begin(mp, &inner, "Soak:inner");
	work(state);
	memprof_end(&inner, NULL);
	memprof_end(&outer, NULL);
}

static void sliced(uint64_t *state)
{
	struct memprof_request req = { { 0 } }, moved;

	memprof_begin(mp, &req, "Soak:sliced");
	for (unsigned i = 0; i < 3; i++) {
		work(state);
		memprof_detach(&req);
		nap(state);
		memprof_attach(&req);
	}
	memcpy(&moved, &req, sizeof(moved));
	memprof_end(&moved, NULL);
}

static void odd(uint64_t *state)
{
	struct memprof_request req = { { 0 } };

	memprof_begin(mp, &req, "Soak:odd");
	work(state);
	switch (next(state) % 3) {
	case 0:
		memprof_cancel(&req);
		break;
	case 1:
		memprof_end(&req, NULL);
		memprof_end(&req, NULL); /* once too often */
		break;
	default: /* never ended */
		break;
	}
}

/* Where requests pass from one thread to another: one at a time. */
static pthread_mutex_t hand = PTHREAD_MUTEX_INITIALIZER;
static struct memprof_request handed;
static bool is_handed;

static void passed_on(uint64_t *state)
{
	struct memprof_request req = { { 0 } };
	bool take;

	pthread_mutex_lock(&hand);
	take = is_handed;
	if (take)
		req = handed;
	is_handed = false;
	pthread_mutex_unlock(&hand);
	if (take) {
		memprof_attach(&req);
		work(state);
		memprof_end(&req, NULL);
		return;
	}
	memprof_begin(mp, &req, "Soak:passed on");
	work(state);
	memprof_detach(&req);
	pthread_mutex_lock(&hand);
	if (!is_handed) {
		handed = req;
		is_handed = true;
		pthread_mutex_unlock(&hand);
		return;
	}
	pthread_mutex_unlock(&hand);
	memprof_end(&req, NULL);
}

static void serve(uint64_t *state)
{
	static void (*const kinds[])(uint64_t *) = { plain,    plain,  renamed,
						     nested,   sliced, odd,
						     passed_on };

	kinds[next(state) % (sizeof(kinds) / sizeof(kinds[0]))](state);
	nap(state);
}

/* ---- processes ---- */

static void be_a_child(uint64_t *state)
{
	unsigned count = (unsigned)(next(state) % 200);
	unsigned end = (unsigned)(next(state) % 4);

	alarm(CHILD_SECONDS);
	/* Its own first call makes it a process that memprof knows. */
	plain(state);
	tell_began();
	while (count--)
		plain(state);
	if (end == 0)
		raise(SIGKILL);
	if (end != 1)
		close_session();
	_exit(0);
}

static void fork_now_and_then(uint64_t *state)
{
	pid_t pid;

	if (!chance(state, 200))
		return;
	pid = fork();
	if (pid == 0)
		be_a_child(state);
	if (pid > 0 && chance(state, 2))
		waitpid(pid, NULL, 0);
}

static void *run(void *arg)
{
	uint64_t state = *(uint64_t *)arg;

	while (!atomic_load(&stopping)) {
		serve(&state);
		fork_now_and_then(&state);
	}
	return NULL;
}

int main(int argc, char **argv)
{
	pthread_t threads[THREADS];
	uint64_t states[THREADS];
	uint64_t seed;

	if (argc != 5)
		return 2;
	ledgers = argv[2];
	seed = strtoull(argv[4], NULL, 10) * 1000003 + 1;
	if (memprof_open(argv[1], &mp)) {
		fprintf(stderr, "%s\n", memprof_open_error());
		return 2;
	}
	tell_began();
	for (unsigned i = 0; i < THREADS; i++) {
		states[i] = seed * (i + 1);
		if (pthread_create(&threads[i], NULL, run, &states[i]))
			return 2;
	}
	sleep((unsigned)atoi(argv[3]));
	atomic_store(&stopping, true);
	for (unsigned i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	while (waitpid(-1, NULL, 0) > 0 || errno == EINTR)
		;
	close_session();
	return 0;
}
