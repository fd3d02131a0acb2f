#ifndef MP_KEPT_H
#define MP_KEPT_H

/*
 * kept: where the last profiles that were written are, for who asks after the
 * end of a request.
 */

#include "profile/profile.h"

#define MP_KEPT_MAX 64 /* that are remembered */

/* `path` is the file of the profile `ref`. */
void mp_kept_add(struct mp_profile_ref ref, const char *path);

/*
 * Store the path of the file that `ref` became in `ret`, which has room for
 * PATH_MAX bytes.  Fails with -ENOENT where it became none, or so many did
 * since that it is forgotten.
 */
int mp_kept_find(struct mp_profile_ref ref, char *ret);

/* In a forked child, where whoever was inside is not. */
void mp_kept_renew(void);

#endif
