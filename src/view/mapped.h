#ifndef MP_MAPPED_H
#define MP_MAPPED_H

/*
 * mapped: which object's code was at an address.
 *
 * Where a library took another's place, and the other is listed still, the one
 * that is listed later counts.
 */

#include "view/index.h"
#include "view/rawread.h"

struct mp_mapped {
	uint64_t *bounds; /* ascending */
	uint32_t *owners; /* of what is from each bound to the next: an index,
			     or MP_INDEX_NONE */
	size_t count;
};

/* Lay the objects out.  Fails with -ENOMEM; mp_mapped_release() ends `ret` in
   any case. */
int mp_mapped_build(const struct mp_raw_object *objects, size_t count,
		    struct mp_mapped *ret);
void mp_mapped_release(struct mp_mapped *m);

/* The index of the object at `pc`, or MP_INDEX_NONE. */
uint32_t mp_mapped_find(const struct mp_mapped *m, uint64_t pc);

#endif
