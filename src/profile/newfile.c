#include "profile/newfile.h"

#include "core/clock.h"
#include "core/logfile.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#define TEMPORARY_TRIES 8
#define NUMBER_MAX	99

/* ---- text, for snprintf(3) may allocate ---- */

static char *put(char *p, const char *s)
{
	size_t len = strlen(s);

	memcpy(p, s, len);
	return p + len;
}

static char *put_number(char *p, uint64_t v, unsigned base)
{
	char digits[20], *end = digits + sizeof(digits), *at = end;

	do
		*--at = "0123456789abcdef"[v % base];
	while (v /= base);
	memcpy(p, at, (size_t)(end - at));
	return p + (end - at);
}

/* ---- the file ---- */

static void make_temporary_name(char *ret)
{
	uint32_t random;

	/* Pids are not unique over containers, nor clocks. */
	if (getrandom(&random, sizeof(random), GRND_NONBLOCK) != sizeof(random))
		random = (uint32_t)mp_clock_mono_ns();
	ret = put(ret, MP_NEWFILE_PREFIX);
	ret = put_number(ret, (uint64_t)getpid(), 10);
	ret = put(ret, "-");
	ret = put_number(ret, random, 16);
	ret = put(ret, MP_NEWFILE_SUFFIX);
	*ret = '\0';
}

static int create(struct mp_newfile *f)
{
	int err = -EEXIST;

	for (int i = 0; i < TEMPORARY_TRIES && err == -EEXIST; i++) {
		make_temporary_name(f->temporary);
		f->fd = openat(f->dir, f->temporary,
			       O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW |
				       O_CLOEXEC,
			       0600);
		err = f->fd < 0 ? -errno : 0;
	}
	return err;
}

int mp_newfile_open_in(int dir, struct mp_newfile *ret)
{
	struct mp_newfile f = { .dir = dir };
	int err = create(&f);

	if (err) {
		close(dir);
		return err;
	}
	/* The host's umask, or an ACL of the folder, must not change it. */
	if (fchmod(f.fd, 0600)) {
		err = -errno;
		mp_newfile_abandon(&f);
		return err;
	}
	*ret = f;
	return 0;
}

int mp_newfile_open(const char *dir, struct mp_newfile *ret)
{
	int fd = open(dir, O_PATH | O_DIRECTORY | O_CLOEXEC);

	return fd < 0 ? -errno : mp_newfile_open_in(fd, ret);
}

int mp_newfile_write(const struct mp_newfile *f, const char *data, size_t len)
{
	while (len > 0) {
		ssize_t n = mp_logfile_write_guarded(f->fd, data, len);

		if (n == -EINTR)
			continue;
		if (n <= 0)
			return n ? (int)n : -ENOSPC;
		data += n;
		len -= (size_t)n;
	}
	return 0;
}

/* Some filesystems find out here that there was no room. */
static int close_file(struct mp_newfile *f)
{
	int err = close(f->fd) && errno != EINTR ? -errno : 0;

	f->fd = -1;
	return err;
}

static int give_name(const struct mp_newfile *f, const char *name)
{
	if (!renameat2(f->dir, f->temporary, f->dir, name, RENAME_NOREPLACE))
		return 0;
	if (errno != EINVAL && errno != ENOSYS)
		return -errno;
	/* A filesystem that can only rename over what is there. */
	if (linkat(f->dir, f->temporary, f->dir, name, 0))
		return -errno;
	unlinkat(f->dir, f->temporary, 0);
	return 0;
}

static int make_name(const char *stem, unsigned number, const char *suffix,
		     char *ret)
{
	if (strlen(stem) + strlen(suffix) + 4 > MP_NEWFILE_NAME_MAX)
		return -ENAMETOOLONG;
	ret = put(ret, stem);
	if (number > 1) {
		ret = put(ret, "-");
		ret = put_number(ret, number, 10);
	}
	ret = put(ret, suffix);
	*ret = '\0';
	return 0;
}

static int give_free_name(const struct mp_newfile *f, const char *stem,
			  const char *suffix, char *ret_name)
{
	int err = -EEXIST;

	for (unsigned number = 1; number <= NUMBER_MAX && err == -EEXIST;
	     number++) {
		err = make_name(stem, number, suffix, ret_name);
		if (!err)
			err = give_name(f, ret_name);
	}
	return err;
}

/* Where it could not be named, nothing is left of it. */
static int finish(struct mp_newfile *f, int err)
{
	if (err)
		mp_newfile_abandon(f);
	else
		close(f->dir);
	return err;
}

int mp_newfile_name(struct mp_newfile *f, const char *stem, const char *suffix,
		    char *ret_name)
{
	int err = close_file(f);

	if (!err)
		err = give_free_name(f, stem, suffix, ret_name);
	return finish(f, err);
}

int mp_newfile_replace(struct mp_newfile *f, const char *name)
{
	int err = close_file(f);

	if (!err && renameat(f->dir, f->temporary, f->dir, name))
		err = -errno;
	return finish(f, err);
}

void mp_newfile_abandon(struct mp_newfile *f)
{
	if (f->fd >= 0)
		close(f->fd);
	unlinkat(f->dir, f->temporary, 0);
	close(f->dir);
}
