#include "live/steer.h"

#include "core/clock.h"

#include <errno.h>
#include <unistd.h>

static int read_word(int fd, size_t offset, uint32_t *ret)
{
	ssize_t n = pread(fd, ret, sizeof(*ret), (off_t)offset);

	if (n < 0)
		return -errno;
	return n == sizeof(*ret) ? 0 : -EBADMSG;
}

static int write_at(int fd, size_t offset, const void *data, size_t len)
{
	ssize_t n = pwrite(fd, data, len, (off_t)offset);

	if (n < 0)
		return -errno;
	return n == (ssize_t)len ? 0 : -EIO;
}

/* Who did it is written before it is done, for those who look. */
static int set_pause(const struct mp_live *live, uint32_t on)
{
	const size_t at = offsetof(struct mp_recorder, pause);
	const size_t who = offsetof(struct mp_recorder_pause, uid);
	struct mp_recorder_pause pause = {
		.on = on,
		.uid = geteuid(),
		.pid = getpid(),
		.since_us = mp_clock_real_us(),
	};
	uint32_t was;
	int err = read_word(live->fd, at, &was);

	if (err)
		return err;
	if ((was != 0) == (on != 0))
		return 0;
	err = write_at(live->fd, at + who, (char *)&pause + who,
		       sizeof(pause) - who);
	if (!err)
		err = write_at(live->fd, at, &pause.on, sizeof(pause.on));
	return err ? err : 1;
}

int mp_steer_pause(const struct mp_live *live)
{
	return set_pause(live, 1);
}

int mp_steer_resume(const struct mp_live *live)
{
	return set_pause(live, 0);
}

int mp_steer_reopen(const struct mp_live *live)
{
	const size_t at = offsetof(struct mp_recorder, reopen);
	uint32_t times;
	int err = read_word(live->fd, at, &times);

	if (err)
		return err;
	times++;
	err = write_at(live->fd, at, &times, sizeof(times));
	return err ? err : 1;
}
