#ifndef MP_DESCRIPTORS_H
#define MP_DESCRIPTORS_H

/* How many descriptors this process has open. */

#include "test.h"

#include <dirent.h>

static inline size_t count_descriptors(void)
{
	DIR *d = opendir("/proc/self/fd");
	size_t n = 0;

	assert_non_null(d);
	while (readdir(d))
		n++;
	closedir(d);
	return n;
}

#endif
