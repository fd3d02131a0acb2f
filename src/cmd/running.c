#include "cmd/running.h"

#include "cmd/cmd.h"
#include "core/config.h"
#include "live/statustext.h"

#include <stdlib.h>
#include <string.h>

const char *mp_running_dir(const char *option)
{
	const char *dir = option ? option : getenv("MEMPROF_RUN_DIR");

	return dir && *dir ? dir : "/dev/shm";
}

static int tell_missing(const char *run_dir, const char *name)
{
	char user[64];
	uint32_t uid;
	int32_t pid;

	if (mp_live_is_pid(name, &pid) &&
	    mp_live_is_of_other(run_dir, pid, &uid)) {
		mp_statustext_user(uid, user, sizeof(user));
		mp_cmd_say("process %s belongs to %s: permission denied: only "
			   "they and root may",
			   name, user);
	} else {
		mp_cmd_say("%s: no recorder in %s that you may open", name,
			   run_dir);
	}
	return MP_EXIT_ERROR;
}

static void tell_left_out(const struct mp_live_list *list, const char *run_dir)
{
	if (list->foreign > 0)
		mp_cmd_say("%s: recorders of another version of memprof: %zu",
			   run_dir, list->foreign);
	if (list->broken > 0)
		mp_cmd_say("%s: files that are no whole recorders: %zu",
			   run_dir, list->broken);
}

int mp_running_find(const char *run_dir, char **names, bool write,
		    struct mp_live_list *ret)
{
	struct mp_live_list list;
	const char *missing;
	int err = mp_live_find(run_dir, write, &list);

	if (err) {
		mp_cmd_say("%s: %s", run_dir, strerror(-err));
		return MP_EXIT_ERROR;
	}
	tell_left_out(&list, run_dir);
	missing = *names ? mp_live_select(&list, names) : NULL;
	if (missing) {
		mp_live_release(&list);
		return tell_missing(run_dir, missing);
	}
	*ret = list;
	return 0;
}

int mp_running_none(const struct mp_live_list *list, const char *run_dir)
{
	mp_cmd_say("no recorder in %s%s", run_dir,
		   list->others > 0 ? " but those of other users" : "");
	return MP_EXIT_ERROR;
}

bool mp_running_is(const struct mp_live *first, size_t processes)
{
	for (size_t i = 0; i < processes; i++)
		if (first[i].alive)
			return true;
	return false;
}

size_t mp_running_servers(const struct mp_live_list *list)
{
	size_t running = 0, end;

	for (size_t i = 0; i < list->count; i = end) {
		end = mp_live_server_end(list, i);
		running += mp_running_is(&list->items[i], end - i);
	}
	return running;
}
