#ifndef MP_AMOUNT_H
#define MP_AMOUNT_H

/* amount: bytes, counts and percentages as people type them. */

#include <stdint.h>

/* Read bytes: `4096`, `64K`, `1.5M`, `2G`, also as `64KiB`.  Fails with
   -EINVAL. */
int mp_amount_bytes(const char *text, uint64_t *ret);

/* Read a whole number of `most` at most.  Fails with -EINVAL. */
int mp_amount_count(const char *text, uint64_t most, uint64_t *ret);

/* Read `10%` or `0.5%`.  Fails with -EINVAL. */
int mp_amount_percent(const char *text, double *ret);

/* Read bytes in some time, `10M/min`, also a second (`/s`) or an hour (`/h`),
   as bytes a second.  Fails with -EINVAL. */
int mp_amount_rate(const char *text, double *ret);

/* Read seconds, `60` or `0.5`, `most` at most.  Fails with -EINVAL. */
int mp_amount_seconds(const char *text, double most, double *ret);

#endif
