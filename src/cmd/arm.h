#ifndef MP_ARM_H
#define MP_ARM_H

/* arm: what a request must pass to have its page profiled, as `retained>64K`. */

#include "core/record.h"

#include <stdbool.h>
#include <stdint.h>

enum mp_arm_by {
	MP_ARM_RETAINED, /* allocated minus freed */
	MP_ARM_RSS,
	MP_ARM_ALLOCATED,
	MP_ARM_PEAK,
	MP_ARM_DURATION,
	MP_ARM_BYS
};

struct mp_arm {
	enum mp_arm_by by;
	int64_t bound; /* more than that: bytes, or microseconds */
};

/* Read it.  Fails with -EINVAL. */
int mp_arm_read(const char *text, struct mp_arm *ret);

/* Whether a request passed it; what is unknown does not. */
bool mp_arm_is_passed(const struct mp_arm *arm, const struct mp_record *r);

/* The pattern of fnmatch(3) that this page id alone matches, in `ret`, which
   has room for `size` bytes.  False where it would not fit. */
bool mp_arm_page(struct mp_text id, char *ret, size_t size);

#endif
