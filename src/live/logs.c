#include "live/logs.h"

#include "report/follow.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* Read of a log when it is met; a minute is seldom more. */
#define FIRST_BYTES (16 * 1024 * 1024)

/* Lines that are read before the screen is drawn again. */
#define LINES_MAX 500000

struct log {
	char *path;
	struct mp_follow *follow; /* or null */
	int64_t local_s;	  /* of Launchpad's form */
	bool wanted;		  /* by a server */
};

struct mp_logs {
	struct log *items;
	size_t count;
	struct mp_minute *minute;
};

struct mp_logs *mp_logs_new(void)
{
	struct mp_logs *logs = calloc(1, sizeof(*logs));

	if (!logs)
		return NULL;
	logs->minute = mp_minute_new();
	if (!logs->minute) {
		free(logs);
		return NULL;
	}
	return logs;
}

static void release(struct log *log)
{
	mp_follow_close(log->follow);
	free(log->path);
}

void mp_logs_free(struct mp_logs *logs)
{
	if (!logs)
		return;
	for (size_t i = 0; i < logs->count; i++)
		release(&logs->items[i]);
	free(logs->items);
	mp_minute_free(logs->minute);
	free(logs);
}

/* The path is somebody else's word: what may make us wait is not opened. */
static void open_log(struct log *log)
{
	if (mp_follow_open_file(log->path, &log->follow)) {
		log->follow = NULL;
		return;
	}
	mp_follow_rewind(log->follow, FIRST_BYTES);
}

static struct log *find(struct mp_logs *logs, const char *path)
{
	for (size_t i = 0; i < logs->count; i++)
		if (!strcmp(logs->items[i].path, path))
			return &logs->items[i];
	return NULL;
}

static int add(struct mp_logs *logs, const struct mp_snapshot *shot)
{
	struct log *more =
		reallocarray(logs->items, logs->count + 1, sizeof(*more));
	struct log *log;

	if (!more)
		return -ENOMEM;
	logs->items = more;
	log = &logs->items[logs->count];
	*log = (struct log){ .path = strdup(shot->log),
			     .local_s = shot->utc_offset_s,
			     .wanted = true };
	if (!log->path)
		return -ENOMEM;
	logs->count++;
	return 0;
}

static int update(struct mp_logs *logs, const struct mp_live_list *list)
{
	size_t kept = 0;
	int err;

	for (size_t i = 0; i < logs->count; i++)
		logs->items[i].wanted = false;
	for (size_t i = 0; i < list->count; i++) {
		struct log *log = find(logs, list->items[i].shot.log);

		if (log) {
			log->wanted = true;
			continue;
		}
		err = add(logs, &list->items[i].shot);
		if (err)
			return err;
	}
	for (size_t i = 0; i < logs->count; i++) {
		if (logs->items[i].wanted)
			logs->items[kept++] = logs->items[i];
		else
			release(&logs->items[i]);
	}
	logs->count = kept;
	return 0;
}

static int read_log(struct mp_logs *logs, struct log *log)
{
	struct mp_record r;
	struct mp_text line;

	for (size_t i = 0; i < LINES_MAX; i++) {
		int n = mp_follow_next(log->follow, &line);
		int form;

		if (n <= 0)
			return 0; /* what can't be read now may be later */
		form = mp_record_parse(line.p, line.len, &r, NULL);
		if (form < 0 || form == MP_RECORD_HEADER)
			continue;
		if (mp_minute_add(logs->minute, &r,
				  form == MP_RECORD_FORMAT_1 ? 0
							     : log->local_s))
			return -ENOMEM;
	}
	return 0;
}

int mp_logs_read(struct mp_logs *logs, const struct mp_live_list *list)
{
	int err = update(logs, list);

	for (size_t i = 0; i < logs->count && !err; i++) {
		struct log *log = &logs->items[i];

		if (!log->follow)
			open_log(log);
		if (log->follow)
			err = read_log(logs, log);
	}
	return err;
}

size_t mp_logs_closed(const struct mp_logs *logs)
{
	size_t closed = 0;

	for (size_t i = 0; i < logs->count; i++)
		closed += !logs->items[i].follow;
	return closed;
}

struct mp_minute *mp_logs_minute(struct mp_logs *logs)
{
	return logs->minute;
}
