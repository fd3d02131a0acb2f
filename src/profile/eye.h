#ifndef MP_EYE_H
#define MP_EYE_H

/*
 * eye: an open file by which the sampler looks at one thread, again and again.
 *
 * It stays open when the thread is not watched any more, for it may soon be
 * again; another thread then closes it.
 */

#include "core/sys.h"
#include "profile/blocked.h"

#include <sys/types.h>

/* All zeros: nothing is open. */
struct mp_eye {
	pid_t tid; /* whom it looks at; 0: nobody */
	int fd;
	struct mp_sys_id id;
};

/* As mp_blocked_open() and mp_blocked_read(). */
int mp_eye_look(struct mp_eye *e, pid_t tid, struct mp_blocked *ret);

/* As mp_blocked_open_queued() and mp_blocked_queued_ns(), by an eye that is for
   nothing else.  No cancellation point; errno is kept. */
int64_t mp_eye_queued_ns(struct mp_eye *e, pid_t tid);

/* Close what is open, unless the host closed it and opened something else. */
void mp_eye_shut(struct mp_eye *e);

#endif
