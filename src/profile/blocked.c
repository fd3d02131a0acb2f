#include "profile/blocked.h"

#include "core/clock.h"
#include "core/sys.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

static int open_file_of(pid_t tid, const char *name)
{
	char path[64];
	int fd;

	snprintf(path, sizeof(path), "/proc/self/task/%d/%s", (int)tid, name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	return fd < 0 ? -errno : mp_sys_move_up(fd);
}

int mp_blocked_open(pid_t tid)
{
	return open_file_of(tid, "syscall");
}

int mp_blocked_open_queued(pid_t tid)
{
	return open_file_of(tid, "schedstat");
}

const char *mp_blocked_why(int err)
{
	switch (-err) {
	case EACCES:
	case EPERM:
		return "the process may not look at its own threads: it is not "
		       "dumpable, as after setuid";
	case ENOENT:
		return "/proc does not show the threads of the process";
	case EMFILE:
	case ENFILE:
		return "there are too many open files";
	default:
		return "the kernel does not tell where threads wait";
	}
}

/* One field: blanks, then digits of the base, which may begin with `0x`. */
static const char *skip_field(const char *at, const char *end, uint64_t *ret)
{
	const char *begin;
	uint64_t value = 0;

	while (at < end && *at == ' ')
		at++;
	if (end - at < 3 || at[0] != '0' || at[1] != 'x')
		return NULL;
	begin = at += 2;
	for (; at < end && *at != ' ' && *at != '\n'; at++) {
		unsigned digit;

		if (*at >= '0' && *at <= '9')
			digit = (unsigned)(*at - '0');
		else if (*at >= 'a' && *at <= 'f')
			digit = (unsigned)(*at - 'a') + 10;
		else
			return NULL;
		if (value >> 60)
			return NULL;
		value = value << 4 | digit;
	}
	if (at == begin)
		return NULL;
	*ret = value;
	return at;
}

/*
 * `NUMBER 0x.. (six arguments) 0xSP 0xPC`, or `-1 0xSP 0xPC` where it is
 * blocked outside of a system call, as in a page fault.
 */
static int parse(struct mp_blocked *b)
{
	const char *at = b->text, *end = b->text + b->len;
	uint64_t fields[8] = { 0 };
	size_t count = 8;

	if (end - at > 3 && !memcmp(at, "-1 ", 3)) {
		count = 2;
		at += 2;
	} else {
		if (at == end || *at < '0' || *at > '9')
			return -EPROTO;
		while (at < end && *at >= '0' && *at <= '9')
			at++;
	}
	for (size_t i = 0; i < count; i++) {
		at = skip_field(at, end, &fields[i]);
		if (!at)
			return -EPROTO;
	}
	if (end - at != 1 || *at != '\n')
		return -EPROTO;
	b->sp = (uintptr_t)fields[count - 2];
	b->pc = (uintptr_t)fields[count - 1];
	return 1;
}

int mp_blocked_read(int fd, struct mp_blocked *ret)
{
	static const char running[] = "running\n";
	ssize_t n = mp_sys_pread(fd, ret->text, sizeof(ret->text), 0);

	if (n < 0)
		return (int)n;
	ret->len = (size_t)n;
	if (ret->len == sizeof(running) - 1 &&
	    !memcmp(ret->text, running, ret->len))
		return 0;
	return parse(ret);
}

bool mp_blocked_same(const struct mp_blocked *a, const struct mp_blocked *b)
{
	return a->len == b->len && !memcmp(a->text, b->text, a->len);
}

/* `RAN_NS WAITED_NS TIMES`. */
int64_t mp_blocked_queued_ns(int fd)
{
	char text[64];
	ssize_t n = mp_sys_pread(fd, text, sizeof(text), 0);
	const char *blank;
	int64_t ns = 0;

	if (n < 0)
		return n;
	blank = memchr(text, ' ', (size_t)n);
	if (!blank)
		return -EPROTO;
	for (const char *p = blank + 1;; p++) {
		if (p == text + n || (*p == ' ' && p == blank + 1))
			return -EPROTO;
		if (*p == ' ')
			return ns;
		if (*p < '0' || *p > '9' ||
		    __builtin_mul_overflow(ns, 10, &ns) ||
		    __builtin_add_overflow(ns, *p - '0', &ns))
			return -EPROTO;
	}
}

int64_t mp_blocked_cpu_ns(pid_t tid)
{
	/* How the kernel names the CPU clock of a thread; glibc's
	   pthread_getcpuclockid(3) does the same, from a pthread_t. */
	clockid_t clock = (clockid_t)(~(unsigned)tid << 3 | 6);
	struct timespec t;

	if (clock_gettime(clock, &t))
		return -errno;
	return t.tv_sec * MP_NS_PER_S + t.tv_nsec;
}
