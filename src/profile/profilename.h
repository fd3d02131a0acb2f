#ifndef MP_PROFILENAME_H
#define MP_PROFILENAME_H

/*
 * profilename: the names of profiles in their folder, made and recognised.
 *
 *	20261121T010203.123456Z-Page:index.html-OOPS-1a-4711.mprof
 */

#include "core/record.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MP_PROFILENAME_MAX  256 /* bytes of a name, with its terminator */
#define MP_PROFILENAME_PAGE 100 /* bytes of the page id */
#define MP_PROFILENAME_OOPS 64	/* bytes of the oops id */

/* Make the name of the profile of a request that began at `began_us`, without
   its suffix, in `ret`, which has room for MP_PROFILENAME_MAX bytes. */
void mp_profilename_make(int64_t began_us, const struct mp_record *log,
			 char *ret);

/* What a name says. */
struct mp_profilename {
	uint64_t when;	 /* greater the later the profile began */
	size_t stem_len; /* bytes before the suffix */
	bool raw;	 /* else it is what was made of the raw file */
};

/* Whether `name` is a profile's, or that of one in another format. */
bool mp_profilename_parse(const char *name, struct mp_profilename *ret);

/* Whether `name` is one that mp_newfile_open() gives. */
bool mp_profilename_is_temporary(const char *name);

#endif
