#ifndef MP_BRIEF_H
#define MP_BRIEF_H

/* brief: numbers in few columns, for tables on a screen. */

#include <stdint.h>

#define MP_BRIEF_MAX 16 /* bytes of the longest, with its end */

/* Bytes in six columns at most, as `1.25M`; or `\N`. */
void mp_brief_bytes(int64_t bytes, char *ret);

/* The same with a sign. */
void mp_brief_growth(int64_t bytes, char *ret);

/* A time in six columns at most, as `350ms`, `12.3s`, `5m03s`, `7h12m`,
   `3d04h`. */
void mp_brief_age(int64_t ns, char *ret);

/* What is not known is below 0, and shown as `-`. */
void mp_brief_rate(double a_second, char *ret);

#endif
