/* The part of log.h that looks after the file: renamed, full, emptied, lost. */

#include "core/clock.h"
#include "core/log.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#define CHECK_EVERY_NS	MP_NS_PER_S
#define RETRY_NS	(MP_NS_PER_S / 1000)
#define HEADER_PATIENCE MP_NS_PER_S

/* A finite RLIMIT_FSIZE kills who writes past it. */
static bool is_limited(void)
{
	struct rlimit limit;

	return !getrlimit(RLIMIT_FSIZE, &limit) &&
	       limit.rlim_cur != RLIM_INFINITY;
}

/*
 * Other processes write, too, and rotate: we look again after an eighth of the
 * bound of our own, so that the log grows beyond it by no more than that for
 * each process.
 */
static void learn_size(struct mp_log *l)
{
	struct stat st;
	uint64_t size, at;

	if (!l->max_size || fstat(l->file.fd, &st))
		return;
	size = (uint64_t)st.st_size;
	at = size + l->max_size / 8;
	if (size < l->max_size && at > l->max_size)
		at = l->max_size;
	atomic_store_explicit(&l->size, size, memory_order_relaxed);
	atomic_store_explicit(&l->check_at, at, memory_order_relaxed);
}

void mp_log_look(struct mp_log *l)
{
	mp_log_set_special(l, MP_LOG_SOCKET, l->file.socket);
	mp_log_set_special(l, MP_LOG_GUARDED,
			   !l->file.socket &&
				   (!l->file.regular || is_limited()));
	learn_size(l);
}

/* Put `file` in the place of the file so far, under the same number where that
   is still ours. */
static void install(struct mp_log *l, const struct mp_logfile *file)
{
	int old = atomic_load(&l->fd);

	if (mp_sys_is(old, l->file.id) && dup3(file->fd, old, O_CLOEXEC) >= 0) {
		close(file->fd);
		l->file = *file;
		l->file.fd = old;
	} else {
		l->file = *file;
		atomic_store(&l->fd, file->fd);
	}
	/* The fragment of a torn line stays behind in the old file. */
	mp_log_set_special(l, MP_LOG_DIRTY | MP_LOG_NO_HEADER, false);
	mp_log_look(l);
	atomic_fetch_add_explicit(&l->reopened, 1, memory_order_relaxed);
}

/*
 * Open the log's name anew and go over to it.  Where another process is about
 * to write the header, we stay with the old file for the moment.
 */
static void reopen(struct mp_log *l, int64_t now_ns)
{
	struct mp_logfile file;
	bool wanted = atomic_exchange(&l->reopen_wanted, false);
	int err = mp_logfile_open(l->path, &file);

	if (err) {
		mp_log_note_error(l, err);
		atomic_fetch_add_explicit(&l->reopen_failed, 1,
					  memory_order_relaxed);
		goto later;
	}
	err = l->header ? mp_logfile_header(&file, l->path) : 0;
	if (err == -EAGAIN || err == -ESTALE) {
		if (!l->header_wanted_ns)
			l->header_wanted_ns = now_ns;
		if (now_ns - l->header_wanted_ns < HEADER_PATIENCE) {
			close(file.fd);
			atomic_store(&l->check_at_ns, now_ns + RETRY_NS);
			goto later;
		}
		atomic_fetch_add_explicit(&l->headerless, 1,
					  memory_order_relaxed);
	}
	l->header_wanted_ns = 0;
	install(l, &file);
	if (err && err != -EAGAIN && err != -ESTALE)
		mp_log_set_special(l, MP_LOG_NO_HEADER, true);
	return;

later:
	if (wanted)
		atomic_store(&l->reopen_wanted, true);
}

static bool name_is_another_file(const struct mp_log *l)
{
	struct stat st;

	if (!l->file.named)
		return false;
	return stat(l->path, &st) || st.st_dev != l->file.id.dev ||
	       st.st_ino != l->file.id.ino;
}

static void rotate_if_full(struct mp_log *l, int64_t now_ns)
{
	int rotated;

	learn_size(l);
	if (!l->max_size || !l->file.named ||
	    atomic_load(&l->size) < l->max_size)
		return;
	rotated = mp_logfile_rotate(&l->file, l->path, l->max_size, l->keep);
	if (rotated == -EAGAIN) {
		/* Somebody else is doing it right now. */
		atomic_store(&l->check_at_ns, now_ns + RETRY_NS);
		return;
	}
	if (rotated < 0) {
		mp_log_note_error(l, rotated);
		atomic_fetch_add_explicit(&l->rotate_failed, 1,
					  memory_order_relaxed);
		return;
	}
	if (rotated)
		atomic_fetch_add_explicit(&l->rotated, 1, memory_order_relaxed);
	reopen(l, now_ns);
}

/* After copytruncate, or `: >log`. */
static void header_if_emptied(struct mp_log *l)
{
	struct stat st;

	if (l->header && l->file.regular && !fstat(l->file.fd, &st) &&
	    st.st_size == 0 && mp_logfile_header(&l->file, l->path) != 0)
		mp_log_set_special(l, MP_LOG_NO_HEADER, true);
}

void mp_log_check(struct mp_log *l, int64_t now_ns)
{
	int cancel;

	if (atomic_flag_test_and_set_explicit(&l->check_busy,
					      memory_order_acquire))
		return;
	/* open(2) and close(2) are cancellation points. */
	pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &cancel);
	atomic_store(&l->check_at_ns, now_ns + CHECK_EVERY_NS);

	/* What the host has put under our number gets no line more of ours. */
	if (!mp_sys_is(l->file.fd, l->file.id))
		atomic_store(&l->fd, -1);
	if (atomic_load(&l->reopen_wanted) || atomic_load(&l->fd) < 0 ||
	    name_is_another_file(l))
		reopen(l, now_ns);
	else
		header_if_emptied(l);
	rotate_if_full(l, now_ns);
	mp_log_look(l);

	pthread_setcancelstate(cancel, NULL);
	atomic_flag_clear_explicit(&l->check_busy, memory_order_release);
}
