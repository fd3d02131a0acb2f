#include "profile/eye.h"

#include <errno.h>
#include <pthread.h>
#include <sys/stat.h>
#include <unistd.h>

void mp_eye_shut(struct mp_eye *e)
{
	if (e->tid && mp_sys_is(e->fd, e->id))
		close(e->fd);
	e->tid = 0;
}

static int turn_to(struct mp_eye *e, pid_t tid, int (*open_file)(pid_t))
{
	struct stat st;
	int fd;

	mp_eye_shut(e);
	fd = open_file(tid);
	if (fd < 0)
		return fd;
	if (fstat(fd, &st)) {
		close(fd);
		return -EIO;
	}
	*e = (struct mp_eye){ tid, fd, { st.st_dev, st.st_ino } };
	return 0;
}

int mp_eye_look(struct mp_eye *e, pid_t tid, struct mp_blocked *ret)
{
	int err;

	if (e->tid == tid && mp_sys_is(e->fd, e->id)) {
		err = mp_blocked_read(e->fd, ret);
		/* Its number may be another thread's by now. */
		if (err != -ESRCH)
			return err;
	}
	err = turn_to(e, tid, mp_blocked_open);
	return err ? err : mp_blocked_read(e->fd, ret);
}

static int64_t read_queued(struct mp_eye *e, pid_t tid)
{
	int64_t ns = -ESRCH;
	int err;

	if (e->tid == tid && mp_sys_is(e->fd, e->id))
		ns = mp_blocked_queued_ns(e->fd);
	if (ns != -ESRCH)
		return ns;
	err = turn_to(e, tid, mp_blocked_open_queued);
	return err ? err : mp_blocked_queued_ns(e->fd);
}

int64_t mp_eye_queued_ns(struct mp_eye *e, pid_t tid)
{
	int before = errno, cancel;
	int64_t ns;

	pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &cancel);
	ns = read_queued(e, tid);
	pthread_setcancelstate(cancel, NULL);
	errno = before;
	return ns;
}
