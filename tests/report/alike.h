#ifndef MP_TEST_ALIKE_H
#define MP_TEST_ALIKE_H

/* alike: whether two readings of one line are the same. */

#include "core/record.h"

#include <string.h>

static inline bool alike_text(struct mp_text a, struct mp_text b)
{
	return a.len == b.len && a.p == b.p;
}

static inline bool alike(struct mp_record a, struct mp_record b)
{
	const struct mp_text none = { NULL, 0 };

	if (!alike_text(a.page_id, b.page_id) ||
	    !alike_text(a.oops_id, b.oops_id) || !alike_text(a.host, b.host))
		return false;
	a.page_id = a.oops_id = a.host = none;
	b.page_id = b.oops_id = b.host = none;
	return !memcmp(&a, &b, sizeof(a));
}

#endif
