/*
 * unwind: whole chains, checked at each single instruction of what runs below
 * functions that are known, with the processor's trap flag.  The same is asked
 * of glibc's backtrace().
 */

#include "test.h"

#include "profile/unwind.h"

#include <alloca.h>
#include <errno.h>
#include <execinfo.h>
#include <math.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <ucontext.h>
#include <unistd.h>

#define TRAP_FLAG 0x100
#define STEPS	  3000 /* of one row; glibc takes its time */

/* Functions in sections of their own: where they begin and end is known. */
#define IN(name) __attribute__((noinline, section(#name)))
extern const char __start_chain_leaf[], __stop_chain_leaf[];
extern const char __start_chain_middle[], __stop_chain_middle[];
extern const char __start_chain_outer[], __stop_chain_outer[];

#define INSIDE(pc, name) \
	((pc) >= (uintptr_t)__start_##name && (pc) < (uintptr_t)__stop_##name)

static struct mp_stack_bounds bounds;
static uintptr_t tail[MP_UNWIND_MAX]; /* what called outer(), and so on */
static size_t tail_len;
static bool calls; /* the leaf function stays on the stack */

static volatile sig_atomic_t stepping;
static unsigned steps, deep, wrong, mistold;
static char what[8192]; /* of the first one that was wrong */

static void complain(const char *why, const uintptr_t *pcs, size_t n,
		     void *const *other, size_t other_n)
{
	int len;

	if (wrong++)
		return;
	len = snprintf(what, sizeof(what), "%s at step %u\n", why, steps);
	for (size_t i = 0; i < n || i < other_n; i++)
		len += snprintf(what + len, sizeof(what) - (size_t)len,
				"%16lx %16lx\n", i < n ? pcs[i] : 0ul,
				i < other_n ? (unsigned long)other[i] : 0ul);
}

/* ..., leaf, middle, outer, tail. */
static bool is_chain(const uintptr_t *pcs, size_t n)
{
	size_t middle = n - tail_len - 2;

	if (n < tail_len + 2 ||
	    memcmp(pcs + middle + 2, tail, tail_len * sizeof(*tail)) != 0 ||
	    !INSIDE(pcs[middle + 1], chain_outer) ||
	    !INSIDE(pcs[middle], chain_middle))
		return false;
	for (size_t i = 0; i < middle; i++)
		if (INSIDE(pcs[i], chain_middle) || INSIDE(pcs[i], chain_outer))
			return false;
	return middle == 0 || !calls || INSIDE(pcs[middle - 1], chain_leaf);
}

/* The frames of the handler itself, and behind them those it interrupted. */
static bool is_as_glibc(const uintptr_t *pcs, size_t n, void *const *other,
			size_t other_n)
{
	size_t skip = other_n - n;

	if (other_n <= n || (uintptr_t)other[skip] != pcs[0])
		return false;
	for (size_t i = 1; i < n; i++) {
		void *const *at = other + skip + i;
		/* What our own handler returns to, as others' do: a few
		   instructions, in which it may be interrupted too. */
		uintptr_t trampoline = (uintptr_t)other[skip - 1];
		bool called = (uintptr_t)at[0] - trampoline >= 16 &&
			      (uintptr_t)at[-1] - trampoline >= 16;

		if (pcs[i] != (uintptr_t)at[0] - called)
			return false;
	}
	return true;
}

static bool is_excused(void)
{
	return mistold > 0 && mistold--;
}

static void step(int signo, siginfo_t *info, void *ucontext)
{
	ucontext_t *uc = ucontext;
	uintptr_t pcs[MP_UNWIND_MAX];
	void *other[MP_UNWIND_MAX];
	int saved_errno = errno;
	bool cut;
	size_t n, other_n;

	(void)signo;
	(void)info;
	steps++;
	if (!stepping || steps >= STEPS) {
		uc->uc_mcontext.gregs[REG_EFL] &= ~TRAP_FLAG;
		return;
	}
	n = mp_unwind_signal(uc, bounds, pcs, MP_UNWIND_MAX, &cut);
	other_n = (size_t)backtrace(other, MP_UNWIND_MAX);
	if (n > tail_len + 3)
		deep++;
	if (cut)
		complain("cut", pcs, n, NULL, 0);
	else if (!is_as_glibc(pcs, n, other, other_n))
		complain("not as backtrace()", pcs, n, other, other_n);
	else if (!is_chain(pcs, n) && !is_excused())
		complain("not the chain", pcs, n, other, other_n);
	errno = saved_errno;
}

static inline __attribute__((always_inline)) void set_trap_flag(void)
{
	__asm__ volatile("lea -128(%%rsp), %%rsp\n\t"
			 "pushfq\n\t"
			 "orq %0, (%%rsp)\n\t"
			 "popfq\n\t"
			 "lea 128(%%rsp), %%rsp"
			 :
			 : "i"(TRAP_FLAG)
			 : "cc", "memory");
}

/* A call that nothing follows would not stay on the stack. */
#define STAY __asm__ volatile("" ::: "memory")

IN(chain_middle) static void middle(void (*leaf)(void))
{
	stepping = 1;
	leaf();
	stepping = 0;
	STAY;
}

IN(chain_outer) static void outer(void (*leaf)(void))
{
	void *here[MP_UNWIND_MAX];

	size_t n = (size_t)backtrace(here, MP_UNWIND_MAX), own = 0;

	/* A sanitizer may be between. */
	while (!INSIDE((uintptr_t)here[own], chain_outer))
		own++;
	tail_len = n - own - 1;
	for (size_t i = 0; i < tail_len; i++)
		tail[i] = (uintptr_t)here[own + 1 + i] - 1;
	middle(leaf);
	STAY;
}

/* What runs below: each turns stepping on first. */

static char text[256];
static volatile double number = 1.25;

IN(chain_leaf) static void in_itself(void)
{
	set_trap_flag();
	for (volatile int i = 0; i < 50; i++)
		;
	STAY;
}

IN(chain_leaf) static void in_strings(void)
{
	set_trap_flag();
	memset(text, 'a', sizeof(text) - 1);
	text[strlen(text) / 2] = '\0';
	memcpy(text + 128, text, 100);
	number = strchr(text, 'b') ? 1.5 : 1.25;
	STAY;
}

IN(chain_leaf) static void in_printf(void)
{
	set_trap_flag();
	snprintf(text, sizeof(text), "%d %s %.3f %-8lx", 42, "text", number,
		 255ul);
	STAY;
}

static int by_byte(const void *a, const void *b)
{
	return *(const unsigned char *)a - *(const unsigned char *)b;
}

IN(chain_leaf) static void in_a_callback(void)
{
	char letters[] = "quick brown fox";

	set_trap_flag();
	qsort(letters, sizeof(letters) - 1, 1, by_byte);
	STAY;
}

IN(chain_leaf) static void in_malloc(void)
{
	set_trap_flag();
	for (size_t size = 8; size < 70000; size *= 3) {
		void *volatile p = malloc(size);

		free(realloc(p, size * 2));
	}
	STAY;
}

IN(chain_leaf) static void in_mathematics(void)
{
	set_trap_flag();
	number = pow(sin(number), 1.5) + exp(number) + fmod(number, 0.3);
	STAY;
}

/* Not called by anybody else, so that its name is still to be bound. */
IN(chain_leaf) static void in_lazy_binding(void)
{
	set_trap_flag();
	getsid(0);
	getsid(0);
	STAY;
}

IN(chain_leaf) static void in_vdso(void)
{
	struct timespec t;

	set_trap_flag();
	clock_gettime(CLOCK_MONOTONIC, &t);
	clock_gettime(CLOCK_REALTIME, &t);
	STAY;
}

IN(chain_leaf) static void in_system_calls(void)
{
	set_trap_flag();
	getppid();
	usleep(1);
	access("/", R_OK);
	STAY;
}

IN(chain_leaf) static void fill(volatile char *p, size_t size)
{
	while (size-- > 0)
		p[size] = 1;
}

IN(chain_leaf) static void in_alloca(void)
{
	set_trap_flag();
	for (size_t size = 16; size < 200; size += 50)
		fill(alloca(size), size);
	STAY;
}

IN(chain_leaf) static int recursion(int n)
{
	int m = n == 0 ? 0
		       : recursion(n - 1) +
				 recursion(n / 2 - 1 < 0 ? 0 : n / 4);

	STAY;
	return m + 1;
}

IN(chain_leaf) static void in_recursion(void)
{
	set_trap_flag();
	recursion(20);
	STAY;
}

IN(chain_leaf) static void in_a_tail_call(void)
{
	set_trap_flag();
	qsort(text, 9, 1, by_byte);
}

/* Its frame is aligned to more than the ABI's, and its end told by what is
   saved in it.  At its last two instructions, behind `pop %rbp`, gcc's tables
   still have the caller's %rbp saved there: who believes them misses a frame. */
IN(chain_leaf) static void in_a_realigned_frame(void)
{
	_Alignas(64) volatile char aligned[128];

	set_trap_flag();
	fill(aligned, sizeof(aligned));
	fill(alloca((size_t)aligned[0] * 40), 40);
	STAY;
}

static void handle(int signo)
{
	(void)signo;
	set_trap_flag();
	snprintf(text, sizeof(text), "%d", signo);
	STAY;
}

IN(chain_leaf) static void in_a_handler(void)
{
	signal(SIGUSR1, handle);
	raise(SIGUSR1);
	STAY;
}

IN(chain_leaf) static void in_a_handler_elsewhere(void)
{
	static char other[65536];
	stack_t stack = { .ss_sp = other, .ss_size = sizeof(other) }, before;
	struct sigaction action = { .sa_handler = handle,
				    .sa_flags = SA_ONSTACK };

	sigaltstack(&stack, &before);
	sigaction(SIGUSR1, &action, NULL);
	raise(SIGUSR1);
	sigaltstack(&before, NULL);
	STAY;
}

static struct chain_case {
	const char *name;
	void (*leaf)(void);
	unsigned deep; /* at least as many steps below the leaf function */
	/* Steps at most of which gcc's tables tell what is not so. */
	unsigned mistold;
	bool tail_call;
} chain_cases[] = {
	{ "chain: a function", in_itself, 0, 0, false },
	{ "chain: string functions", in_strings, 20, 0, false },
	{ "chain: printf", in_printf, 1000, 0, false },
	{ "chain: a callback of qsort", in_a_callback, 500, 0, false },
	{ "chain: malloc", in_malloc, 100, 0, false },
	{ "chain: mathematics", in_mathematics, 50, 0, false },
	{ "chain: lazy binding", in_lazy_binding, 4, 0, false },
	{ "chain: vdso", in_vdso, 20, 0, false },
	{ "chain: system calls", in_system_calls, 10, 0, false },
	{ "chain: alloca", in_alloca, 400, 0, false },
	{ "chain: recursion", in_recursion, 300, 0, false },
	{ "chain: a tail call", in_a_tail_call, 100, 0, true },
	{ "chain: a realigned frame", in_a_realigned_frame, 200, 2, false },
	{ "chain: a handler", in_a_handler, 400, 0, false },
	{ "chain: a handler on its own stack", in_a_handler_elsewhere, 400, 0,
	  false },
};

static void test_chain(void **state)
{
	const struct chain_case *c = *state;

	steps = deep = wrong = 0;
	mistold = c->mistold;
	calls = !c->tail_call;
	outer(c->leaf);
	if (wrong)
		print_error("%u of %u: %s", wrong, steps, what);
	assert_int_equal(wrong, 0);
	assert_true(deep >= c->deep);
}

IN(chain_leaf) static size_t stack_here(uintptr_t *pcs, size_t max, bool *cut)
{
	size_t n = mp_unwind_here(pcs, max, cut);

	STAY;
	return n;
}

static void test_here_begins_with_the_caller(void **state)
{
	uintptr_t pcs[MP_UNWIND_MAX];
	bool cut = true;
	size_t n = stack_here(pcs, MP_UNWIND_MAX, &cut);

	(void)state;
	assert_false(cut);
	assert_in_range(n, 4, MP_UNWIND_MAX);
	assert_true(INSIDE(pcs[0], chain_leaf));
	assert_false(INSIDE(pcs[1], chain_leaf));
}

static void test_more_than_there_is_room_for_is_cut(void **state)
{
	uintptr_t pcs[MP_UNWIND_MAX];
	bool cut = true;
	size_t n = stack_here(pcs, MP_UNWIND_MAX, &cut);

	(void)state;
	assert_int_equal(stack_here(pcs, n, &cut), n);
	assert_false(cut);
	assert_int_equal(stack_here(pcs, n - 1, &cut), n - 1);
	assert_true(cut);
	assert_int_equal(stack_here(pcs, 1, &cut), 1);
	assert_true(cut);
	assert_true(INSIDE(pcs[0], chain_leaf));
}

static ucontext_t fiber, back;
static uintptr_t in_fiber[MP_UNWIND_MAX];
static volatile size_t in_fiber_n;

static void sample(int signo, siginfo_t *info, void *ucontext)
{
	bool cut;

	(void)signo;
	(void)info;
	in_fiber_n = mp_unwind_signal(ucontext, bounds, in_fiber, MP_UNWIND_MAX,
				      &cut);
}

IN(chain_leaf) static void in_a_fiber(void)
{
	raise(SIGUSR2);
	STAY;
}

/* How many of its frames were found. */
static size_t frames_of_fiber(void)
{
	size_t found = 0;

	for (size_t i = 0; i < in_fiber_n; i++)
		found += INSIDE(in_fiber[i], chain_leaf);
	return found;
}

static void test_stacks_of_fibers_are_felt_for(void **state)
{
	struct sigaction action = { .sa_sigaction = sample,
				    .sa_flags = SA_SIGINFO };
	const size_t size = 65536;
	char *stack = mmap(NULL, size, PROT_READ | PROT_WRITE,
			   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	(void)state;
	assert_ptr_not_equal(stack, MAP_FAILED);
	sigaction(SIGUSR2, &action, NULL);
	getcontext(&fiber);
	fiber.uc_stack.ss_sp = stack;
	fiber.uc_stack.ss_size = size;
	fiber.uc_link = &back;
	makecontext(&fiber, in_a_fiber, 0);
	assert_int_equal(swapcontext(&back, &fiber), 0);
	assert_int_equal(frames_of_fiber(), 1);
	munmap(stack, size);
}

static int set_up(void **state)
{
	struct sigaction action = { .sa_sigaction = step,
				    .sa_flags = SA_SIGINFO };
	void *here[1];

	(void)state;
	/* It loads libgcc when it is first called. */
	backtrace(here, 1);
	mp_unwind_refresh();
	return mp_unwind_bounds(&bounds) || sigaction(SIGTRAP, &action, NULL);
}

int main(void)
{
	enum { PLAIN = 3 };
	struct CMUnitTest tests[PLAIN + ARRAY_SIZE(chain_cases)] = {
		cmocka_unit_test(test_here_begins_with_the_caller),
		cmocka_unit_test(test_more_than_there_is_room_for_is_cut),
		cmocka_unit_test(test_stacks_of_fibers_are_felt_for),
	};
	const char *sanitize = getenv("MEMPROF_TEST_SANITIZE");

	if (sanitize && strstr(sanitize, "thread")) {
		puts("skipped: this sanitizer keeps signals for later");
		return 77;
	}
	for (size_t i = 0; i < ARRAY_SIZE(chain_cases); i++)
		tests[PLAIN + i] = (struct CMUnitTest){
			.name = chain_cases[i].name,
			.test_func = test_chain,
			.initial_state = &chain_cases[i],
		};
	return cmocka_run_group_tests_name("unwind", tests, set_up, NULL);
}
