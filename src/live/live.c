#include "live/live.h"

#include "core/clock.h"
#include "core/recorders.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---- one recorder ---- */

static void release(struct mp_live *live)
{
	free(live->path);
	if (live->fd >= 0)
		close(live->fd);
	mp_snapshot_release(&live->shot);
}

int mp_live_refresh(struct mp_live *live, struct mp_procs *procs)
{
	struct mp_snapshot shot;
	struct stat st;
	int32_t holder;
	int err;

	if (fstat(live->fd, &st))
		return -errno;
	if (st.st_nlink == 0)
		return -ESTALE;
	err = mp_snapshot_read(live->fd, &shot);
	if (err)
		return err;
	mp_snapshot_release(&live->shot);
	live->shot = shot;
	live->now_mono_ns = mp_clock_mono_ns();
	live->now_real_us = mp_clock_real_us();
	live->seen =
		!mp_procs_read(procs, shot.pid, shot.start_ticks, &live->proc);
	live->alive = mp_recorders_is_alive(live->fd, shot.pid,
					    shot.start_ticks, &holder);
	/* A recoverer holds the lock of a dead one, of which its parent may
	   have taken no notice yet. */
	if (holder > 0 && holder != shot.pid &&
	    (!live->seen || live->proc.state == 'Z'))
		live->alive = false;
	live->seen = live->seen && live->alive;
	return 0;
}

/* ---- all of them ---- */

static int add(struct mp_live_list *list, const struct mp_live *live)
{
	struct mp_live *more;

	more = reallocarray(list->items, list->count + 1, sizeof(*more));
	if (!more)
		return -ENOMEM;
	list->items = more;
	list->items[list->count++] = *live;
	return 0;
}

/* Whether this user may open what `owner` has: others only themselves. */
static bool may_open(uint32_t owner)
{
	return geteuid() == 0 || owner == geteuid();
}

static int look_at(const char *run_dir, int fd,
		   const struct mp_recorders_entry *entry,
		   struct mp_procs *procs, struct mp_live_list *list)
{
	struct mp_live live = { .fd = fd };
	int err = mp_live_refresh(&live, procs);

	if (!err && live.shot.uid != entry->owner)
		err = -EBADMSG;
	if (!err && asprintf(&live.path, "%s/%s", run_dir, entry->name) < 0) {
		live.path = NULL;
		err = -ENOMEM;
	}
	if (!err)
		err = add(list, &live);
	if (err)
		release(&live);
	return err;
}

/* Take one file, or count why it is left out.  Returns an error only where all
   must end. */
static int take(const char *run_dir, const struct mp_recorders *dir,
		const struct mp_recorders_entry *entry, bool write,
		struct mp_procs *procs, struct mp_live_list *list)
{
	int fd, err;

	if (!may_open(entry->owner)) {
		list->others++;
		return 0;
	}
	fd = mp_recorders_open_file(dir, entry, write ? O_RDWR : O_RDONLY,
				    entry->owner);
	err = fd < 0 ? fd : look_at(run_dir, fd, entry, procs, list);
	if (err == -EPROTO)
		list->foreign++;
	else if (err && err != -ENOMEM && err != -ESTALE)
		list->broken++;
	return err == -ENOMEM ? err : 0;
}

static int by_server(const void *a, const void *b)
{
	const struct mp_live *x = a, *y = b;
	int order = strcmp(x->shot.log_pattern, y->shot.log_pattern);

	if (order)
		return order;
	if (x->shot.uid != y->shot.uid)
		return x->shot.uid < y->shot.uid ? -1 : 1;
	if (x->shot.pid != y->shot.pid)
		return x->shot.pid < y->shot.pid ? -1 : 1;
	return strcmp(x->path, y->path);
}

int mp_live_find(const char *run_dir, bool write, struct mp_live_list *ret)
{
	struct mp_live_list list = { 0 };
	struct mp_procs *procs = NULL;
	struct mp_recorders dir;
	struct mp_recorders_entry entry;
	int err = mp_recorders_open(run_dir, &dir);

	if (err)
		return err;
	err = mp_procs_open(&procs);
	while (!err && mp_recorders_next(&dir, &entry))
		err = take(run_dir, &dir, &entry, write, procs, &list);
	mp_procs_close(procs);
	mp_recorders_close(&dir);
	if (err) {
		mp_live_release(&list);
		return err;
	}
	if (list.count > 0)
		qsort(list.items, list.count, sizeof(*list.items), by_server);
	*ret = list;
	return 0;
}

void mp_live_release(struct mp_live_list *list)
{
	for (size_t i = 0; i < list->count; i++)
		release(&list->items[i]);
	free(list->items);
	*list = (struct mp_live_list){ 0 };
}

void mp_live_close_files(struct mp_live_list *list)
{
	for (size_t i = 0; i < list->count; i++) {
		if (list->items[i].fd >= 0)
			close(list->items[i].fd);
		list->items[i].fd = -1;
	}
}

/* ---- which of them ---- */

bool mp_live_is_pid(const char *name, int32_t *ret)
{
	unsigned long v;
	char *end;

	if (*name < '0' || *name > '9')
		return false;
	errno = 0;
	v = strtoul(name, &end, 10);
	if (*end || errno || v > INT32_MAX)
		return false;
	*ret = (int32_t)v;
	return true;
}

/* The path without links and dots; where there is no such file, its folder's. */
static void resolve(const char *name, char *ret)
{
	const char *slash = strrchr(name, '/');
	const char *last = slash ? slash + 1 : name;
	char folder[PATH_MAX], real[PATH_MAX];

	if (realpath(name, ret))
		return;
	snprintf(folder, sizeof(folder), "%.*s", (int)(last - name), name);
	if (!realpath(*folder ? folder : ".", real) ||
	    snprintf(ret, PATH_MAX, "%s/%s", real, last) >= PATH_MAX)
		snprintf(ret, PATH_MAX, "%s", name);
}

static bool is_meant(const struct mp_live *live, const char *name)
{
	char path[PATH_MAX], log[PATH_MAX];
	int32_t pid;

	if (mp_live_is_pid(name, &pid))
		return pid == live->shot.pid;
	resolve(name, path);
	resolve(live->shot.log, log);
	return !strcmp(path, log) || !strcmp(path, live->shot.log_pattern) ||
	       !strcmp(name, live->shot.log_pattern);
}

static bool means_any(const struct mp_live_list *list, const char *name)
{
	for (size_t i = 0; i < list->count; i++)
		if (is_meant(&list->items[i], name))
			return true;
	return false;
}

static bool is_meant_by_any(const struct mp_live *live, char **names)
{
	for (; *names; names++)
		if (is_meant(live, *names))
			return true;
	return false;
}

const char *mp_live_select(struct mp_live_list *list, char **names)
{
	const char *missing = NULL;
	size_t kept = 0;

	for (char **name = names; *name && !missing; name++)
		if (!means_any(list, *name))
			missing = *name;
	for (size_t i = 0; i < list->count; i++) {
		if (is_meant_by_any(&list->items[i], names))
			list->items[kept++] = list->items[i];
		else
			release(&list->items[i]);
	}
	list->count = kept;
	return missing;
}

size_t mp_live_server_end(const struct mp_live_list *list, size_t first)
{
	const struct mp_snapshot *a = &list->items[first].shot;
	size_t i = first + 1;

	while (i < list->count && list->items[i].shot.uid == a->uid &&
	       !strcmp(list->items[i].shot.log_pattern, a->log_pattern))
		i++;
	return i;
}

bool mp_live_is_of_other(const char *run_dir, int32_t pid, uint32_t *ret_uid)
{
	struct mp_recorders_entry entry;
	struct mp_recorders dir;
	bool found = false;

	if (mp_recorders_open(run_dir, &dir))
		return false;
	while (!found && mp_recorders_next(&dir, &entry))
		found = entry.pid == pid && !may_open(entry.owner);
	mp_recorders_close(&dir);
	if (found)
		*ret_uid = entry.owner;
	return found;
}

/* ---- what follows from both sources ---- */

struct mp_statm mp_live_size(const struct mp_live *live)
{
	if (live->seen)
		return (struct mp_statm){ live->proc.vss, live->proc.rss };
	return live->shot.reading;
}

int64_t mp_live_age_ns(const struct mp_live *live,
		       const struct mp_snapshot_request *r)
{
	int64_t until =
		live->alive ? live->now_mono_ns : live->shot.reading_mono_ns;
	int64_t age = mp_snapshot_minus(until, r->begin_mono_ns);

	return age < 0 ? 0 : age;
}
