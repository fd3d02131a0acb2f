#include "profile/profiledir.h"

#include "profile/format.h"
#include "profile/listing.h"
#include "profile/outputs.h"
#include "profile/profilename.h"

#include <errno.h>
#include <pthread.h>
#include <string.h>
#include <unistd.h>

/* ---- what there is too much of ---- */

/* The file of the same stem, with another suffix, in `ret`, which has room for
   NAME_MAX bytes and a terminator. */
static bool name_other(const char *name, size_t stem_len, const char *suffix,
		       char *ret)
{
	if (stem_len + strlen(suffix) > NAME_MAX)
		return false;
	memcpy(ret, name, stem_len);
	strcpy(ret + stem_len, suffix);
	return true;
}

/* A raw file goes, and what was made of it with it. */
static void remove_all(int dir, const char *name, size_t stem_len)
{
	char other[NAME_MAX + 1];
	struct stat st;

	unlinkat(dir, name, 0);
	for (size_t i = 0; i < MP_OUTPUTS; i++)
		if (name_other(name, stem_len, mp_outputs[i].suffix, other) &&
		    mp_bounds_is_ours(dir, other, &st))
			unlinkat(dir, other, 0);
}

/* What `dir` holds of profiles, and of what was to become one. */
static void walk(int dir, struct mp_bounds_reading *reading)
{
	struct mp_listing l;
	const char *name;

	if (mp_listing_begin(&l, dir))
		return;
	while ((name = mp_listing_next(&l))) {
		struct mp_profilename n;
		struct stat st;

		mp_bounds_remove_stale(dir, name);
		if (!mp_profilename_parse(name, &n) ||
		    !mp_bounds_is_ours(dir, name, &st))
			continue;
		if (n.raw) {
			if (mp_bounds_goes(reading, n.when,
					   (uint64_t)st.st_size))
				remove_all(dir, name, n.stem_len);
		} else if (mp_bounds_follows(reading, n.when,
					     (uint64_t)st.st_size)) {
			unlinkat(dir, name, 0);
		}
	}
}

/* ---- files ---- */

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
	err = mp_bounds_count(&d->bounds, d->path, 1, bytes, walk);
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

int mp_profiledir_count_output(struct mp_profiledir *d, uint64_t bytes)
{
	return mp_bounds_count(&d->bounds, d->path, 0, bytes, walk);
}
