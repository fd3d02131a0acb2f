#ifndef MP_NAMES_H
#define MP_NAMES_H

/*
 * names: numbers from 0 on for what has a name, in the order in which it was
 * met: a page by its id, a process by its pid and host.
 */

#include "core/record.h"

struct mp_name {
	uint64_t hash;
	int64_t key; /* the pid, or 0 */
	struct mp_text text;
};

/* Invariant: each name's number plus one is in one of the `slots`, of which at
   least half are 0; there is a power of two of them.  Zeroed is empty. */
struct mp_names {
	struct mp_name *names;
	size_t count, capacity;
	uint32_t *slots;
	size_t slot_count;
};

/* The number of a name, which is copied where it is new; or -ENOMEM. */
int64_t mp_names_add(struct mp_names *n, int64_t key, struct mp_text text);

/* Forget the name that was added last, the only one that may be. */
void mp_names_drop(struct mp_names *n);

void mp_names_release(struct mp_names *n);

#endif
