/*
 * preload_compare: loaded into any program by LD_PRELOAD, it samples the main
 * thread by its CPU time, steps on from there for a few instructions, and at
 * each of them compares our chain with that of glibc's backtrace().
 *
 * Env: COMPARE_OUT, the file that gets a line at the end of each process:
 *	PROGRAM STACKS SAME SHORTER LONGER DIFFERENT DEPTH OURS_NS GLIBC_NS
 * depth and times as means; and lines that begin with `#` of what was not the
 * same.
 */

#include "profile/unwind.h"

#include <dlfcn.h>
#include <errno.h>
#include <execinfo.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <ucontext.h>
#include <unistd.h>

#define TRAP_FLAG  0x100
#define STEPS	   60
#define TICK_NS	   1000000
#define MAX	   MP_UNWIND_MAX
#define KEPT	   4
#define OWN_FRAMES 3 /* compare(), the handler, and what it returns to */

static struct mp_stack_bounds bounds;
static timer_t timer;
static pid_t owner;
static unsigned stepped;
static uint64_t stacks, same, shorter, longer, different, depth;
static int64_t ours_ns, glibc_ns;

static struct kept {
	uintptr_t ours[MAX];
	void *glibc[MAX];
	size_t n, glibc_n;
} kept[KEPT];
static size_t kept_n;

static int64_t now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

static void keep(const uintptr_t *ours, size_t n, void *const *glibc,
		 size_t glibc_n)
{
	struct kept *k = &kept[kept_n];

	if (kept_n == KEPT)
		return;
	kept_n++;
	memcpy(k->ours, ours, n * sizeof(*ours));
	memcpy(k->glibc, glibc, glibc_n * sizeof(*glibc));
	k->n = n;
	k->glibc_n = glibc_n;
}

/* As libgcc has it; see its unwind-dw2-fde.h. */
struct dwarf_eh_bases {
	void *tbase, *dbase, *func;
};
const void *_Unwind_Find_FDE(void *pc, struct dwarf_eh_bases *ret);

/* Whether glibc can go on from here. */
static bool has_table(void *pc)
{
	struct dwarf_eh_bases bases;

	return _Unwind_Find_FDE(pc, &bases) != NULL;
}

__attribute__((noinline)) static void compare(const ucontext_t *uc)
{
	uintptr_t pcs[MAX];
	void *all[MAX + OWN_FRAMES], **other = all + OWN_FRAMES;
	int64_t start = now_ns(), middle, end;
	size_t n, other_n, i = 0;
	bool cut;

	n = mp_unwind_signal(uc, bounds, pcs, MAX, &cut);
	middle = now_ns();
	other_n = (size_t)backtrace(all, MAX + OWN_FRAMES);
	end = now_ns();
	other_n = other_n > OWN_FRAMES ? other_n - OWN_FRAMES : 0;

	while (i < n && i < other_n &&
	       (pcs[i] == (uintptr_t)other[i] ||
		pcs[i] == (uintptr_t)other[i] - 1))
		i++;
	/* Assembler code without a table: we may go on by frame pointers. */
	if (i == other_n && i > 0 && !has_table(other[i - 1]))
		return;
	stacks++;
	depth += n;
	ours_ns += middle - start;
	glibc_ns += end - middle;
	if (i == n && i == other_n) {
		same++;
		return;
	}
	if (i == n)
		shorter++;
	else if (i == other_n)
		longer++;
	else
		different++;
	keep(pcs, n, other, other_n);
}

static void handle(int signo, siginfo_t *info, void *ucontext)
{
	ucontext_t *uc = ucontext;
	int saved_errno = errno;

	(void)info;
	if (getpid() != owner) {
		/* A child that stepped on behind fork(). */
		uc->uc_mcontext.gregs[REG_EFL] &= ~TRAP_FLAG;
		errno = saved_errno;
		return;
	}
	if (signo == SIGPROF)
		stepped = 0;
	compare(uc);
	if (++stepped < STEPS)
		uc->uc_mcontext.gregs[REG_EFL] |= TRAP_FLAG;
	else
		uc->uc_mcontext.gregs[REG_EFL] &= ~TRAP_FLAG;
	errno = saved_errno;
}

__attribute__((constructor)) static void begin(void)
{
	struct sigaction action = { .sa_sigaction = handle,
				    .sa_flags = SA_SIGINFO | SA_RESTART };
	struct sigevent event = { .sigev_notify = SIGEV_THREAD_ID,
				  .sigev_signo = SIGPROF };
	struct itimerspec every = { .it_interval.tv_nsec = TICK_NS,
				    .it_value.tv_nsec = TICK_NS };
	void *here[1];

	if (!getenv("COMPARE_OUT"))
		return;
	/* It loads libgcc when it is first called. */
	backtrace(here, 1);
	mp_unwind_refresh();
	owner = getpid();
	event._sigev_un._tid = owner;
	sigaddset(&action.sa_mask, SIGPROF);
	if (mp_unwind_bounds(&bounds) || sigaction(SIGPROF, &action, NULL) ||
	    sigaction(SIGTRAP, &action, NULL) ||
	    timer_create(CLOCK_THREAD_CPUTIME_ID, &event, &timer) ||
	    timer_settime(timer, 0, &every, NULL))
		owner = 0;
}

static void tell_frame(int fd, uintptr_t ours, uintptr_t glibc)
{
	Dl_info info;
	const char *name = "?", *object = "?";

	if (dladdr((void *)(ours ? ours : glibc), &info)) {
		name = info.dli_sname ? info.dli_sname : "?";
		object = info.dli_fname ? info.dli_fname : "?";
	}
	dprintf(fd, "#\t%lx\t%lx\t%s\t%s\n", ours, glibc, name, object);
}

__attribute__((destructor)) static void end(void)
{
	const char *out = getenv("COMPARE_OUT");
	int fd;

	if (!out || owner != getpid())
		return;
	timer_delete(timer);
	fd = open(out, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
	if (fd < 0)
		return;
	dprintf(fd, "%s %lu %lu %lu %lu %lu %.1f %.0f %.0f\n",
		program_invocation_short_name, stacks, same, shorter, longer,
		different, stacks ? (double)depth / (double)stacks : 0,
		stacks ? (double)ours_ns / (double)stacks : 0,
		stacks ? (double)glibc_ns / (double)stacks : 0);
	for (size_t k = 0; k < kept_n; k++) {
		const struct kept *of = &kept[k];

		dprintf(fd, "# not the same: ours, glibc\n");
		for (size_t i = 0; i < of->n || i < of->glibc_n; i++)
			tell_frame(fd, i < of->n ? of->ours[i] : 0,
				   i < of->glibc_n ? (uintptr_t)of->glibc[i]
						   : 0);
	}
	close(fd);
}
