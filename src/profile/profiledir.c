#include "profile/profiledir.h"

#include "profile/format.h"
#include "profile/listing.h"
#include "profile/profilename.h"

#include <errno.h>
#include <pthread.h>
#include <string.h>
#include <unistd.h>

/* What `dir` holds of profiles, and of what was to become one. */
static void walk(int dir, struct mp_bounds_reading *reading)
{
	struct mp_listing l;
	const char *name;

	if (mp_listing_begin(&l, dir))
		return;
	while ((name = mp_listing_next(&l))) {
		struct stat st;
		uint64_t when;

		mp_bounds_remove_stale(dir, name);
		if (mp_profilename_parse(name, &when) &&
		    mp_bounds_is_ours(dir, name, &st) &&
		    mp_bounds_goes(reading, when, (uint64_t)st.st_size))
			unlinkat(dir, name, 0);
	}
}

int mp_profiledir_init(struct mp_profiledir *d, const char *path,
		       uint64_t max_files, uint64_t max_bytes)
{
	size_t len = strlen(path);

	if (len + 1 + MP_NEWFILE_NAME_MAX > sizeof(d->path))
		return -ENAMETOOLONG;
	memcpy(d->path, path, len + 1);
	mp_bounds_init(&d->bounds, max_files, max_bytes);
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
	err = mp_rawfile_put(&f, what, d->bounds.max_bytes, ret_bytes);
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

/* What can't be bounded is not kept. */
static int write_and_bound(struct mp_profiledir *d,
			   const struct mp_rawfile *what, char *ret_path)
{
	uint64_t bytes;
	int err = write_file(d, what, &bytes, ret_path);

	if (err)
		return err;
	err = mp_bounds_count(&d->bounds, d->path, bytes, walk);
	if (err)
		unlink(ret_path);
	return err;
}

int mp_profiledir_write(struct mp_profiledir *d, const struct mp_rawfile *what,
			char *ret_path)
{
	int before = errno, cancel, err;

	pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &cancel);
	err = write_and_bound(d, what, ret_path);
	pthread_setcancelstate(cancel, NULL);
	errno = before;
	return err;
}
