#ifndef MP_WHEN_H
#define MP_WHEN_H

/* when: moments as people type them. */

#include <stdint.h>

/*
 * Read a moment: a timestamp of format 1 or the beginning of one, from the year
 * on, which is the first moment that begins so: `2026-11-21`,
 * `2026-11-21T01:02`; or a time before `now_us`: `90s`, `30m`, `1h`, `2d`,
 * `1w`.  In microseconds since 1970, UTC.  Fails with -EINVAL.
 */
int mp_when_read(const char *text, int64_t now_us, int64_t *ret_us);

#endif
