#ifndef MP_KEPT_H
#define MP_KEPT_H

/*
 * kept: where the last profiles that were written are, for who asks after the
 * end of a request.
 */

#include "profile/profile.h"

#define MP_KEPT_MAX 64 /* that are remembered */

#define MP_KEPT_OOPS_MAX 64 /* bytes of an oops id, with its terminator */

/* `path` is the file of the profile `ref`; `oops_id` names the report that its
   request led to, and is cut where it is longer; or is a null pointer. */
void mp_kept_add(struct mp_profile_ref ref, const char *path,
		 const char *oops_id);

/*
 * Store the path of the file that `ref` became in `ret`, which has room for
 * PATH_MAX bytes, and the oops id, which may be empty, in `ret_oops_id`, which
 * has room for MP_KEPT_OOPS_MAX.  Fails with -ENOENT where it became none, or so many did
 * since that it is forgotten.
 */
int mp_kept_find(struct mp_profile_ref ref, char *ret, char *ret_oops_id);

/* In a forked child, where whoever was inside is not. */
void mp_kept_renew(void);

#endif
