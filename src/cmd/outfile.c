#include "cmd/outfile.h"

#include "cmd/cmd.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int say(const struct mp_outfile *f, int err)
{
	mp_cmd_say("%s: %s", f->name, strerror(-err));
	return err;
}

/* The mode of the file that is replaced, or of a new one. */
static mode_t mode_for(const struct stat *old)
{
	mode_t mask;

	if (old)
		return old->st_mode & 0777;
	mask = umask(0);
	umask(mask);
	return 0666 & ~mask;
}

static int open_beside(struct mp_outfile *f, const struct stat *old)
{
	int fd, n = snprintf(f->part, sizeof(f->part), "%s.XXXXXX", f->path);

	if (n < 0 || (size_t)n >= sizeof(f->part))
		return -ENAMETOOLONG;
	fd = mkostemp(f->part, O_CLOEXEC);
	if (fd < 0)
		return -errno;
	f->beside = true;
	fchmod(fd, mode_for(old));
	return fd;
}

/* What is there and is no file is not to be replaced: a pipe, a device, or a
   link that leads nowhere. */
static int open_path(struct mp_outfile *f)
{
	struct stat old;

	if (!stat(f->name, &old)) {
		if (!S_ISREG(old.st_mode)) {
			int fd = open(f->name, O_WRONLY | O_CLOEXEC | O_NOCTTY);

			return fd < 0 ? -errno : fd;
		}
		return realpath(f->name, f->path) ? open_beside(f, &old)
						  : -errno;
	}
	if (errno != ENOENT || !lstat(f->name, &old))
		return -errno;
	if (strlen(f->name) >= sizeof(f->path))
		return -ENAMETOOLONG;
	strcpy(f->path, f->name);
	return open_beside(f, NULL);
}

int mp_outfile_open(struct mp_outfile *f, const char *path)
{
	int err, fd;

	*f = (struct mp_outfile){ .file = stdout, .name = path };
	if (!path)
		return 0;
	fd = open_path(f);
	if (fd < 0)
		return say(f, fd);
	f->file = fdopen(fd, "w");
	if (f->file)
		return 0;
	err = -errno;
	close(fd);
	if (f->beside)
		unlink(f->part);
	return say(f, err);
}

int mp_outfile_close(struct mp_outfile *f, bool keep)
{
	int err = 0;

	/* main() looks after stdout. */
	if (!f->name)
		return 0;
	errno = 0;
	if (fflush(f->file) || ferror(f->file))
		err = errno ? -errno : -EIO;
	if (fclose(f->file) && !err)
		err = -errno;
	if (f->beside && keep && !err && rename(f->part, f->path))
		err = -errno;
	if (f->beside && (!keep || err))
		unlink(f->part);
	return err ? say(f, err) : 0;
}
