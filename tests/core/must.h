#ifndef MP_MUST_H
#define MP_MUST_H

/* must: what has to hold in a child of a test. */

#include <stdio.h>
#include <unistd.h>

/* In a child, instead of cmocka's, whose jump would go on as the parent. */
#define MUST(what)                                                         \
	do {                                                               \
		if (!(what)) {                                             \
			fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, \
				#what);                                    \
			_exit(1);                                          \
		}                                                          \
	} while (0)

#endif
