#ifndef MP_STOP_H
#define MP_STOP_H

/* stop: a command that runs until it is told to end, ends in good order. */

#include <stdbool.h>

/* Take note of SIGINT and SIGTERM from now on, and of SIGHUP unless that is
   ignored, as by nohup(1).  A second one of a kind ends the process. */
void mp_stop_listen(void);

/* Whether one of them came. */
bool mp_stop_is_asked(void);

/* Wait for so many milliseconds, or until `fd` can be read, where that is not
   -1.  False where it is time to end: one of the signals came, or nobody reads
   what goes to stdout. */
bool mp_stop_wait(int fd, int ms);

#endif
