#ifndef MP_OOPSFILE_H
#define MP_OOPSFILE_H

/*
 * oopsfile: the report of a profiled request that led to no error report.
 *
 * As Launchpad's informational ones it is named by the MD5 of what it says, so
 * that its id is known, and can stand in the log and in the profile's name,
 * before either is written: its content is all that is known when the request
 * has ended, its id and the profile's name left out.
 *
 * A report is JSON, a member a line:
 *
 *	{
 *	"id": "OOPS-0123...",
 *	"profile": "/var/.../20261121T....mprof",
 *	"informational": true,
 *	...
 *	}
 *
 * The digest is that of the lines from the fourth on: `tail -n +4 | md5sum`.
 */

#include "core/record.h"
#include "profile/notelist.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MP_OOPSFILE_ID_MAX    40 /* bytes of an id, with its terminator */
#define MP_OOPSFILE_BEGIN_MAX 64 /* bytes that all of a name begin with */

struct mp_oopsfile {
	const struct mp_record *record;	 /* its oops id is not looked at */
	const char *url;		 /* or null */
	const struct mp_notelist *notes; /* or null; nobody may be adding */
};

/* The id of a report, into `ret`, which has room for MP_OOPSFILE_ID_MAX. */
void mp_oopsfile_id(const struct mp_oopsfile *what, char *ret);

/*
 * Write it to the folder `oops_dir`, which must be there, as
 * `YYYY-MM-DD/ID.json`, whole or not at all, by the day of the request, UTC.
 * `profile` is the path of the profile, or null.  Two reports of one id say
 * the same, and the second is numbered.  Stores its size in `*ret_bytes`.  No
 * cancellation point; errno is kept.  Fails as mkdir(2), open(2), write(2) and
 * rename(2); with -ENOTDIR where the day's folder is a symbolic link.
 */
int mp_oopsfile_write(const struct mp_oopsfile *what, const char *oops_dir,
		      const char *id, const char *profile, uint64_t *ret_bytes);

/* Whether a file could be a report by its name. */
bool mp_oopsfile_is_name(const char *name);

/* The bytes that a report of such a name begins with, into `ret`, which has
   room for MP_OOPSFILE_BEGIN_MAX; returns their number. */
size_t mp_oopsfile_begin(const char *name, char *ret);

#endif
