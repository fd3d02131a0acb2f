#include "profile/eye.h"

#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

void mp_eye_shut(struct mp_eye *e)
{
	if (e->tid && mp_sys_is(e->fd, e->id))
		close(e->fd);
	e->tid = 0;
}

static int turn_to(struct mp_eye *e, pid_t tid)
{
	struct stat st;
	int fd;

	mp_eye_shut(e);
	fd = mp_blocked_open(tid);
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
	err = turn_to(e, tid);
	return err ? err : mp_blocked_read(e->fd, ret);
}
