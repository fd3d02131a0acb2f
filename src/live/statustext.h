#ifndef MP_STATUSTEXT_H
#define MP_STATUSTEXT_H

/* statustext: what running servers do, for people. */

#include "live/live.h"

#include <stdio.h>

/* Print all servers of the list; of each at most `requests` requests in flight,
   the oldest first. */
void mp_statustext_print(const struct mp_live_list *list, size_t requests,
			 FILE *out);

/* Print a path that somebody else wrote: what could steer a terminal is shown
   as a question mark. */
void mp_statustext_print_path(const char *path, FILE *out);

/* How people call a user: by name, or by number. */
void mp_statustext_user(uint32_t uid, char *ret, size_t size);

/* Such as `sleeping`. */
const char *mp_statustext_state(const struct mp_live *live);

#endif
