#include "core/recorder.h"

#include "core/process.h"
#include "core/procstat.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#define NAME_TRIES 8

static size_t round_up(uint64_t size)
{
	uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE);

	return (size_t)((size + page - 1) / page * page);
}

/* ---- the mapping ---- */

static int map_anonymous(const struct mp_recorder_file *f)
{
	void *at = mmap(f->at, f->room, PROT_READ | PROT_WRITE,
			MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);

	return at == MAP_FAILED ? -errno : 0;
}

/* All of it is touched: its pages are nobody's request's. */
static int map_file(const struct mp_recorder_file *f, int fd, uint64_t size)
{
	void *at = mmap(f->at, (size_t)size, PROT_READ | PROT_WRITE,
			MAP_SHARED | MAP_FIXED | MAP_POPULATE, fd, 0);

	return at == MAP_FAILED ? -errno : 0;
}

int mp_recorder_reserve(struct mp_recorder_file *f, uint32_t slot_count)
{
	size_t room = round_up(mp_recorder_size(slot_count));
	void *at = mmap(NULL, room, PROT_READ | PROT_WRITE,
			MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (at == MAP_FAILED)
		return -errno;
	f->at = at;
	f->room = room;
	atomic_store(&f->slot_count, 0);
	f->fd = -1;
	atomic_store(&f->state, MEMPROF_RECORDER_NONE);
	return 0;
}

/* ---- what it says ---- */

static void copy_path(const char *path, char ret[PATH_MAX])
{
	size_t len = strnlen(path, PATH_MAX - 1);

	memcpy(ret, path, len);
	ret[len] = '\0';
}

/* Fill in all but the magic number. */
static void fill(struct mp_recorder *r, const struct mp_recorder_about *about)
{
	memset(r, 0, sizeof(*r));
	r->version = MP_RECORDER_VERSION;
	r->header_size = sizeof(struct mp_recorder);
	r->slot_size = sizeof(struct mp_recorder_slot);
	r->pid = atomic_load(&mp_process.pid);
	r->uid = geteuid();
	if (mp_procstat_start(r->pid, &r->start_ticks))
		r->start_ticks = 0;
	r->opened_real_us = mp_clock_real_us();
	r->opened_mono_ns = mp_clock_mono_ns();
	r->format = about->format;
	r->async = about->async;
	r->log_threshold = about->log_threshold;
	r->sample_one_in = about->sample_one_in;
	r->host_len = (uint32_t)about->host.len;
	memcpy(r->host, about->host.p, about->host.len);
	copy_path(about->log, r->log);
	copy_path(about->log_pattern, r->log_pattern);
	atomic_store(&r->reading.vss, MP_UNKNOWN);
	atomic_store(&r->reading.rss, MP_UNKNOWN);
	if (!about->paused)
		return;
	atomic_store(&r->pause.on, 1);
	atomic_store(&r->pause.uid, r->uid);
	atomic_store(&r->pause.pid, r->pid);
	atomic_store(&r->pause.by_config, 1);
	atomic_store(&r->pause.since_us, r->opened_real_us);
}

/* ---- the file ---- */

static int set_lock(int fd)
{
	struct flock whole = { .l_type = F_WRLCK, .l_whence = SEEK_SET };

	return fcntl(fd, F_SETLK, &whole) ? -errno : 0;
}

static int open_dir(const char *run_dir)
{
	int fd = open(run_dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
	struct statfs fs;
	int err;

	if (fd < 0)
		return -errno;
	if (fstatfs(fd, &fs))
		err = -errno;
	else if (fs.f_type != TMPFS_MAGIC)
		err = -EMEDIUMTYPE;
	else
		return fd;
	close(fd);
	return err;
}

/* The host's umask, or an ACL of the directory, must not change the mode; and
   who reserves more than RLIMIT_FSIZE is ended by SIGXFSZ. */
static int reserve_blocks(int fd, uint64_t size)
{
	struct rlimit limit;
	int err;

	if (getrlimit(RLIMIT_FSIZE, &limit))
		return -errno;
	if (limit.rlim_cur < size)
		return -EFBIG;
	if (fchmod(fd, 0600))
		return -errno;
	do
		err = fallocate(fd, 0, 0, (off_t)size) ? -errno : 0;
	while (err == -EINTR);
	return err;
}

/* A file without a name, of `size` bytes that are really there. */
static int open_unnamed(struct mp_recorder_file *f, int dir, uint64_t size)
{
	int fd = openat(dir, ".", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
	struct stat st;
	int err;

	if (fd < 0)
		return -errno;
	fd = mp_sys_move_up(fd);
	err = reserve_blocks(fd, size);
	if (err)
		goto close_file;
	if (fstat(fd, &st)) {
		err = -errno;
		goto close_file;
	}
	f->id = (struct mp_sys_id){ st.st_dev, st.st_ino };
	return fd;

close_file:
	close(fd);
	return err;
}

/* Without /proc, the second way needs a kernel of 6.10, or a capability. */
static int link_at(int fd, int dir, const char *name)
{
	char self[32];

	snprintf(self, sizeof(self), "/proc/self/fd/%d", fd);
	if (!linkat(AT_FDCWD, self, dir, name, AT_SYMLINK_FOLLOW))
		return 0;
	if (errno == EEXIST)
		return -EEXIST;
	return linkat(fd, "", dir, name, AT_EMPTY_PATH) ? -errno : 0;
}

static int give_name(struct mp_recorder_file *f, int fd, int dir,
		     const char *run_dir)
{
	int err = -EEXIST;

	for (int i = 0; i < NAME_TRIES && err == -EEXIST; i++) {
		char name[MP_RECORDER_NAME_MAX];
		uint32_t random;
		int len;

		/* Pids are not unique over containers, nor clocks. */
		if (getrandom(&random, sizeof(random), GRND_NONBLOCK) !=
		    sizeof(random))
			random = (uint32_t)mp_clock_mono_ns();
		snprintf(name, sizeof(name), MP_RECORDER_NAME, f->at->uid,
			 f->at->pid, (uint64_t)f->at->opened_real_us / 1000,
			 random);
		len = snprintf(f->path, sizeof(f->path), "%s/%s", run_dir,
			       name);
		if (len < 0 || (size_t)len >= sizeof(f->path))
			return -ENAMETOOLONG;
		err = link_at(fd, dir, name);
	}
	return err;
}

static int make_file(struct mp_recorder_file *f,
		     const struct mp_recorder_about *about)
{
	uint64_t size = mp_recorder_size(about->slot_count);
	int dir = open_dir(about->run_dir);
	int fd, err;

	if (dir < 0)
		return dir;
	fd = open_unnamed(f, dir, size);
	if (fd < 0) {
		err = fd;
		goto close_dir;
	}
	err = map_file(f, fd, size);
	if (err)
		goto close_file;
	fill(f->at, about);
	f->at->slot_count = about->slot_count;
	f->at->magic = MP_RECORDER_MAGIC;
	err = set_lock(fd);
	if (err)
		goto close_file;
	err = give_name(f, fd, dir, about->run_dir);
	if (err)
		goto close_file;
	f->fd = fd;
	atomic_store(&f->slot_count, about->slot_count);
	close(dir);
	return 0;

close_file:
	close(fd);
close_dir:
	close(dir);
	return err;
}

int mp_recorder_open(struct mp_recorder_file *f,
		     const struct mp_recorder_about *about)
{
	int err;

	atomic_store(&f->slot_count, 0);
	f->fd = -1;
	atomic_store(&f->state, MEMPROF_RECORDER_NONE);
	if (*about->run_dir) {
		err = make_file(f, about);
		atomic_store(&f->state, err ? err : MEMPROF_RECORDER_ON);
		if (!err)
			return 0;
		/* Whatever is mapped there now, it is no recorder. */
		err = map_anonymous(f);
		if (err)
			return err;
	}
	fill(f->at, about);
	return 0;
}

int mp_recorder_renew(struct mp_recorder_file *f,
		      const struct mp_recorder_about *about)
{
	struct mp_recorder_about own = *about;
	struct mp_recorder_pause *to = &f->at->pause;
	uint32_t on = atomic_load(&to->on), uid = atomic_load(&to->uid);
	uint32_t by_config = atomic_load(&to->by_config);
	int32_t pid = atomic_load(&to->pid);
	int64_t since_us = atomic_load(&to->since_us);
	int err;

	/* It drops no lock of the parent's. */
	if (mp_sys_is(f->fd, f->id))
		close(f->fd);
	/* Whatever fails from here on, nothing is written to the parent's. */
	err = map_anonymous(f);
	if (err)
		return err;
	own.paused = false;
	err = mp_recorder_open(f, &own);
	if (err)
		return err;
	atomic_store(&to->uid, uid);
	atomic_store(&to->pid, pid);
	atomic_store(&to->by_config, by_config);
	atomic_store(&to->since_us, since_us);
	atomic_store(&to->on, on);
	return 0;
}

/* ---- while it is open ---- */

/* The host has closed our descriptor. */
static int open_again(struct mp_recorder_file *f)
{
	int fd = open(f->path, O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);

	f->fd = -1;
	if (fd < 0)
		return -errno;
	if (!mp_sys_is(fd, f->id)) {
		close(fd);
		return -ENOENT;
	}
	f->fd = mp_sys_move_up(fd);
	return 0;
}

static int check(struct mp_recorder_file *f)
{
	struct stat st;
	int err = 0;

	if (!mp_sys_is(f->fd, f->id))
		err = open_again(f);
	if (err)
		return err;
	if (fstat(f->fd, &st))
		return -errno;
	if (st.st_nlink == 0)
		return -ENOENT;
	err = set_lock(f->fd);
	return err ? err : MEMPROF_RECORDER_ON;
}

void mp_recorder_check(struct mp_recorder_file *f)
{
	int cancel;

	if (!atomic_load(&f->slot_count))
		return;
	/* open(2) and close(2) are cancellation points. */
	pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &cancel);
	atomic_store(&f->state, check(f));
	pthread_setcancelstate(cancel, NULL);
}

/* Calls of other threads may still be counting. */
static void copy_words(uint64_t *to, const struct mp_recorder *from)
{
	const _Atomic uint64_t *word =
		(const _Atomic uint64_t *)(const void *)from;

	for (size_t i = 0; i < sizeof(*from) / sizeof(*to); i++)
		to[i] = atomic_load_explicit(&word[i], memory_order_relaxed);
}

/* Put a copy of the header in the place of the file, in one step.  Where that
   fails the file stays mapped, without a name. */
static void leave_file(const struct mp_recorder_file *f)
{
	void *copy = mmap(NULL, f->room, PROT_READ | PROT_WRITE,
			  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (copy == MAP_FAILED)
		return;
	copy_words(copy, f->at);
	if (mremap(copy, f->room, f->room, MREMAP_MAYMOVE | MREMAP_FIXED,
		   f->at) == MAP_FAILED)
		munmap(copy, f->room);
}

void mp_recorder_close(struct mp_recorder_file *f)
{
	if (!atomic_load(&f->slot_count))
		return;
	/* First, while it is locked: nobody is to take it for a dead one. */
	unlink(f->path);
	leave_file(f);
	if (mp_sys_is(f->fd, f->id))
		close(f->fd);
	atomic_store(&f->slot_count, 0);
	f->fd = -1;
	atomic_store(&f->state, MEMPROF_RECORDER_NONE);
}

/* ---- what the process tells ---- */

void mp_recorder_store_reading(struct mp_recorder *r, int64_t now_ns,
			       int64_t real_us, struct mp_statm size)
{
	struct mp_recorder_reading *to = &r->reading;

	if (size.rss == MP_UNKNOWN || !mp_seq_write_begin(&to->seq))
		return;
	mp_seq_put(&to->mono_ns, now_ns);
	mp_seq_put(&to->real_us, real_us);
	mp_seq_put(&to->vss, size.vss);
	mp_seq_put(&to->rss, size.rss);
	mp_seq_write_end(&to->seq);
}

void mp_recorder_note_log(struct mp_recorder *r, int fd)
{
	struct mp_recorder_log *to = &r->log_state;
	struct stat st;

	if (fstat(fd, &st) || !mp_seq_write_begin(&to->seq))
		return;
	mp_seq_put(&to->dev, (int64_t)st.st_dev);
	mp_seq_put(&to->ino, (int64_t)st.st_ino);
	mp_seq_put(&to->size, (int64_t)st.st_size);
	mp_seq_write_end(&to->seq);
}
