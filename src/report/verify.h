#ifndef MP_VERIFY_H
#define MP_VERIFY_H

/* verify: what no single column tells: whether a whole record makes sense. */

#include "core/record.h"

/*
 * Check a record that mp_record_parse() has read.  Fails with -EINVAL, and then
 * `*ret_fault` is the first thing that is wrong.
 */
int mp_verify(const struct mp_record *r, enum mp_record_form form,
	      struct mp_record_fault *ret_fault);

#endif
