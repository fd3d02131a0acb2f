#include "core/recorders.h"

#include "core/procstat.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

int mp_recorders_open(const char *dir, struct mp_recorders *ret)
{
	DIR *d = opendir(dir);

	if (!d)
		return -errno;
	ret->dir = d;
	return 0;
}

void mp_recorders_close(struct mp_recorders *r)
{
	closedir(r->dir);
}

/* Whether `name` is written as a recorder's is. */
static bool is_name(const char *name, int32_t *ret_pid)
{
	char same[MP_RECORDER_NAME_MAX];
	uint64_t opened_ms;
	uint32_t uid, random;

	if (sscanf(name,
		   MP_RECORDER_PREFIX "%" SCNu32 "-%" SCNd32 "-%" SCNu64
				      "-%" SCNx32,
		   &uid, ret_pid, &opened_ms, &random) != 4 ||
	    *ret_pid <= 0)
		return false;
	snprintf(same, sizeof(same), MP_RECORDER_NAME, uid, *ret_pid, opened_ms,
		 random);
	return !strcmp(name, same);
}

bool mp_recorders_next(struct mp_recorders *r, struct mp_recorders_entry *ret)
{
	struct dirent *d;
	struct stat st;

	while ((d = readdir(r->dir))) {
		if (!is_name(d->d_name, &ret->pid) ||
		    fstatat(dirfd(r->dir), d->d_name, &st, AT_SYMLINK_NOFOLLOW))
			continue;
		strcpy(ret->name, d->d_name);
		ret->id = (struct mp_sys_id){ st.st_dev, st.st_ino };
		ret->owner = st.st_uid;
		ret->group = st.st_gid;
		return true;
	}
	return false;
}

const char *mp_recorders_why_not(const struct stat *st, uint32_t owner)
{
	if (!S_ISREG(st->st_mode))
		return "not a regular file";
	if (st->st_uid != owner)
		return "not its user's file";
	if ((st->st_mode & 07777) != 0600)
		return "its mode is not 0600";
	if (st->st_nlink != 1)
		return st->st_nlink ? "it has several names" : "it is gone";
	return NULL;
}

int mp_recorders_open_file(const struct mp_recorders *r,
			   const struct mp_recorders_entry *entry, int access,
			   uint32_t owner)
{
	int fd =
		openat(dirfd(r->dir), entry->name,
		       access | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	struct stat st;
	int err;

	if (fd < 0 && errno == ELOOP)
		return -EPERM;
	if (fd < 0)
		return errno == ENOENT ? -ESTALE : -errno;
	if (fstat(fd, &st))
		err = -errno;
	else if (st.st_dev != entry->id.dev || st.st_ino != entry->id.ino ||
		 st.st_nlink == 0)
		err = -ESTALE;
	else if (mp_recorders_why_not(&st, owner))
		err = -EPERM;
	else
		return fd;
	close(fd);
	return err;
}

bool mp_recorders_is_alive(int fd, int32_t pid, uint64_t start_ticks,
			   int32_t *ret_holder)
{
	struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
	struct stat st;
	uint64_t ticks;

	*ret_holder = 0;
	if (!fcntl(fd, F_GETLK, &lock) && lock.l_type != F_UNLCK) {
		*ret_holder = lock.l_pid;
		return true;
	}
	if (mp_procstat_start(pid, &ticks) || ticks != start_ticks)
		return false;
	/* It may have become another program, by execve(2). */
	return fstat(fd, &st) || mp_procstat_maps(pid, st.st_dev, st.st_ino);
}
