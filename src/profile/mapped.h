#ifndef MP_MAPPED_H
#define MP_MAPPED_H

/*
 * mapped: which file the kernel has mapped at an address.
 *
 * The dynamic linker keeps the names that it was given, and `./plugin.so` says
 * nothing to who is elsewhere.  Reads /proc/self/maps: slow, and cancellation
 * points, so the caller puts cancellation off.  Allocates nothing.
 */

#include <limits.h>
#include <stdint.h>

/* Store the path in `ret`.  Fails with -ENOENT where there is no file, and as
   open(2) and read(2). */
int mp_mapped_path(uintptr_t at, char ret[PATH_MAX]);

#endif
