/*
 * bench_pairs: N requests and nothing else, for valgrind to count in.
 * Usage: bench_pairs DIR N
 */

#include "bench.h"
#include "memprof.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>

int main(int argc, char **argv)
{
	struct memprof_request req = { { 0 } };
	struct memprof *mp;
	char path[PATH_MAX];

	if (argc != 3)
		return 2;
	snprintf(path, sizeof(path), "%s/pairs.log", argv[1]);
	if (memprof_open_log(path, &mp))
		bench_die(memprof_open_error());
	for (int i = atoi(argv[2]); i > 0; i--) {
		memprof_begin(mp, &req, "RootObject:index.html");
		memprof_end(&req, NULL);
	}
	return memprof_close(mp) ? 2 : 0;
}
