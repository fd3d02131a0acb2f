#ifndef MP_LOGS_H
#define MP_LOGS_H

/*
 * logs: the logs of running servers, followed for what their pages did in the
 * last minute.
 */

#include "live/live.h"
#include "live/minute.h"

struct mp_logs;

/* Null where there is no memory. */
struct mp_logs *mp_logs_new(void);
void mp_logs_free(struct mp_logs *logs);

/*
 * Follow the logs of these servers and no others, and read what is new, a
 * bounded amount.  Of a log that is met for the first time the end is read, for
 * the minute that has gone by.  Fails with -ENOMEM.
 */
int mp_logs_read(struct mp_logs *logs, const struct mp_live_list *list);

/* Logs that could not be opened, or are no regular files: nothing is known of
   their pages. */
size_t mp_logs_closed(const struct mp_logs *logs);

struct mp_minute *mp_logs_minute(struct mp_logs *logs);

#endif
