#ifndef MP_AXES_H
#define MP_AXES_H

/* axes: ranges, units and tics of the plots' axes. */

#include "report/script.h"

struct mp_range {
	double low, high; /* low > high: it is empty */
};

extern const struct mp_range mp_range_empty;

void mp_range_add(struct mp_range *r, double v);

struct mp_unit {
	const char *name;
	double bytes;
};

/* The largest unit that leaves `bytes` a whole part. */
struct mp_unit mp_axes_unit(double bytes);

/* Seconds since 1970, of all that is known. */
struct mp_range mp_axes_times(const struct mp_script *s);

/* Set the horizontal axis to all times; false where there are none. */
bool mp_axes_put_time(const struct mp_script *s, const struct mp_frame *frame);

/* Set the vertical axis to bytes, which are drawn in the unit returned.  The
   range has air around, and begins at 0 where that is near. */
struct mp_unit mp_axes_put_bytes(const struct mp_script *s, struct mp_range r);

/* The least of 1, 2 and 5 times a power of ten that is not below `step`. */
double mp_axes_step(double step);

/* The size that is this power of two, as `32 KiB`. */
void mp_axes_show_power(unsigned power, char *ret);

#endif
