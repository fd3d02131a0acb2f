#include "live/steer.h"

#include "core/clock.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

static int read_at(int fd, size_t offset, void *ret, size_t len)
{
	ssize_t n = pread(fd, ret, len, (off_t)offset);

	if (n < 0)
		return -errno;
	return n == (ssize_t)len ? 0 : -EBADMSG;
}

static int read_word(int fd, size_t offset, uint32_t *ret)
{
	return read_at(fd, offset, ret, sizeof(*ret));
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

/* ---- profiles ---- */

#define ORDER(field)                           \
	(offsetof(struct mp_recorder, order) + \
	 offsetof(struct mp_recorder_order, field))

static int open_order(int fd, uint32_t serial)
{
	return write_at(fd, ORDER(open), &serial, sizeof(serial));
}

/* The serial behind the last one, which is the last one from now on. */
static int take_serial(int fd, uint32_t *ret)
{
	int err = read_word(fd, ORDER(last), ret);

	if (err)
		return err;
	*ret = *ret == UINT32_MAX ? 1 : *ret + 1;
	return write_at(fd, ORDER(last), ret, sizeof(*ret));
}

int mp_steer_makes_profiles(const struct mp_live *live)
{
	char first;
	int err = read_at(live->fd, ORDER(dir), &first, 1);

	return err ? err : first ? 0 : -EPERM;
}

int mp_steer_profile(const struct mp_live *live,
		     const struct mp_recorder_wish *wish, uint32_t *ret_serial)
{
	int err = mp_steer_makes_profiles(live);

	if (err)
		return err;
	/* Of two commands at once, each is to have a serial of its own. */
	if (flock(live->fd, LOCK_EX))
		return -errno;
	err = open_order(live->fd, 0);
	if (!err)
		err = take_serial(live->fd, ret_serial);
	if (!err)
		err = write_at(live->fd, ORDER(wish), wish, sizeof(*wish));
	if (!err)
		err = open_order(live->fd, *ret_serial);
	flock(live->fd, LOCK_UN);
	return err ? err : 1;
}

int mp_steer_profile_no_more(const struct mp_live *live, uint32_t serial)
{
	uint32_t now;
	int err = read_word(live->fd, ORDER(open), &now);

	if (err || now != serial)
		return err;
	err = open_order(live->fd, 0);
	return err ? err : 1;
}

static uint32_t count_of(const _Atomic uint64_t *counter, uint32_t serial)
{
	uint64_t n = *counter;

	return n >> 32 == serial ? (uint32_t)n : 0;
}

int mp_steer_look(const struct mp_live *live, uint32_t serial,
		  struct mp_steer_profiled *ret)
{
	struct mp_recorder_order o;
	int err = read_at(live->fd, offsetof(struct mp_recorder, order), &o,
			  offsetof(struct mp_recorder_order, dir));

	if (err)
		return err;
	*ret = (struct mp_steer_profiled){
		.taken = count_of(&o.taken, serial),
		.failed = count_of(&o.failed, serial),
		.written = count_of(&o.written, serial),
		.overtaken = o.last != serial,
	};
	return 0;
}

int mp_steer_file(const struct mp_live *live, uint32_t serial, uint32_t number,
		  char *ret)
{
	const size_t at =
		ORDER(files) + number % MP_RECORDER_FILES *
				       sizeof(struct mp_recorder_file_name);
	const uint64_t order = (uint64_t)serial << 32 | (number + 1);
	struct mp_recorder_file_name f, again;
	char dir[PATH_MAX];
	int err = read_at(live->fd, at, &f, sizeof(f));

	if (!err)
		err = read_at(live->fd, ORDER(dir), dir, sizeof(dir));
	if (!err)
		err = read_at(live->fd, at, &again, sizeof(again));
	if (err)
		return err;
	dir[sizeof(dir) - 1] = f.name[sizeof(f.name) - 1] = '\0';
	if (f.order != order || again.order != order || strchr(f.name, '/'))
		return 0;
	return snprintf(ret, PATH_MAX, "%s/%s", dir, f.name) < PATH_MAX;
}
