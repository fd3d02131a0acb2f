#include "live/procs.h"

#include "core/clock.h"

#include <errno.h>
#include <libproc2/pids.h>
#include <stdlib.h>
#include <unistd.h>

enum { BEGAN, VIRTUAL, RESIDENT, THREADS, STATE, CPU, NAME, ITEMS };

static enum pids_item items[ITEMS] = {
	[BEGAN] = PIDS_TICS_BEGAN,
	[VIRTUAL] = PIDS_MEM_VIRT_PGS,
	[RESIDENT] = PIDS_MEM_RES_PGS,
	[THREADS] = PIDS_NLWP,
	[STATE] = PIDS_STATE,
	[CPU] = PIDS_TICS_ALL,
	[NAME] = PIDS_CMD,
};

struct mp_procs {
	struct pids_info *info;
};

int mp_procs_open(struct mp_procs **ret)
{
	struct mp_procs *procs = calloc(1, sizeof(*procs));
	int err;

	if (!procs)
		return -ENOMEM;
	err = procps_pids_new(&procs->info, items, ITEMS);
	if (err < 0) {
		free(procs);
		return err;
	}
	*ret = procs;
	return 0;
}

static void copy_name(const char *name, char *ret, size_t size)
{
	size_t i = 0;

	for (; name && name[i] && i + 1 < size; i++)
		ret[i] = name[i] > 0x20 && name[i] < 0x7f ? name[i] : '?';
	ret[i] = '\0';
}

int mp_procs_read(struct mp_procs *procs, int32_t pid, uint64_t start_ticks,
		  struct mp_proc *ret)
{
	unsigned id = (unsigned)pid;
	struct pids_fetch *fetch;
	const struct pids_result *r;
	int64_t page = sysconf(_SC_PAGESIZE);
	int64_t tick_ns = MP_NS_PER_S / sysconf(_SC_CLK_TCK);

	if (pid <= 0)
		return -ESRCH;
	fetch = procps_pids_select(procs->info, &id, 1, PIDS_SELECT_PID);
	if (!fetch || fetch->counts->total < 1)
		return -ESRCH;
	r = fetch->stacks[0]->head;
	if (r[BEGAN].result.ull_int != start_ticks)
		return -ESRCH;
	*ret = (struct mp_proc){
		.vss = (int64_t)r[VIRTUAL].result.ul_int * page,
		.rss = (int64_t)r[RESIDENT].result.ul_int * page,
		.threads = r[THREADS].result.s_int,
		.cpu_ns = (int64_t)r[CPU].result.ull_int * tick_ns,
		.state = r[STATE].result.s_ch,
	};
	copy_name(r[NAME].result.str, ret->name, sizeof(ret->name));
	return 0;
}

void mp_procs_close(struct mp_procs *procs)
{
	if (!procs)
		return;
	procps_pids_unref(&procs->info);
	free(procs);
}
