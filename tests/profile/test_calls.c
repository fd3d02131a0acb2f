/*
 * What a host waits for is not disturbed: each kind of call gives the same
 * whether its request is profiled, by either clock, or not.  Signals that sample by the wall clock
 * end most of these early.
 */

#include "profiled.h"

#include "core/clock.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/file.h>
#include <sys/ipc.h>
#include <sys/mman.h>
#include <sys/msg.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define NAP_NS 20000000	 /* that a call takes, mostly */
#define MUCH   (8 << 20) /* bytes that fit no buffer of the kernel's */

static const struct timespec nap = { 0, NAP_NS };

/* What a call returned; a test fails for what does not fit its row. */
struct outcome {
	long value;
	int err; /* errno, where it returned -1 */
};

static struct outcome outcome(long value)
{
	return (struct outcome){ value, value == -1 ? errno : 0 };
}

/* ---- who ends the wait ---- */

/* A thread that does something after a nap. */
struct partner {
	pthread_t thread;
	void (*act)(struct partner *);
	int fd;
	void *object;
};

static void *act_later(void *arg)
{
	struct partner *p = arg;

	nanosleep(&nap, NULL);
	if (p->act)
		p->act(p);
	return NULL;
}

static void start(struct partner *p)
{
	if (pthread_create(&p->thread, NULL, act_later, p))
		abort();
}

static void join(struct partner *p)
{
	pthread_join(p->thread, NULL);
}

static void write_a_byte(struct partner *p)
{
	if (write(p->fd, "x", 1) != 1)
		abort();
}

static void read_much(struct partner *p)
{
	char room[8192];

	for (size_t got = 0; got < MUCH;) {
		ssize_t n = read(p->fd, room, sizeof(room));

		if (n <= 0)
			abort();
		got += (size_t)n;
	}
}

static struct timespec soon(clockid_t clock)
{
	struct timespec t;

	clock_gettime(clock, &t);
	t.tv_nsec += NAP_NS;
	t.tv_sec += t.tv_nsec / MP_NS_PER_S;
	t.tv_nsec %= MP_NS_PER_S;
	return t;
}

static void close_both(const int fds[2])
{
	close(fds[0]);
	close(fds[1]);
}

/* ---- the calls ---- */

static struct outcome call_nanosleep(void)
{
	struct timespec left = { 0, 0 };
	struct outcome o = outcome(nanosleep(&nap, &left));

	o.value += left.tv_sec + left.tv_nsec;
	return o;
}

static struct outcome call_clock_nanosleep(void)
{
	struct timespec until = soon(CLOCK_MONOTONIC);

	return outcome(
		clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL));
}

static struct outcome call_usleep(void)
{
	return outcome(usleep(NAP_NS / 1000));
}

static struct outcome call_sleep(void)
{
	return outcome((long)sleep(1));
}

static struct outcome call_poll(void)
{
	return outcome(poll(NULL, 0, NAP_NS / 1000000));
}

static struct outcome call_ppoll(void)
{
	return outcome(ppoll(NULL, 0, &nap, NULL));
}

static struct outcome call_select(void)
{
	struct timeval time = { 0, NAP_NS / 1000 };

	return outcome(select(0, NULL, NULL, NULL, &time));
}

static struct outcome call_pselect(void)
{
	return outcome(pselect(0, NULL, NULL, NULL, &nap, NULL));
}

static struct outcome call_epoll_wait(void)
{
	int fd = epoll_create1(EPOLL_CLOEXEC);
	struct epoll_event event;
	struct outcome o = outcome(epoll_wait(fd, &event, 1, NAP_NS / 1000000));

	close(fd);
	return o;
}

static void time_out(int fd)
{
	struct timeval time = { 0, NAP_NS / 1000 };

	if (setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &time, sizeof(time)))
		abort();
}

static struct outcome call_recv_timeout(void)
{
	struct outcome o;
	int fds[2];
	char c;

	if (socketpair(AF_UNIX, SOCK_STREAM, 0, fds))
		abort();
	time_out(fds[0]);
	o = outcome(recv(fds[0], &c, 1, 0));
	close_both(fds);
	return o;
}

static struct outcome call_accept_timeout(void)
{
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);
	struct sockaddr_un any = { .sun_family = AF_UNIX };
	struct outcome o;

	/* The kernel finds a name of its own. */
	if (bind(fd, (struct sockaddr *)&any, sizeof(sa_family_t)) ||
	    listen(fd, 1))
		abort();
	time_out(fd);
	o = outcome(accept(fd, NULL, NULL));
	close(fd);
	return o;
}

static struct outcome call_sem_timedwait(void)
{
	struct timespec until = soon(CLOCK_REALTIME);
	struct outcome o;
	sem_t never;

	sem_init(&never, 0, 0);
	o = outcome(sem_timedwait(&never, &until));
	sem_destroy(&never);
	return o;
}

static struct outcome call_sigtimedwait(void)
{
	struct outcome o;
	sigset_t set, before;

	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	pthread_sigmask(SIG_BLOCK, &set, &before);
	o = outcome(sigtimedwait(&set, NULL, &nap));
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return o;
}

static void send_a_message(struct partner *p)
{
	const struct {
		long type;
		char text[1];
	} message = { 1, { 'x' } };

	if (msgsnd(p->fd, &message, 1, 0))
		abort();
}

static struct outcome call_msgrcv(void)
{
	struct partner p = { .act = send_a_message };
	struct {
		long type;
		char text[8];
	} message;
	struct outcome o;

	p.fd = msgget(IPC_PRIVATE, 0600);
	start(&p);
	o = outcome(msgrcv(p.fd, &message, sizeof(message.text), 0, 0));
	join(&p);
	msgctl(p.fd, IPC_RMID, NULL);
	return o;
}

static struct outcome call_send(void)
{
	static char much[MUCH];
	struct partner p = { .act = read_much };
	struct outcome o;
	int fds[2];

	if (socketpair(AF_UNIX, SOCK_STREAM, 0, fds))
		abort();
	p.fd = fds[1];
	start(&p);
	o = outcome(send(fds[0], much, sizeof(much), 0));
	/* Of a short one the rest is needed to go on. */
	while (o.value < 0 || shutdown(fds[0], SHUT_WR))
		abort();
	if (o.value == MUCH)
		join(&p);
	close_both(fds);
	return o;
}

static struct outcome call_write(void)
{
	static char much[MUCH];
	struct partner p = { .act = read_much };
	struct outcome o;
	int fds[2];

	if (pipe(fds))
		abort();
	p.fd = fds[0];
	start(&p);
	o = outcome(write(fds[1], much, sizeof(much)));
	if (o.value == MUCH)
		join(&p);
	close_both(fds);
	return o;
}

static struct outcome call_read(void)
{
	struct partner p = { .act = write_a_byte };
	struct outcome o;
	int fds[2];
	char c;

	if (pipe(fds))
		abort();
	p.fd = fds[1];
	start(&p);
	o = outcome(read(fds[0], &c, 1));
	join(&p);
	close_both(fds);
	return o;
}

static struct outcome call_recv(void)
{
	struct partner p = { .act = write_a_byte };
	struct outcome o;
	int fds[2];
	char c;

	if (socketpair(AF_UNIX, SOCK_STREAM, 0, fds))
		abort();
	p.fd = fds[1];
	start(&p);
	o = outcome(recv(fds[0], &c, 1, 0));
	join(&p);
	close_both(fds);
	return o;
}

static void post(struct partner *p)
{
	sem_post(p->object);
}

static struct outcome call_sem_wait(void)
{
	sem_t sem;
	struct partner p = { .act = post, .object = &sem };
	struct outcome o;

	sem_init(&sem, 0, 0);
	start(&p);
	o = outcome(sem_wait(&sem));
	join(&p);
	sem_destroy(&sem);
	return o;
}

struct meeting {
	pthread_mutex_t lock;
	pthread_cond_t changed;
	bool over;
};

static void *hold_a_lock(void *arg)
{
	struct meeting *m = arg;

	pthread_mutex_lock(&m->lock);
	m->over = true;
	pthread_cond_signal(&m->changed);
	nanosleep(&nap, NULL);
	pthread_mutex_unlock(&m->lock);
	return NULL;
}

/* Its lock is another thread's for a nap. */
static struct outcome call_mutex_lock(void)
{
	struct meeting m = { PTHREAD_MUTEX_INITIALIZER,
			     PTHREAD_COND_INITIALIZER, false };
	pthread_t thread;
	struct outcome o;

	pthread_mutex_lock(&m.lock);
	if (pthread_create(&thread, NULL, hold_a_lock, &m))
		abort();
	while (!m.over)
		pthread_cond_wait(&m.changed, &m.lock);
	pthread_mutex_unlock(&m.lock);
	o = outcome(pthread_mutex_lock(&m.lock));
	pthread_mutex_unlock(&m.lock);
	pthread_join(thread, NULL);
	return o;
}

static void end_the_meeting(struct partner *p)
{
	struct meeting *m = p->object;

	pthread_mutex_lock(&m->lock);
	m->over = true;
	pthread_cond_signal(&m->changed);
	pthread_mutex_unlock(&m->lock);
}

static struct outcome call_cond_wait(void)
{
	struct meeting m = { PTHREAD_MUTEX_INITIALIZER,
			     PTHREAD_COND_INITIALIZER, false };
	struct partner p = { .act = end_the_meeting, .object = &m };
	struct outcome o = { 0, 0 };

	start(&p);
	pthread_mutex_lock(&m.lock);
	while (!m.over && !o.value)
		o = outcome(pthread_cond_wait(&m.changed, &m.lock));
	pthread_mutex_unlock(&m.lock);
	join(&p);
	return o;
}

static struct outcome call_join(void)
{
	struct partner p = { .act = NULL };

	start(&p);
	return outcome(pthread_join(p.thread, NULL));
}

static struct outcome call_waitpid(void)
{
	struct outcome o;
	int status = -1;
	pid_t pid = fork();

	if (pid == 0) {
		nanosleep(&nap, NULL);
		_exit(3);
	}
	o = outcome(waitpid(pid, &status, 0));
	if (o.value == pid)
		o.value = WEXITSTATUS(status);
	return o;
}

static void unlock_file(struct partner *p)
{
	flock(p->fd, LOCK_UN);
}

static struct outcome call_flock(void)
{
	struct partner p = { .act = unlock_file };
	char path[] = "/tmp/flock.XXXXXX";
	struct outcome o;
	int fd;

	p.fd = mkstemp(path);
	fd = open(path, O_RDWR | O_CLOEXEC);
	if (p.fd < 0 || fd < 0 || flock(p.fd, LOCK_EX))
		abort();
	start(&p);
	o = outcome(flock(fd, LOCK_EX));
	join(&p);
	unlink(path);
	close(p.fd);
	close(fd);
	return o;
}

static struct outcome call_timerfd(void)
{
	const struct itimerspec once = { { 0, 0 }, { 0, NAP_NS } };
	int fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC);
	struct outcome o;
	uint64_t times;

	timerfd_settime(fd, 0, &once, NULL);
	o = outcome(read(fd, &times, sizeof(times)));
	close(fd);
	return o;
}

/* Not const, only because cmocka passes each case as a plain void pointer. */
static struct call_case {
	const char *name;
	struct outcome (*call)(void);
	struct outcome want;
	int64_t least_ns; /* that it takes */
} call_cases[] = {
	{ "nanosleep", call_nanosleep, { 0, 0 }, NAP_NS },
	{ "clock_nanosleep", call_clock_nanosleep, { 0, 0 }, NAP_NS },
	{ "usleep", call_usleep, { 0, 0 }, NAP_NS },
	{ "sleep", call_sleep, { 0, 0 }, MP_NS_PER_S },
	{ "poll", call_poll, { 0, 0 }, NAP_NS },
	{ "ppoll", call_ppoll, { 0, 0 }, NAP_NS },
	{ "select", call_select, { 0, 0 }, NAP_NS },
	{ "pselect", call_pselect, { 0, 0 }, NAP_NS },
	{ "epoll_wait", call_epoll_wait, { 0, 0 }, NAP_NS },
	{ "recv, SO_RCVTIMEO", call_recv_timeout, { -1, EAGAIN }, NAP_NS },
	{ "accept, SO_RCVTIMEO", call_accept_timeout, { -1, EAGAIN }, NAP_NS },
	{ "sem_timedwait", call_sem_timedwait, { -1, ETIMEDOUT }, NAP_NS },
	{ "sigtimedwait", call_sigtimedwait, { -1, EAGAIN }, NAP_NS },
	{ "msgrcv", call_msgrcv, { 1, 0 }, 0 },
	{ "send of 8 MiB", call_send, { MUCH, 0 }, 0 },
	{ "write of 8 MiB to a pipe", call_write, { MUCH, 0 }, 0 },
	{ "read of a pipe", call_read, { 1, 0 }, 0 },
	{ "recv", call_recv, { 1, 0 }, 0 },
	{ "sem_wait", call_sem_wait, { 0, 0 }, 0 },
	{ "pthread_mutex_lock", call_mutex_lock, { 0, 0 }, 0 },
	{ "pthread_cond_wait", call_cond_wait, { 0, 0 }, 0 },
	{ "pthread_join", call_join, { 0, 0 }, 0 },
	{ "waitpid", call_waitpid, { 3, 0 }, 0 },
	{ "flock", call_flock, { 0, 0 }, 0 },
	{ "timerfd", call_timerfd, { 8, 0 }, NAP_NS },
};

/* ---- profiled and not ---- */

static struct mode {
	const char *name;
	const char *keys; /* null: without a session */
	struct memprof *mp;
} modes[] = {
	{ .name = "plain" },
	{ .name = "cpu", .keys = PROFILE_ALL "profile_interval: 0.001\n" },
	{ .name = "wall",
	  .keys = PROFILE_ALL "profile_interval: 0.001\n"
			      "profile_clock: wall\n" },
};

/* Counted over all rows. */
static unsigned calls, interrupted;
static uint64_t looks;

struct run {
	const struct call_case *c;
	const struct mode *mode;
	struct outcome got;
	int64_t took_ns;
};

static void *run(void *arg)
{
	struct run *r = arg;
	struct memprof_request request = { 0 };
	int64_t begin_ns;

	memprof_begin(r->mode->mp, &request, r->mode->name);
	begin_ns = mp_clock_mono_ns();
	errno = 0;
	r->got = r->c->call();
	r->took_ns = mp_clock_mono_ns() - begin_ns;
	memprof_end(&request, NULL);
	return NULL;
}

static void check(const struct run *r)
{
	calls++;
	interrupted += r->got.err == EINTR;
	assert_int_equal(r->got.value, r->c->want.value);
	assert_int_equal(r->got.err, r->c->want.err);
	assert_true(r->took_ns >= r->c->least_ns);
}

static void run_all(struct call_case *c)
{
	pthread_t threads[ARRAY_SIZE(modes)];
	struct run runs[ARRAY_SIZE(modes)];

	for (size_t i = 0; i < ARRAY_SIZE(modes); i++) {
		runs[i] = (struct run){ .c = c, .mode = &modes[i] };
		assert_int_equal(
			pthread_create(&threads[i], NULL, run, &runs[i]), 0);
	}
	for (size_t i = 0; i < ARRAY_SIZE(modes); i++) {
		pthread_join(threads[i], NULL);
		check(&runs[i]);
	}
}

/* Again until it was seen waiting: mostly it is at once. */
static void test_call(void **state)
{
	static struct profile p;

	for (int i = 0; i < 1000; i++) {
		run_all(*state);
		read_only_profile("-cpu-", &p);
		assert_int_equal(p.blocked, 0);
		read_only_profile("-wall-", &p);
		assert_false(has_line(&p, "degraded"));
		remove_profiles();
		looks += p.blocked;
		if (p.blocked)
			return;
	}
	fail_msg("nobody saw that it waits");
}

static int open_modes(void **state)
{
	int err = enter(state);

	for (size_t i = 0; i < ARRAY_SIZE(modes) && !err; i++)
		if (modes[i].keys)
			modes[i].mp = serve(modes[i].keys);
	return err;
}

static int close_modes(void **state)
{
	int err = 0;

	for (size_t i = 0; i < ARRAY_SIZE(modes); i++)
		err |= memprof_close(modes[i].mp);
	return leave(state) || err;
}

int main(void)
{
	struct CMUnitTest tests[ARRAY_SIZE(call_cases)];
	int failed;

	for (size_t i = 0; i < ARRAY_SIZE(tests); i++)
		tests[i] = (struct CMUnitTest){ call_cases[i].name, test_call,
						NULL, NULL, &call_cases[i] };
	failed = cmocka_run_group_tests_name("calls", tests, open_modes,
					     close_modes);
	printf("%u calls, of which %u were interrupted; %llu stacks seen\n",
	       calls, interrupted, (unsigned long long)looks);
	return failed;
}
