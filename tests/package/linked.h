#ifndef LINKED_H
#define LINKED_H

/*
 * linked: a program that is linked with jemalloc and libmemprof in every way;
 * test_linking.sh compares what it says.  How it comes by its calls is the
 * affair of linked_direct.c or of linked_dlopen.c.
 */

#include <memprof.h>

struct linked_calls {
	int (*open_log)(const char *log, struct memprof **ret);
	int (*close)(struct memprof *mp);
	void (*begin)(struct memprof *mp, struct memprof_request *req,
		      const char *page_id);
	void (*end)(struct memprof_request *req, const char *oops_id);
	void (*stats)(const struct memprof *mp, struct memprof_stats *ret);
};

/* Returns 0, or -1 where the library at `path` cannot be loaded. */
int linked_calls_get(const char *path, struct linked_calls *ret);

#endif
