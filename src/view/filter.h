#ifndef MP_FILTER_H
#define MP_FILTER_H

/* filter: a profile with fewer stacks, or shorter ones. */

#include "report/glob.h"
#include "view/calls.h"

#include <regex.h>

struct mp_filter {
	const regex_t *focus;	    /* stacks with a function of such a name */
	const regex_t *ignore;	    /* stacks without one */
	const struct mp_glob *page; /* stacks and notes of such pages */
	bool keep_runtime; /* the frames above main(), and above a thread's */
};

/*
 * Make `ret` of `c`, which must not be the same.  The time of what is left out
 * is told apart; that of left out pages is not.  Fails with -ENOMEM;
 * mp_calls_release() ends `ret` in any case.
 */
int mp_calls_filter(const struct mp_calls *c, const struct mp_filter *filter,
		    struct mp_calls *ret);

#endif
