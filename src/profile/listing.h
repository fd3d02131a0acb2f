#ifndef MP_LISTING_H
#define MP_LISTING_H

/*
 * listing: the names in a folder, one after the other; allocates nothing, as
 * opendir(3) would.
 */

#include <dirent.h>

struct mp_listing {
	int fd;
	long len, at; /* bytes in the buffer, and how many were told */
	_Alignas(struct dirent64) char buffer[4096];
};

/* Begin at the first name of the open folder `fd`, which the caller closes.
   Fails as lseek(2). */
int mp_listing_begin(struct mp_listing *l, int fd);

/* Null behind the last one, and where the folder can't be read. */
const char *mp_listing_next(struct mp_listing *l);

#endif
