#ifndef MP_RECOVERACCOUNT_H
#define MP_RECOVERACCOUNT_H

/* recoveraccount: what became of the requests of a dead process. */

#include "core/recover.h"

/* Requests by what their slots say. */
struct mp_recoveraccount_states {
	uint64_t unfinished; /* yet to be logged */
	uint64_t ending;     /* yet to be looked for */
	uint64_t logged;     /* by the process itself */
	uint64_t own;	     /* lines of memprof's own, yet to be looked for */
};

/* Count the slots; those that a recoverer is done with go to `ret_account`.
   Fails as reading does. */
int mp_recoveraccount_count(const struct mp_recover *r,
			    struct mp_recoveraccount_states *ret,
			    struct mp_recover_account *ret_account);

/*
 * What the counts and the slots say together.  The process counts a request
 * after its slot says LOGGED, and gives a request up before it frees its slot;
 * it was killed anywhere between.
 */
int mp_recoveraccount_settle(const struct mp_recover *r,
			     struct mp_recover_account *ret);

#endif
