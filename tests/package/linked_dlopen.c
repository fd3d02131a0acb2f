/* linked: the calls of a library that is loaded when the program runs. */

#include "linked.h"

#include <dlfcn.h>
#include <stdio.h>
#include <string.h>

static int look_up(void *lib, const char *name, void *ret)
{
	void *found = dlsym(lib, name);

	if (!found)
		return -1;
	memcpy(ret, &found, sizeof(found));
	return 0;
}

int linked_calls_get(const char *path, struct linked_calls *ret)
{
	void *lib = dlopen(path, RTLD_NOW | RTLD_LOCAL);

	if (!lib || look_up(lib, "memprof_open_log", &ret->open_log) ||
	    look_up(lib, "memprof_close", &ret->close) ||
	    look_up(lib, "memprof_begin", &ret->begin) ||
	    look_up(lib, "memprof_end", &ret->end) ||
	    look_up(lib, "memprof_stats", &ret->stats)) {
		fprintf(stderr, "%s\n", dlerror());
		return -1;
	}
	return 0;
}
