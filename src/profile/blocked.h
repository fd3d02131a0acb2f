#ifndef MP_BLOCKED_H
#define MP_BLOCKED_H

/*
 * blocked: where a thread of this process is waiting, and how long it waited for
 * a CPU, seen from another one.
 *
 * The kernel tells it in /proc/self/task/TID/syscall, see
 * proc_pid_syscall(5); the thread itself is not touched, so no call of the
 * host's is cut short.  A thread that runs, or could, tells nothing.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* The longest line: a call's number and eight times `0x` and 16 digits. */
#define MP_BLOCKED_MAX 192

struct mp_blocked {
	uintptr_t pc, sp;
	size_t len; /* of `text` */
	char text[MP_BLOCKED_MAX];
};

/*
 * Open what tells of a thread, and return the descriptor; it stays usable
 * until the thread has ended.  Fails as open(2) does: with -EACCES in a
 * process that is not dumpable, with -ENOENT where /proc is not to be seen.
 */
int mp_blocked_open(pid_t tid);

/* Why mp_blocked_open() failed, in words for the user. */
const char *mp_blocked_why(int err);

/*
 * Whether the thread is blocked: 1, with where in `*ret`, or 0.  Fails with
 * -ESRCH where it has ended, with -EPROTO for a line that is no such, and as
 * pread(2) does.
 */
int mp_blocked_read(int fd, struct mp_blocked *ret);

/* Whether two readings tell of the same call, with the same arguments, from
   the same place. */
bool mp_blocked_same(const struct mp_blocked *a, const struct mp_blocked *b);

/*
 * The same for what tells how long a thread was ready to run while no CPU was
 * free, since it began: nanoseconds, without the wait that goes on.  Not known,
 * and so a negative errno value, of kernels that don't count it.
 */
int mp_blocked_open_queued(pid_t tid);
int64_t mp_blocked_queued_ns(int fd);

/* How long a thread of this process has run, by its CPU clock; negative errno
   where it has ended. */
int64_t mp_blocked_cpu_ns(pid_t tid);

#endif
