#ifndef MP_RENDER_H
#define MP_RENDER_H

/*
 * render: runs a program for what it prints, and waits for it, not for long.
 *
 * The program inherits nothing of the host but its working directory, limits
 * and a few variables: no descriptor, no signal mask, no ignored signal.  It
 * is reaped by its own pid, so no other child of the host's is.
 *
 * Where the host ignores SIGCHLD, or reaps all children by itself, the
 * program's exit status is lost: then what it printed is taken for good,
 * unless that is nothing.  A handler of SIGCHLD in the host is called for the
 * program, too, as it is for popen(3).
 */

#include "profile/newfile.h"

#include <limits.h>
#include <stddef.h>
#include <stdint.h>

#define MP_RENDER_PASSED 4 /* variables that it is given */

/*
 * Run `argv[0]`, which is looked for in PATH, and store what it prints in
 * `ret`, at most `size` bytes, and their number in `*ret_len`; its input and
 * its errors are /dev/null.  The calling thread waits, `timeout_ns` at most,
 * and then kills it.
 *
 * Fails with -ETIMEDOUT; with -EFBIG where it prints more; with -EIO where it
 * fails, or prints nothing; with -EPERM in a setuid program, whose PATH is a
 * stranger's; with -ENOSYS before Linux 5.4; and as posix_spawnp(3) and
 * pipe(2).
 */
int mp_render_run(char *const argv[], int64_t timeout_ns, char *ret,
		  size_t size, size_t *ret_len);

/* ---- at a moment that the host knows nothing of ---- */

/* The variables that a program is given are at most so many bytes. */
#define MP_RENDER_ENVIRONMENT_MAX 8192

/* A program by its path, and its environment. */
struct mp_render_program {
	char path[PATH_MAX];
	char *environment[MP_RENDER_PASSED + 2];
	char text[MP_RENDER_ENVIRONMENT_MAX];
};

/*
 * Look for the program `name` in the absolute folders of PATH, and copy what it
 * is given of the environment, which may be read only when the host does not
 * change it.  `*ret` points into itself.  Fails with -ENOENT, with -E2BIG where
 * the variables are too long, and with -EPERM in a setuid program.
 */
int mp_render_find(const char *name, struct mp_render_program *ret);

/*
 * Run a program that was found, with these arguments, as mp_render_run() does,
 * and add what it prints to `to`, at most `max_bytes`.  No cancellation point.
 * Fails as that, and as write(2).
 */
int mp_render_to(const struct mp_render_program *program, char *const argv[],
		 int64_t timeout_ns, const struct mp_newfile *to,
		 uint64_t max_bytes, uint64_t *ret_bytes);

#endif
