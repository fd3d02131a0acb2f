#include "sessions.h"

#include "bench.h"

#include <limits.h>
#include <stdio.h>

struct memprof *bench_open(const char *dir, const char *name, const char *keys)
{
	char path[PATH_MAX];
	struct memprof *mp;
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s.conf", dir, name);
	f = fopen(path, "w");
	if (!f)
		bench_die(path);
	fprintf(f, "[profiling]\nmemory_profile_log: %s/%s.log\n%s", dir, name,
		keys);
	fclose(f);
	if (memprof_open(path, &mp))
		bench_die(memprof_open_error());
	return mp;
}
