#include "core/sys.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

ssize_t mp_sys_write(int fd, const void *data, size_t len)
{
	ssize_t n = syscall(SYS_write, fd, data, len);

	return n < 0 ? -errno : n;
}

ssize_t mp_sys_pread(int fd, void *ret, size_t len, off_t offset)
{
	ssize_t n = syscall(SYS_pread64, fd, ret, len, offset);

	return n < 0 ? -errno : n;
}

ssize_t mp_sys_send(int fd, const void *data, size_t len)
{
	ssize_t n = syscall(SYS_sendto, fd, data, len,
			    MSG_DONTWAIT | MSG_NOSIGNAL, NULL, 0);

	return n < 0 ? -errno : n;
}

int mp_sys_move_up(int fd)
{
	int high = fcntl(fd, F_DUPFD_CLOEXEC, MP_SYS_FD_MIN);

	if (high < 0)
		return fd;
	close(fd);
	return high;
}

bool mp_sys_is(int fd, struct mp_sys_id id)
{
	struct stat st;

	return fd >= 0 && !fstat(fd, &st) && st.st_dev == id.dev &&
	       st.st_ino == id.ino;
}
