#include "profile/bounds.h"

#include "core/clock.h"
#include "profile/profilename.h"

#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <sys/mman.h>
#include <unistd.h>

/* Files that one reading of the folder takes into account, where so many are
   kept, each with some that follow it; and where more. */
#define KEPT	  (UINT64_C(1) << 16)
#define FILES	  (size_t)(1 << 20)
#define FILES_MAX (size_t)(1 << 24)

/* Seconds after which a temporary file is nobody's any more. */
#define TEMPORARY_AGE_S 600

struct file {
	uint64_t when;
	uint64_t bytes;
	bool counts; /* else it follows another */
};

struct files {
	struct file *list;
	size_t len;   /* of the list */
	size_t count; /* of those in it that count */
	uint64_t bytes;
};

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

	for (size_t i = 0; i < all->len; i++)
		if (all->list[i].when >= when) {
			ret.count += all->list[i].counts;
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
struct mp_bounds_reading {
	struct files all;
	size_t room;   /* of its list */
	bool removing; /* the second time; then the rest is known */
	struct bounds keep;
	uint64_t cut;
	struct files rest; /* what is left, without its list */
};

static void see(struct mp_bounds_reading *reading, struct file f)
{
	struct files *all = &reading->all;

	if (all->len == reading->room)
		return;
	all->list[all->len++] = f;
	all->count += f.counts;
	all->bytes += f.bytes;
}

bool mp_bounds_follows(struct mp_bounds_reading *reading, uint64_t when,
		       uint64_t bytes)
{
	if (reading->removing)
		return when < reading->cut;
	see(reading, (struct file){ when, bytes, false });
	return false;
}

bool mp_bounds_goes(struct mp_bounds_reading *reading, uint64_t when,
		    uint64_t bytes)
{
	struct files *rest = &reading->rest;

	if (!reading->removing) {
		see(reading, (struct file){ when, bytes, true });
		return false;
	}
	if (when != reading->cut)
		return when < reading->cut;
	if (!is_over(rest, reading->keep))
		return false;
	rest->count -= rest->count > 0;
	rest->bytes -= smaller(rest->bytes, bytes);
	return true;
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

static void prune(struct mp_bounds *b, int dir, mp_bounds_walk *walk,
		  struct mp_bounds_reading *reading)
{
	struct bounds max = { b->max_files, b->max_bytes };
	int64_t files_left = atomic_load(&b->files_left);
	int64_t bytes_left = atomic_load(&b->bytes_left);

	walk(dir, reading);
	reading->rest = reading->all;
	if (is_over(&reading->all, max)) {
		reading->keep = (struct bounds){ max.files - max.files / 10,
						 max.bytes - max.bytes / 10 };
		reading->cut = find_cut(&reading->all, reading->keep);
		reading->rest = from(&reading->all, reading->cut);
		reading->removing = true;
		walk(dir, reading);
	}
	set_left(&b->files_left, files_left, max.files, reading->rest.count);
	set_left(&b->bytes_left, bytes_left, max.bytes, reading->rest.bytes);
}

static int read_and_prune(struct mp_bounds *b, const char *path,
			  mp_bounds_walk *walk)
{
	struct mp_bounds_reading reading = {
		.room = b->max_files <= KEPT ? FILES : FILES_MAX,
	};
	size_t size = reading.room * sizeof(struct file);
	int dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int err = 0;

	if (dir < 0)
		return -errno;
	/* What is not used is not touched. */
	reading.all.list =
		mmap(NULL, size, PROT_READ | PROT_WRITE,
		     MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (reading.all.list == MAP_FAILED) {
		err = -errno;
	} else {
		prune(b, dir, walk, &reading);
		munmap(reading.all.list, size);
	}
	close(dir);
	return err;
}

/* A parent's thread may have been reading when this process was forked. */
static bool begin_to_read(struct mp_bounds *b)
{
	int32_t self = (int32_t)getpid();
	int32_t reader = atomic_load(&b->reader);

	return reader != self &&
	       atomic_compare_exchange_strong(&b->reader, &reader, self);
}

void mp_bounds_init(struct mp_bounds *b, uint64_t max_files, uint64_t max_bytes)
{
	b->max_files = max_files;
	b->max_bytes = max_bytes;
	atomic_store(&b->files_left, 0);
	atomic_store(&b->bytes_left, 0);
	atomic_store(&b->reader, 0);
}

int mp_bounds_count(struct mp_bounds *b, const char *path, uint32_t files,
		    uint64_t bytes, mp_bounds_walk *walk)
{
	int64_t files_left = atomic_fetch_sub(&b->files_left, files) - files;
	int64_t bytes_left = atomic_fetch_sub(&b->bytes_left, (int64_t)bytes) -
			     (int64_t)bytes;
	int err;

	if ((files_left >= 0 && bytes_left >= 0) || !begin_to_read(b))
		return 0;
	err = read_and_prune(b, path, walk);
	atomic_store(&b->reader, 0);
	return err;
}

/* ---- for who walks ---- */

bool mp_bounds_is_ours(int dir, const char *name, struct stat *ret)
{
	return !fstatat(dir, name, ret, AT_SYMLINK_NOFOLLOW) &&
	       S_ISREG(ret->st_mode) && ret->st_uid == geteuid();
}

bool mp_bounds_remove_stale(int dir, const char *name)
{
	struct stat st;

	return mp_profilename_is_temporary(name) &&
	       mp_bounds_is_ours(dir, name, &st) &&
	       mp_clock_real_us() / 1000000 - st.st_mtim.tv_sec >
		       TEMPORARY_AGE_S &&
	       !unlinkat(dir, name, 0);
}
