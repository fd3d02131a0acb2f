#include "cmd/arm.h"

#include "cmd/amount.h"
#include "report/growth.h"

#include <errno.h>
#include <math.h>
#include <string.h>

#define LONGEST_S 1e6

static const char *const names[MP_ARM_BYS] = {
	[MP_ARM_RETAINED] = "retained",	  [MP_ARM_RSS] = "rss",
	[MP_ARM_ALLOCATED] = "allocated", [MP_ARM_PEAK] = "peak",
	[MP_ARM_DURATION] = "duration",
};

static int read_bound(enum mp_arm_by by, const char *text, int64_t *ret)
{
	uint64_t bytes;
	double seconds;
	int err;

	if (by == MP_ARM_DURATION) {
		err = mp_amount_seconds(text, LONGEST_S, &seconds);
		*ret = err ? 0 : llround(seconds * 1e6);
		return err;
	}
	err = mp_amount_bytes(text, &bytes);
	if (err || bytes > INT64_MAX)
		return -EINVAL;
	*ret = (int64_t)bytes;
	return 0;
}

int mp_arm_read(const char *text, struct mp_arm *ret)
{
	size_t len = strcspn(text, ">");

	if (!text[len])
		return -EINVAL;
	for (int i = 0; i < MP_ARM_BYS; i++) {
		if (strlen(names[i]) != len || memcmp(names[i], text, len) != 0)
			continue;
		ret->by = (enum mp_arm_by)i;
		return read_bound(ret->by, text + len + 1, &ret->bound);
	}
	return -EINVAL;
}

static int64_t value_of(enum mp_arm_by by, const struct mp_record *r)
{
	switch (by) {
	case MP_ARM_RETAINED:
		return mp_growth_kept(r);
	case MP_ARM_RSS:
		return r->rss_delta;
	case MP_ARM_ALLOCATED:
		return r->allocated;
	case MP_ARM_PEAK:
		return r->peak;
	default:
		return r->duration_us;
	}
}

/* MP_UNKNOWN is less than every bound. */
bool mp_arm_is_passed(const struct mp_arm *arm, const struct mp_record *r)
{
	return value_of(arm->by, r) > arm->bound;
}

bool mp_arm_page(struct mp_text id, char *ret, size_t size)
{
	size_t n = 0;

	for (size_t i = 0; i < id.len; i++) {
		if (n + 3 > size)
			return false;
		if (strchr("*?[\\", id.p[i]))
			ret[n++] = '\\';
		ret[n++] = id.p[i];
	}
	ret[n] = '\0';
	return true;
}
