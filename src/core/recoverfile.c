#include "core/recoverfile.h"

#include "core/recordercheck.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---- the recorder's file ---- */

static int read_at(int fd, void *ret, size_t len, uint64_t at)
{
	ssize_t n = mp_sys_pread(fd, ret, len, (off_t)at);

	if (n < 0)
		return (int)n;
	return (size_t)n < len ? -EBADMSG : 0;
}

static int write_at(int fd, const void *data, size_t len, uint64_t at)
{
	ssize_t n = pwrite(fd, data, len, (off_t)at);

	if (n < 0)
		return -errno;
	return (size_t)n < len ? -ENOSPC : 0;
}

static uint64_t slot_at(uint32_t i)
{
	return mp_recorder_size(0) +
	       (uint64_t)i * sizeof(struct mp_recorder_slot);
}

int mp_recoverfile_slot(const struct mp_recover *r, uint32_t i,
			struct mp_recorder_slot *ret)
{
	return read_at(r->fd, ret, sizeof(*ret), slot_at(i));
}

int mp_recoverfile_put(const struct mp_recover *r, uint32_t i,
		       struct mp_recorder_slot *slot,
		       enum mp_recorder_state state)
{
	const size_t body = sizeof(slot->word);
	uint64_t word = slot->word;
	int err = write_at(r->fd, (const char *)slot + body,
			   sizeof(*slot) - body, slot_at(i) + body);

	if (err)
		return err;
	word = mp_recorder_word(mp_recorder_generation(word),
				(mp_recorder_sequence(word) | 1) + 1, state);
	slot->word = word;
	return write_at(r->fd, &word, sizeof(word), slot_at(i));
}

/* ---- opening ---- */

static int check_header(struct mp_recover *r, uint32_t owner,
			const char **ret_why)
{
	struct stat st;
	int err;

	if (fstat(r->fd, &st))
		return -errno;
	*ret_why = mp_recorders_why_not(&st, owner);
	if (*ret_why)
		return st.st_nlink ? -EPERM : -ESTALE;
	memset(r->header, 0, sizeof(*r->header));
	err = read_at(r->fd, r->header, sizeof(*r->header), 0);
	if (err && err != -EBADMSG)
		return err;
	*ret_why =
		mp_recordercheck_header(r->header, (uint64_t)st.st_size, owner);
	return *ret_why ? -EBADMSG : 0;
}

/* Why it was not opened. */
static const char *why_not(const struct mp_recover *r, uint32_t owner)
{
	struct stat st;

	if (fstatat(dirfd(r->in->dir), r->entry.name, &st, AT_SYMLINK_NOFOLLOW))
		return NULL;
	return mp_recorders_why_not(&st, owner);
}

/* Whether its process, or who recovers it, holds the lock. */
static bool is_locked(const struct mp_recover *r)
{
	struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET };

	return !fcntl(r->fd, F_GETLK, &lock) && lock.l_type != F_UNLCK;
}

static int lock_if_dead(struct mp_recover *r)
{
	struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
	int32_t holder;

	if (mp_recorders_is_alive(r->fd, r->header->pid, r->header->start_ticks,
				  &holder))
		return -EBUSY;
	if (!fcntl(r->fd, F_SETLK, &lock))
		return 0;
	return errno == EAGAIN || errno == EACCES ? -EBUSY : -errno;
}

int mp_recover_open(const struct mp_recorders *in,
		    const struct mp_recorders_entry *entry, uint32_t owner,
		    struct mp_recover *ret, const char **ret_why)
{
	struct mp_recover r = { .in = in, .entry = *entry };
	int err;

	*ret_why = NULL;
	r.fd = mp_recorders_open_file(in, entry, O_RDWR, owner);
	if (r.fd == -EPERM)
		*ret_why = why_not(&r, owner);
	if (r.fd < 0)
		return r.fd;
	/* Most processes live: no more is read of these. */
	if (is_locked(&r)) {
		err = -EBUSY;
		goto close_file;
	}
	r.fd = mp_sys_move_up(r.fd);
	r.header = aligned_alloc(_Alignof(struct mp_recorder),
				 sizeof(struct mp_recorder));
	if (!r.header) {
		err = -ENOMEM;
		goto close_file;
	}
	err = check_header(&r, owner, ret_why);
	if (err)
		goto free_header;
	err = lock_if_dead(&r);
	/* Who had the lock before us may be done with it. */
	if (!err)
		err = check_header(&r, owner, ret_why);
	if (err)
		goto free_header;
	*ret = r;
	return 0;

free_header:
	free(r.header);
close_file:
	close(r.fd);
	return err;
}

void mp_recover_close(struct mp_recover *r)
{
	free(r->header);
	close(r->fd);
}
