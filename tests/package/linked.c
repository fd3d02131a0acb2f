/* Usage: linked LOG LIBRARY [JEMALLOC], the last to be loaded by dlopen(3).
   Prints the state of the heap; its one request allocates 100,000 bytes. */

#include "linked.h"

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const states[] = {
	[MEMPROF_HEAP_NONE] = "none",
	[MEMPROF_HEAP_INACTIVE] = "inactive",
	[MEMPROF_HEAP_ACTIVE] = "active",
};

int main(int argc, char **argv)
{
	struct memprof_stats stats = { .size = sizeof(stats) };
	struct memprof_request req = { { 0 } };
	struct linked_calls call;
	struct memprof *mp;
	char *kept;

	if (argc < 3 || linked_calls_get(argv[2], &call))
		return 2;
	if (argc > 3 && !dlopen(argv[3], RTLD_NOW | RTLD_GLOBAL)) {
		fprintf(stderr, "%s\n", dlerror());
		return 2;
	}
	if (call.open_log(argv[1], &mp))
		return 2;
	call.begin(mp, &req, "linked");
	kept = malloc(100000);
	if (kept)
		memset(kept, 1, 100000);
	call.end(&req, NULL);
	call.stats(mp, &stats);
	printf("%s\n", states[stats.heap]);
	printf("%d bytes kept\n", kept ? kept[0] * 100000 : 0);
	free(kept);
	return call.close(mp) ? 1 : 0;
}
