#ifndef MP_PRINTER_H
#define MP_PRINTER_H

/*
 * printer: a thread that has `memprof view` make other formats of profiles.
 *
 * A request's profile is asked for when its raw file is whole, and nobody waits
 * for what comes of it: the thread starts the program, waits for it, reaps it,
 * and gives its file a name.  What can't be had is counted as a profile that
 * failed; so is what is asked for while too much waits.
 *
 * There is a thread only where a session wants it, of the whole process; in a
 * forked child from the first time that something is asked for.
 */

#include <stdint.h>

struct memprof;

#define MP_PRINTER_JOBS 16 /* profiles that wait, or are worked at */

/*
 * A session begins to want it; at open, on a thread that may read the
 * environment.  Fails as mp_render_find() and pthread_create(3); then the
 * session is none that wants it.
 */
int mp_printer_enter(void);

/*
 * Ask for the formats `outputs`, bits of mp_outputs, of the raw file `path` in
 * the session's folder.  Does not wait.  Fails with -EAGAIN where too much
 * waits, and as pthread_create(3).
 */
int mp_printer_ask(struct memprof *mp, const char *path, uint32_t outputs);

/*
 * A session wants it no more, when nobody asks any more: wait for what it asked
 * for, `timeout_ns` at most.  What is not begun by then is not made; what is,
 * may come later, and is not counted.
 */
void mp_printer_leave(struct memprof *mp, int64_t timeout_ns);

/* In a forked child, which has no such thread. */
void mp_printer_renew(void);

#endif
