/*
 * unwind: the stack of a thread that blocks, by what the kernel tells of it:
 * a stack pointer and a PC, and of other registers nothing.
 */

#include "test.h"

#include "profile/unwind.h"

#include <alloca.h>
#include <errno.h>
#include <execinfo.h>
#include <poll.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/select.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define TRIES 10000 /* of a millisecond */

#define IN(name) __attribute__((noinline, section(#name)))
extern const char __start_chain_leaf[], __stop_chain_leaf[];
extern const char __start_chain_middle[], __stop_chain_middle[];
extern const char __start_chain_outer[], __stop_chain_outer[];

#define INSIDE(pc, name) \
	((pc) >= (uintptr_t)__start_##name && (pc) < (uintptr_t)__stop_##name)

/* A call that nothing follows would not stay on the stack. */
#define STAY __asm__ volatile("" ::: "memory")

/* What a thread is to do, and what it tells of itself. */
struct blocked {
	void (*middle)(void (*leaf)(void));
	void (*leaf)(void);
	struct mp_stack_bounds bounds;
	uintptr_t tail[MP_UNWIND_MAX]; /* what called outer(), and so on */
	size_t tail_len;
	_Atomic pid_t tid;
};

static int pipe_ends[2];
static sem_t semaphore;
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t condition = PTHREAD_COND_INITIALIZER;
static bool done; /* under the mutex */
static volatile unsigned sink;

IN(chain_leaf) static void in_read(void)
{
	char byte;

	sink += (unsigned)read(pipe_ends[0], &byte, 1);
	STAY;
}

IN(chain_leaf) static void in_sleep(void)
{
	sleep(1000);
	STAY;
}

IN(chain_leaf) static void in_poll(void)
{
	struct pollfd fd = { pipe_ends[0], POLLIN, 0 };

	poll(&fd, 1, -1);
	STAY;
}

IN(chain_leaf) static void in_select(void)
{
	fd_set set;

	FD_ZERO(&set);
	FD_SET(pipe_ends[0], &set);
	select(pipe_ends[0] + 1, &set, NULL, NULL, NULL);
	STAY;
}

IN(chain_leaf) static void in_epoll_wait(void)
{
	struct epoll_event event = { .events = EPOLLIN };
	int fd = epoll_create1(EPOLL_CLOEXEC);

	epoll_wait(fd, &event, 1, -1);
	close(fd);
	STAY;
}

IN(chain_leaf) static void in_sem_wait(void)
{
	sem_wait(&semaphore);
	STAY;
}

IN(chain_leaf) static void in_cond_wait(void)
{
	pthread_mutex_lock(&mutex);
	while (!done)
		pthread_cond_wait(&condition, &mutex);
	pthread_mutex_unlock(&mutex);
	STAY;
}

IN(chain_leaf) static void in_scanf(void)
{
	FILE *f = fdopen(dup(pipe_ends[0]), "r");
	int n;

	sink += (unsigned)fscanf(f, "%d", &n);
	fclose(f);
	STAY;
}

IN(chain_leaf) static void in_syscall(void)
{
	syscall(SYS_pause);
	STAY;
}

static int compare_slowly(const void *a, const void *b)
{
	in_read();
	return *(const char *)a - *(const char *)b;
}

IN(chain_leaf) static void in_a_callback(void)
{
	char two[] = "ba";

	qsort(two, 2, 1, compare_slowly);
	STAY;
}

/* How its caller gets to the function that blocks. */

IN(chain_middle) static void plain(void (*leaf)(void))
{
	leaf();
	STAY;
}

IN(chain_middle) static void fill(volatile char *p, size_t size)
{
	while (size-- > 0)
		p[size] = 1;
	STAY;
}

/* The frame's size is known to its frame pointer alone. */
IN(chain_middle) static void sized(void (*leaf)(void))
{
	fill(alloca(sink % 3 * 100 + 40), 40);
	leaf();
	STAY;
}

IN(chain_middle) static void sized_twice(void (*leaf)(void))
{
	fill(alloca(sink % 3 * 300 + 20), 20);
	sized(leaf);
	STAY;
}

IN(chain_middle) static void realigned(void (*leaf)(void))
{
	_Alignas(64) volatile char aligned[128];

	fill(aligned, sizeof(aligned));
	fill(alloca(sink % 3 * 100 + 40), 40);
	leaf();
	STAY;
}

/* Leaves frame records behind where the next frame will lie. */
IN(chain_middle) static void deep(int n)
{
	fill(alloca(sink % 3 * 16 + 16), 16);
	if (n > 0)
		deep(n - 1);
	STAY;
}

IN(chain_middle) static void unsized(void (*leaf)(void))
{
	volatile char *old = alloca(sink % 3 + 2500); /* nobody clears it */

	__asm__ volatile("" : : "r"(old) : "memory");
	leaf();
	STAY;
}

IN(chain_middle) static void over_old_records(void (*leaf)(void))
{
	deep(20);
	unsized(leaf);
	STAY;
}

IN(chain_middle) static void sized_directly(void (*leaf)(void))
{
	sized(leaf);
	STAY;
}

IN(chain_middle) static void realigned_directly(void (*leaf)(void))
{
	realigned(leaf);
	STAY;
}

IN(chain_outer) static void outer(struct blocked *b)
{
	void *here[MP_UNWIND_MAX];
	size_t n = (size_t)backtrace(here, MP_UNWIND_MAX), own = 0;

	/* A sanitizer may be between. */
	while (!INSIDE((uintptr_t)here[own], chain_outer))
		own++;
	b->tail_len = n - own - 1;
	for (size_t i = 0; i < b->tail_len; i++)
		b->tail[i] = (uintptr_t)here[own + 1 + i] - 1;
	b->tid = (pid_t)syscall(SYS_gettid);
	b->middle(b->leaf);
	STAY;
}

static void *serve(void *arg)
{
	struct blocked *b = arg;

	if (!mp_unwind_bounds(&b->bounds))
		outer(b);
	STAY;
	return NULL;
}

/* What the kernel tells of where a thread blocks; false: it runs. */
static bool ask(pid_t tid, char *ret, size_t size, uintptr_t *ret_pc,
		uintptr_t *ret_sp)
{
	char path[64];
	bool ok = false;
	char *last;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/self/task/%d/syscall", tid);
	f = fopen(path, "r");
	if (!f)
		return false;
	if (fgets(ret, (int)size, f) && strncmp(ret, "running", 7) != 0) {
		ret[strcspn(ret, "\n")] = '\0';
		last = strrchr(ret, ' ');
		*ret_pc = strtoul(last + 1, NULL, 16);
		while (last > ret && last[-1] != ' ')
			last--;
		*ret_sp = strtoul(last, NULL, 16);
		ok = true;
	}
	fclose(f);
	return ok;
}

static bool is_chain(const struct blocked *b, const uintptr_t *pcs, size_t n)
{
	size_t outermost = n - b->tail_len - 1, i;

	if (n < b->tail_len + 3 || !INSIDE(pcs[outermost], chain_outer) ||
	    memcmp(pcs + outermost + 1, b->tail,
		   b->tail_len * sizeof(*b->tail)) != 0)
		return false;
	for (i = outermost; i > 0 && INSIDE(pcs[i - 1], chain_middle); i--)
		;
	if (outermost - i != (b->middle == plain ? 1 : 2))
		return false;
	return i > 0 && INSIDE(pcs[i - 1], chain_leaf);
}

static void wake(pthread_t thread)
{
	pthread_mutex_lock(&mutex);
	done = true;
	pthread_cond_broadcast(&condition);
	pthread_mutex_unlock(&mutex);
	pthread_kill(thread, SIGUSR2);
}

static void nothing(int signo)
{
	(void)signo;
}

static void pause_ms(void)
{
	const struct timespec ms = { 0, 1000000 };

	nanosleep(&ms, NULL);
}

/* Until it blocks in the leaf function; what it is asked twice for is the
   same, or it went on meanwhile. */
static bool caught(const struct blocked *b, uintptr_t *pcs, size_t *ret_n)
{
	char first[256], second[256];
	uintptr_t pc, sp;
	bool cut = false;

	for (int i = 0; i < TRIES; i++) {
		if (b->tid && ask(b->tid, first, sizeof(first), &pc, &sp)) {
			*ret_n = mp_unwind_blocked(pc, sp, b->bounds, pcs,
						   MP_UNWIND_MAX, &cut);
			if (ask(b->tid, second, sizeof(second), &pc, &sp) &&
			    !strcmp(first, second) &&
			    (is_chain(b, pcs, *ret_n) || i > TRIES / 20))
				return !cut;
		}
		pause_ms();
	}
	return false;
}

static struct blocked_case {
	const char *name;
	void (*leaf)(void);
	void (*middle)(void (*leaf)(void));
} cases[] = {
	{ "blocked: read", in_read, plain },
	{ "blocked: sleep", in_sleep, plain },
	{ "blocked: poll", in_poll, plain },
	{ "blocked: select", in_select, plain },
	{ "blocked: epoll_wait", in_epoll_wait, plain },
	{ "blocked: sem_wait", in_sem_wait, plain },
	{ "blocked: cond_wait", in_cond_wait, plain },
	{ "blocked: scanf", in_scanf, plain },
	{ "blocked: a bare system call", in_syscall, plain },
	{ "blocked: a callback of qsort", in_a_callback, plain },
	{ "blocked, by frame pointer: read", in_read, sized_directly },
	{ "blocked, by frame pointer: cond_wait", in_cond_wait,
	  sized_directly },
	{ "blocked, by frame pointer: scanf", in_scanf, sized_directly },
	{ "blocked, by frame pointer: a callback", in_a_callback,
	  sized_directly },
	{ "blocked, by two frame pointers: sleep", in_sleep, sized_twice },
	{ "blocked, by two frame pointers: poll", in_poll, sized_twice },
	{ "blocked, in a realigned frame: read", in_read, realigned_directly },
	{ "blocked, over old records: read", in_read, over_old_records },
	{ "blocked, over old records: poll", in_poll, over_old_records },
};

static void test_blocked(void **state)
{
	const struct blocked_case *c = *state;
	struct blocked b = { .middle = c->middle, .leaf = c->leaf };
	uintptr_t pcs[MP_UNWIND_MAX];
	pthread_t thread;
	bool ok, right;
	size_t n = 0;

	done = false;
	assert_int_equal(pthread_create(&thread, NULL, serve, &b), 0);
	ok = caught(&b, pcs, &n);
	right = ok && is_chain(&b, pcs, n);
	wake(thread);
	/* A callback is called more than once. */
	while (pthread_tryjoin_np(thread, NULL)) {
		pthread_kill(thread, SIGUSR2);
		pause_ms();
	}
	if (!right) {
		for (size_t i = 0; i < n; i++)
			print_error("%16lx\n", pcs[i]);
		print_error("leaf %lx middle %lx outer %lx\n",
			    (unsigned long)__start_chain_leaf,
			    (unsigned long)__start_chain_middle,
			    (unsigned long)__start_chain_outer);
		for (size_t i = 0; i < b.tail_len; i++)
			print_error("tail %16lx\n", b.tail[i]);
	}
	assert_true(right);
}

/* On a stack that nobody told the bounds of there is but the PC. */
static void test_stack_elsewhere(void **state)
{
	const struct mp_stack_bounds bounds = { 0x10000, 0x20000 };
	uintptr_t pcs[MP_UNWIND_MAX];
	uintptr_t word = 0;
	bool cut = true;

	(void)state;
	assert_int_equal(mp_unwind_blocked((uintptr_t)read, (uintptr_t)&word,
					   bounds, pcs, MP_UNWIND_MAX, &cut),
			 1);
	assert_int_equal(pcs[0], (uintptr_t)read);
	assert_false(cut);
}

static int set_up(void **state)
{
	struct sigaction action = { .sa_handler = nothing };
	void *here[1];

	(void)state;
	/* It loads libgcc when it is first called. */
	backtrace(here, 1);
	mp_unwind_refresh();
	return pipe(pipe_ends) || sem_init(&semaphore, 0, 0) ||
	       sigaction(SIGUSR2, &action, NULL);
}

int main(void)
{
	struct CMUnitTest tests[ARRAY_SIZE(cases) + 1] = {
		cmocka_unit_test(test_stack_elsewhere),
	};
	const char *sanitize = getenv("MEMPROF_TEST_SANITIZE");

	if (sanitize && strstr(sanitize, "address")) {
		puts("skipped: what this sanitizer has between functions and "
		     "the system jumps from one to the other");
		return 77;
	}
	if (access("/proc/self/syscall", R_OK)) {
		puts("skipped: the kernel does not tell where threads block");
		return 77;
	}
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		tests[i + 1] = (struct CMUnitTest){
			.name = cases[i].name,
			.test_func = test_blocked,
			.initial_state = &cases[i],
		};
	return cmocka_run_group_tests_name("blocked", tests, set_up, NULL);
}
