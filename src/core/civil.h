#ifndef MP_CIVIL_H
#define MP_CIVIL_H

/*
 * civil: days since 1970 and dates of the Gregorian calendar, both ways.
 *
 * Howard Hinnant's "chrono-Compatible Low-Level Date Algorithms": eras of 400
 * years that begin in March, so that the leap day is the last of a year.
 * Unlike gmtime(3), takes no lock and reads no environment.
 */

#include <stdint.h>

struct mp_civil {
	int64_t year;
	unsigned month, day; /* from 1 */
};

struct mp_civil mp_civil_from_days(int64_t days);
int64_t mp_civil_to_days(int64_t year, unsigned month, unsigned day);
unsigned mp_civil_days_in_month(int64_t year, unsigned month);

#endif
