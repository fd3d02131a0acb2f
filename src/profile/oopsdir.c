#include "profile/oopsdir.h"

#include "profile/listing.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <string.h>
#include <unistd.h>

#define NS_PER_S UINT64_C(1000000000)

static bool is_day(const char *name)
{
	static const char pattern[] = "0000-00-00";

	for (const char *p = pattern; *p; p++, name++)
		if (*p == '0' ? *name < '0' || *name > '9' : *name != *p)
			return false;
	return !*name;
}

/* What others have given such a name does not begin with it. */
static bool is_report(int day, const char *name)
{
	char begin[MP_OOPSFILE_BEGIN_MAX], want[MP_OOPSFILE_BEGIN_MAX];
	size_t len = mp_oopsfile_begin(name, want);
	int fd = openat(day, name,
			O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	bool is;

	if (fd < 0)
		return false;
	is = read(fd, begin, len) == (ssize_t)len && !memcmp(begin, want, len);
	close(fd);
	return is;
}

static bool remove_from(int day, const char *name,
			struct mp_bounds_reading *reading)
{
	struct stat st;

	return mp_oopsfile_is_name(name) && mp_bounds_is_ours(day, name, &st) &&
	       mp_bounds_goes(reading,
			      (uint64_t)st.st_mtim.tv_sec * NS_PER_S +
				      (uint64_t)st.st_mtim.tv_nsec,
			      (uint64_t)st.st_size) &&
	       is_report(day, name) && !unlinkat(day, name, 0);
}

/* Returns whether something was removed. */
static bool walk_day(int day, struct mp_bounds_reading *reading)
{
	struct mp_listing l;
	const char *name;
	bool removed = false;

	if (mp_listing_begin(&l, day))
		return false;
	while ((name = mp_listing_next(&l))) {
		removed |= mp_bounds_remove_stale(day, name);
		removed |= remove_from(day, name, reading);
	}
	return removed;
}

static void walk(int dir, struct mp_bounds_reading *reading)
{
	struct mp_listing l;
	const char *name;

	if (mp_listing_begin(&l, dir))
		return;
	while ((name = mp_listing_next(&l))) {
		bool removed;
		int day;

		if (!is_day(name))
			continue;
		day = openat(dir, name,
			     O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		if (day < 0)
			continue;
		removed = walk_day(day, reading);
		close(day);
		/* Unless something is left in it. */
		if (removed)
			unlinkat(dir, name, AT_REMOVEDIR);
	}
}

int mp_oopsdir_write(struct mp_bounds *bounds, const struct mp_oopsfile *what,
		     const char *oops_dir, const char *id, const char *profile)
{
	int saved_errno = errno;
	uint64_t bytes;
	int cancel, err;

	pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &cancel);
	/* What can't be bounded is not written. */
	err = faccessat(AT_FDCWD, oops_dir, R_OK, AT_EACCESS) ? -errno : 0;
	if (!err)
		err = mp_oopsfile_write(what, oops_dir, id, profile, &bytes);
	if (!err)
		err = mp_bounds_count(bounds, oops_dir, 1, bytes, walk);
	pthread_setcancelstate(cancel, NULL);
	errno = saved_errno;
	return err;
}
