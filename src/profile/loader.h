#ifndef MP_LOADER_H
#define MP_LOADER_H

/*
 * loader: what the dynamic linker has loaded, asked for so that no fork meets
 * it.
 *
 * dl_iterate_phdr(3) holds a lock of the linker's.  fork(2) sets the linker's
 * other locks free in the child, but not this one (glibc, posix/fork.c): where
 * another thread held it, the child hangs at its next dlopen(3).  So a fork
 * waits until nobody is in there, and nobody goes in while one waits.  Whoever
 * waits gives up after a second: then it is as it would be without us.
 */

#include <link.h>

typedef int mp_loader_each(struct dl_phdr_info *info, size_t size, void *data);

/* As dl_iterate_phdr(3).  Not for signal handlers. */
int mp_loader_iterate(mp_loader_each *each, void *data);

#endif
