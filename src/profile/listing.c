#include "profile/listing.h"

#include <errno.h>
#include <sys/syscall.h>
#include <unistd.h>

int mp_listing_begin(struct mp_listing *l, int fd)
{
	l->fd = fd;
	l->len = 0;
	l->at = 0;
	return lseek(fd, 0, SEEK_SET) ? -errno : 0;
}

const char *mp_listing_next(struct mp_listing *l)
{
	const struct dirent64 *e;

	if (l->at >= l->len) {
		l->at = 0;
		l->len = syscall(SYS_getdents64, l->fd, l->buffer,
				 sizeof(l->buffer));
		if (l->len <= 0)
			return NULL;
	}
	e = (const void *)(l->buffer + l->at);
	l->at += e->d_reclen;
	return e->d_name;
}
