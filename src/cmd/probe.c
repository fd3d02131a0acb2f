#include "cmd/probe.h"

#include "core/process.h"
#include "core/recorder.h"
#include "core/session.h"
#include "report/show.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/statvfs.h>

/* Make a recorder, and remove it.  Returns why that fails, or 0. */
static int make_one(const struct mp_config *config, uint32_t slots)
{
	static struct mp_recorder_file file;
	const struct mp_recorder_about about = {
		.run_dir = config->run_dir,
		.log = "",
		.log_pattern = "",
		.host = { "-", 1 },
		.slot_count = slots,
	};
	/* Its name has the pid: should we be killed, it is found dead. */
	int err = mp_process_init();

	if (!err)
		err = mp_recorder_reserve(&file, slots);
	if (err)
		return err;
	err = mp_recorder_open(&file, &about);
	if (!err && atomic_load(&file.state) != MEMPROF_RECORDER_ON)
		err = atomic_load(&file.state);
	mp_recorder_close(&file);
	munmap(file.at, file.room);
	return err;
}

static const char *reason(int err)
{
	return err == -EMEDIUMTYPE ? "it is not on tmpfs" : strerror(-err);
}

void mp_probe_print(const struct mp_config *config)
{
	uint32_t slots = mp_session_slots_wanted(config);
	uint64_t size = mp_recorder_size(slots);
	char bytes[MP_SHOW_MAX];
	struct statvfs fs;
	int err;

	if (!*config->run_dir) {
		puts("# There is no flight recorder, as run_dir is empty.");
		return;
	}
	err = make_one(config, slots);
	if (!err && statvfs(config->run_dir, &fs))
		err = -errno;
	if (err) {
		printf("# There is no flight recorder: run_dir: %s.\n",
		       reason(err));
		if (config->memory_profile_write == MP_WRITE_ASYNC)
			puts("# So logs are written direct, not async.");
		return;
	}
	mp_show_bytes((int64_t)size, bytes);
	printf("# A flight recorder takes %s a process; run_dir has room for "
	       "%" PRIu64 " more.\n",
	       bytes, (uint64_t)fs.f_bavail * fs.f_frsize / size);
}
