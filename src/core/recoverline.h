#ifndef MP_RECOVERLINE_H
#define MP_RECOVERLINE_H

/*
 * recoverline: the `(recovered)` line: what a process had done by the time that
 * it was killed, and when it was last seen.
 *
 * It takes the place of `(stopped)`.  It is the same whoever makes it and
 * however often, so it can be looked for in the log.
 */

#include "core/recover.h"

#include "core/record.h"

#define MP_RECOVERLINE_COUNTS 255 /* bytes of its oops id, at most */

/* Make the record of `(recovered)`; its oops id is written to `counts`, which
   has room for MP_RECOVERLINE_COUNTS + 1 bytes. */
struct mp_record mp_recoverline(const struct mp_recorder *h,
				const struct mp_recover_account *a,
				char *counts);

#endif
