#include "profile/profiledir.h"

#include "core/clock.h"
#include "core/process.h"
#include "profile/format.h"
#include "profile/profilename.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdbool.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Files that one reading of the folder takes into account. */
#define FILES_MAX (size_t)(1 << 20)

/* Seconds after which a temporary file is nobody's any more. */
#define TEMPORARY_AGE_S 600

/* ---- the folder's entries, for opendir(3) allocates ---- */

struct listing {
	int fd;
	long len, at; /* bytes in the buffer, and how many were told */
	_Alignas(struct dirent64) char buffer[4096];
};

/* Null behind the last one, and where it can't be read. */
static const char *next_name(struct listing *l)
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

/* ---- what is there ---- */

struct file {
	uint64_t when, bytes;
};

struct files {
	struct file *list; /* room for FILES_MAX */
	size_t count;
	uint64_t bytes;
};

/* Another user's file is not ours, whatever it is called. */
static bool is_ours(int dir, const char *name, struct stat *ret)
{
	return !fstatat(dir, name, ret, AT_SYMLINK_NOFOLLOW) &&
	       S_ISREG(ret->st_mode) && ret->st_uid == geteuid();
}

static void remove_stale(int dir, const char *name)
{
	struct stat st;

	if (is_ours(dir, name, &st) &&
	    mp_clock_real_us() / 1000000 - st.st_mtim.tv_sec > TEMPORARY_AGE_S)
		unlinkat(dir, name, 0);
}

static void read_files(int dir, struct files *ret)
{
	struct listing l = { .fd = dir };
	const char *name;

	while ((name = next_name(&l))) {
		struct stat st;
		uint64_t when;

		if (mp_profilename_is_temporary(name))
			remove_stale(dir, name);
		if (!mp_profilename_parse(name, &when) ||
		    !is_ours(dir, name, &st) || ret->count == FILES_MAX)
			continue;
		ret->list[ret->count++] =
			(struct file){ when, (uint64_t)st.st_size };
		ret->bytes += (uint64_t)st.st_size;
	}
}

/* ---- what goes ---- */

struct bounds {
	uint64_t files, bytes;
};

static uint64_t smaller(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

static bool is_over(const struct files *f, struct bounds b)
{
	return f->count > b.files || f->bytes > b.bytes;
}

/* The files that are as late as `when` or later, without their list. */
static struct files from(const struct files *all, uint64_t when)
{
	struct files ret = { .count = 0 };

	for (size_t i = 0; i < all->count; i++)
		if (all->list[i].when >= when) {
			ret.count++;
			ret.bytes += all->list[i].bytes;
		}
	return ret;
}

/*
 * The latest time from which on there are more files than `keep`, which there
 * are from the first.  A search by halves wants no order; sorting would want
 * memory, or more code.
 */
static uint64_t find_cut(const struct files *all, struct bounds keep)
{
	uint64_t low = 0, high = UINT64_MAX;

	while (high - low > 1) {
		uint64_t middle = low + (high - low) / 2;
		struct files rest = from(all, middle);

		if (is_over(&rest, keep))
			low = middle;
		else
			high = middle;
	}
	return low;
}

/* What is before the cut goes, and at the cut as much as must. */
static void remove_oldest(int dir, struct files *all, struct bounds keep)
{
	struct listing l = { .fd = dir };
	uint64_t cut = find_cut(all, keep);
	struct files rest = from(all, cut);
	const char *name;

	if (lseek(dir, 0, SEEK_SET))
		return;
	while ((name = next_name(&l))) {
		struct stat st;
		uint64_t when;

		if (!mp_profilename_parse(name, &when) || when > cut ||
		    (when == cut && !is_over(&rest, keep)) ||
		    !is_ours(dir, name, &st))
			continue;
		/* Or another process has done it. */
		unlinkat(dir, name, 0);
		if (when == cut) {
			rest.count -= rest.count > 0;
			rest.bytes -= smaller(rest.bytes, (uint64_t)st.st_size);
		}
	}
	all->count = rest.count;
	all->bytes = rest.bytes;
}

/*
 * Set how much may be written before it is read again.  `before` is what stood
 * there when this reading began: what was written since is taken off again, for
 * it may not have been seen.
 */
static void set_left(_Atomic int64_t *left, int64_t before, uint64_t max,
		     uint64_t there)
{
	uint64_t next = smaller(max > there ? max - there : 0, max / 10);

	atomic_fetch_add(left, (int64_t)smaller(next, INT64_MAX / 2) - before);
}

static void prune(struct mp_profiledir *d, int dir, struct files *all)
{
	struct bounds max = { d->max_files, d->max_bytes };
	struct bounds keep = { max.files - max.files / 10,
			       max.bytes - max.bytes / 10 };
	int64_t files_left = atomic_load(&d->files_left);
	int64_t bytes_left = atomic_load(&d->bytes_left);

	read_files(dir, all);
	if (is_over(all, max))
		remove_oldest(dir, all, keep);
	set_left(&d->files_left, files_left, max.files, all->count);
	set_left(&d->bytes_left, bytes_left, max.bytes, all->bytes);
}

static void read_and_prune(struct mp_profiledir *d)
{
	const size_t size = FILES_MAX * sizeof(struct file);
	struct files all = { .count = 0 };
	int dir = open(d->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (dir < 0)
		return;
	/* What is not used is not touched. */
	all.list = mmap(NULL, size, PROT_READ | PROT_WRITE,
			MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (all.list != MAP_FAILED) {
		prune(d, dir, &all);
		munmap(all.list, size);
	}
	close(dir);
}

/* A parent's thread may have been reading when this process was forked. */
static bool begin_to_read(struct mp_profiledir *d)
{
	int32_t self = (int32_t)getpid();
	int32_t reader = atomic_load(&d->reader);

	return reader != self &&
	       atomic_compare_exchange_strong(&d->reader, &reader, self);
}

/* ---- the files ---- */

int mp_profiledir_init(struct mp_profiledir *d, const char *path,
		       uint64_t max_files, uint64_t max_bytes)
{
	size_t len = strlen(path);

	if (len + 1 + MP_NEWFILE_NAME_MAX > sizeof(d->path))
		return -ENAMETOOLONG;
	memcpy(d->path, path, len + 1);
	d->max_files = max_files;
	d->max_bytes = max_bytes;
	atomic_store(&d->files_left, 0);
	atomic_store(&d->bytes_left, 0);
	atomic_store(&d->reader, 0);
	return 0;
}

/* There is room: see mp_profiledir_init(). */
static void join(const char *dir, const char *name, char *ret)
{
	size_t len = strlen(dir);

	memcpy(ret, dir, len);
	ret[len] = '/';
	strcpy(ret + len + 1, name);
}

static int write_file(const struct mp_profiledir *d,
		      const struct mp_rawfile *what, uint64_t *ret_bytes,
		      char *ret_path)
{
	char stem[MP_PROFILENAME_MAX], name[MP_NEWFILE_NAME_MAX];
	struct mp_newfile f;
	int err;

	err = mp_newfile_open(d->path, &f);
	if (err)
		return err;
	err = mp_rawfile_put(&f, what, d->max_bytes, ret_bytes);
	if (err) {
		mp_newfile_abandon(&f);
		return err;
	}
	mp_profilename_make(what->began_us, what->log, stem);
	err = mp_newfile_name(&f, stem, MP_FORMAT_SUFFIX, name);
	if (!err)
		join(d->path, name, ret_path);
	return err;
}

static int write_and_prune(struct mp_profiledir *d,
			   const struct mp_rawfile *what, char *ret_path)
{
	uint64_t bytes;
	int64_t files_left, bytes_left;
	int err = write_file(d, what, &bytes, ret_path);

	if (err)
		return err;
	files_left = atomic_fetch_sub(&d->files_left, 1) - 1;
	bytes_left = atomic_fetch_sub(&d->bytes_left, (int64_t)bytes) -
		     (int64_t)bytes;
	if ((files_left < 0 || bytes_left < 0) && begin_to_read(d)) {
		read_and_prune(d);
		atomic_store(&d->reader, 0);
	}
	return 0;
}

int mp_profiledir_write(struct mp_profiledir *d, const struct mp_rawfile *what,
			char *ret_path)
{
	int before = errno, cancel, err;

	pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &cancel);
	err = write_and_prune(d, what, ret_path);
	pthread_setcancelstate(cancel, NULL);
	errno = before;
	return err;
}
