#include "profile/render.h"

#include "core/clock.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define NS_PER_MS  1000000
#define DEATH_MS   1000 /* that a killed program is waited for */
#define FIRST_FREE 3	/* descriptors below are the program's own */

#define CHUNK 4096 /* bytes that are read at once for a file */

/* Of the host's environment, what a program needs to start.  Nothing that
   would have it ask the network for symbols. */
static const char *const passed[MP_RENDER_PASSED] = { "PATH", "LD_LIBRARY_PATH",
						      "TMPDIR", "TZ" };

/* As environ(7). */
static void choose_environment(char **ret)
{
	static char locale[] = "LC_ALL=C.UTF-8";
	size_t n = 0;

	for (size_t i = 0; i < MP_RENDER_PASSED; i++) {
		char *value = getenv(passed[i]);

		/* What getenv() returns stands behind its name. */
		if (value)
			ret[n++] = value - strlen(passed[i]) - 1;
	}
	ret[n++] = locale;
	ret[n] = NULL;
}

/* ---- starting ---- */

struct program {
	const char *file; /* looked for in PATH where it has no slash */
	char *const *argv;
	char *const *environment;
};

static int fill_actions(posix_spawn_file_actions_t *actions, int out)
{
	int err;

	err = posix_spawn_file_actions_adddup2(actions, out, STDOUT_FILENO);
	if (!err)
		err = posix_spawn_file_actions_addopen(
			actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
	if (!err)
		err = posix_spawn_file_actions_addopen(
			actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
	if (!err)
		err = posix_spawn_file_actions_addclosefrom_np(actions,
							       FIRST_FREE);
	return err;
}

static int fill_attributes(posix_spawnattr_t *attr)
{
	sigset_t none, all;
	int err;

	sigemptyset(&none);
	sigfillset(&all);
	err = posix_spawnattr_setsigmask(attr, &none);
	if (!err)
		err = posix_spawnattr_setsigdefault(attr, &all);
	if (!err)
		err = posix_spawnattr_setflags(
			attr, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
	return err;
}

static int spawn(const struct program *program, int out, pid_t *ret)
{
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attr;
	int err;

	err = posix_spawn_file_actions_init(&actions);
	if (err)
		return -err;
	err = posix_spawnattr_init(&attr);
	if (err)
		goto destroy_actions;
	err = fill_actions(&actions, out);
	if (!err)
		err = fill_attributes(&attr);
	if (!err)
		err = posix_spawnp(ret, program->file, &actions, &attr,
				   program->argv, program->environment);

	posix_spawnattr_destroy(&attr);
destroy_actions:
	posix_spawn_file_actions_destroy(&actions);
	return -err;
}

/* A pipe whose ends are out of the way of the program's own three. */
static int make_pipe(int ret[2])
{
	int low[2];
	int err = 0;

	if (pipe2(low, O_CLOEXEC))
		return -errno;
	for (int i = 0; i < 2; i++) {
		ret[i] = fcntl(low[i], F_DUPFD_CLOEXEC, FIRST_FREE);
		if (ret[i] < 0)
			err = -errno;
		close(low[i]);
	}
	if (!err)
		return 0;
	for (int i = 0; i < 2; i++)
		if (ret[i] >= 0)
			close(ret[i]);
	return err;
}

static int open_pidfd(pid_t pid)
{
	int fd = (int)syscall(SYS_pidfd_open, pid, 0);

	return fd < 0 ? -errno : fd;
}

/* ---- waiting ---- */

static int left_ms(int64_t deadline_ns)
{
	int64_t left = (deadline_ns - mp_clock_mono_ns()) / NS_PER_MS;

	return left < 0 ? 0 : left > INT_MAX ? INT_MAX : (int)left + 1;
}

/* Wait until `fd` can be read, or is at its end. */
static int wait_for(int fd, int64_t deadline_ns)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };
	int n;

	do {
		if (mp_clock_mono_ns() >= deadline_ns)
			return -ETIMEDOUT;
		n = poll(&p, 1, left_ms(deadline_ns));
	} while (n == 0 || (n < 0 && errno == EINTR));
	return n < 0 ? -errno : 0;
}

/* Where it goes what a program prints. */
struct sink {
	char *room;
	size_t size;		     /* of the room */
	const struct mp_newfile *to; /* what is in the room goes there; or null:
					it stays */
	uint64_t len, max;	     /* bytes so far, and at most */
};

/* Returns how much was read: 0 at the end of the file. */
static ssize_t read_some(int fd, struct sink *s)
{
	bool full = s->len == s->max;
	size_t used = s->to ? 0 : s->len;
	size_t room = s->size - used;
	uint64_t left = s->max - s->len;
	char more;
	ssize_t n;
	int err = 0;

	if (room > left)
		room = (size_t)left;
	n = full ? read(fd, &more, 1) : read(fd, s->room + used, room);
	if (n <= 0)
		return n ? -errno : 0;
	if (full)
		return -EFBIG;
	s->len += (size_t)n;
	if (s->to)
		err = mp_newfile_write(s->to, s->room, (size_t)n);
	return err ? err : n;
}

/* Read up to the end of the file. */
static int read_all(int fd, int64_t deadline_ns, struct sink *s)
{
	ssize_t n;

	do {
		int err = wait_for(fd, deadline_ns);

		if (err)
			return err;
		n = read_some(fd, s);
	} while (n > 0 || n == -EINTR);
	return (int)n;
}

/* Not where the pid is another's by now, since the host reaps by itself. */
static void end_at_once(int pidfd)
{
	siginfo_t info;

	if (waitid(P_PIDFD, (id_t)pidfd, &info, WEXITED | WNOHANG | WNOWAIT))
		return;
	syscall(SYS_pidfd_send_signal, pidfd, SIGKILL, NULL, 0);
	wait_for(pidfd, mp_clock_mono_ns() + DEATH_MS * (int64_t)NS_PER_MS);
}

/* Reap it; whether it ended well, as far as that can be known. */
static bool reap(int pidfd)
{
	siginfo_t info = { .si_pid = 0 };
	int err;

	do
		err = waitid(P_PIDFD, (id_t)pidfd, &info, WEXITED | WNOHANG);
	while (err && errno == EINTR);
	if (err)
		return errno == ECHILD;
	return info.si_pid && info.si_code == CLD_EXITED && !info.si_status;
}

/* Take what the program prints, and have it ended and reaped. */
static int attend(int pidfd, int in, int64_t deadline_ns, struct sink *s)
{
	int err = read_all(in, deadline_ns, s);

	if (!err)
		err = wait_for(pidfd, deadline_ns);
	if (err)
		end_at_once(pidfd);
	if (!reap(pidfd) && !err)
		err = -EIO;
	return err;
}

static int run(const struct program *program, int64_t timeout_ns,
	       struct sink *s)
{
	int64_t deadline_ns = mp_clock_mono_ns() + timeout_ns;
	int ends[2], pidfd, err;
	siginfo_t info;
	pid_t pid;

	err = make_pipe(ends);
	if (err)
		return err;
	err = spawn(program, ends[1], &pid);
	close(ends[1]);
	if (err) {
		close(ends[0]);
		return err;
	}
	pidfd = open_pidfd(pid);
	if (pidfd >= 0)
		err = attend(pidfd, ends[0], deadline_ns, s);
	else if (pidfd == -ESRCH) /* over, and reaped by the host */
		err = read_all(ends[0], deadline_ns, s);
	else
		err = pidfd;
	close(ends[0]);
	if (pidfd >= 0)
		close(pidfd);
	else /* it ends when it finds nobody reading */
		waitid(P_PID, (id_t)pid, &info, WEXITED);
	if (!err && !s->len)
		err = -EIO;
	return err;
}

static int run_if_possible(const struct program *program, int64_t timeout_ns,
			   struct sink *s)
{
	int cancel, err;
	/* Before there is a child that could not be waited for. */
	int probe = open_pidfd(getpid());

	if (probe < 0)
		return probe;
	close(probe);
	pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &cancel);
	err = run(program, timeout_ns, s);
	pthread_setcancelstate(cancel, NULL);
	return err;
}

int mp_render_run(char *const argv[], int64_t timeout_ns, char *ret,
		  size_t size, size_t *ret_len)
{
	char *environment[MP_RENDER_PASSED + 2];
	struct program program = { argv[0], argv, environment };
	struct sink s = { .room = ret, .size = size, .max = size };
	int err;

	*ret_len = 0;
	if (getauxval(AT_SECURE))
		return -EPERM;
	choose_environment(environment);
	err = run_if_possible(&program, timeout_ns, &s);
	if (!err)
		*ret_len = s.len;
	return err;
}

/* ---- at a moment that the host knows nothing of ---- */

static int copy_environment(struct mp_render_program *ret)
{
	char *chosen[MP_RENDER_PASSED + 2];
	size_t used = 0;

	choose_environment(chosen);
	memset(ret->environment, 0, sizeof(ret->environment));
	for (size_t i = 0; chosen[i]; i++) {
		size_t size = strlen(chosen[i]) + 1;

		if (size > sizeof(ret->text) - used)
			return -E2BIG;
		ret->environment[i] = ret->text + used;
		memcpy(ret->text + used, chosen[i], size);
		used += size;
	}
	return 0;
}

/* A relative folder is another one when the host changes its own. */
static bool find_in(const char *dir, size_t len, const char *name, char *ret)
{
	struct stat st;

	if (*dir != '/' || len + 1 + strlen(name) >= PATH_MAX)
		return false;
	memcpy(ret, dir, len);
	ret[len] = '/';
	strcpy(ret + len + 1, name);
	return !stat(ret, &st) && S_ISREG(st.st_mode) && !access(ret, X_OK);
}

int mp_render_find(const char *name, struct mp_render_program *ret)
{
	const char *dir = getenv("PATH");

	if (getauxval(AT_SECURE))
		return -EPERM;
	while (dir && *dir) {
		size_t len = strcspn(dir, ":");

		if (find_in(dir, len, name, ret->path))
			return copy_environment(ret);
		dir += len + (dir[len] == ':');
	}
	return -ENOENT;
}

int mp_render_to(const struct mp_render_program *program, char *const argv[],
		 int64_t timeout_ns, const struct mp_newfile *to,
		 uint64_t max_bytes, uint64_t *ret_bytes)
{
	struct program p = { program->path, argv, program->environment };
	char room[CHUNK];
	struct sink s = {
		.room = room, .size = CHUNK, .to = to, .max = max_bytes
	};
	int err = run_if_possible(&p, timeout_ns, &s);

	if (!err)
		*ret_bytes = s.len;
	return err;
}
